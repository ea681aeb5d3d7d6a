"""A Stable Diffusion of diffusers as a base: the subject's word is a new row of its text encoder's token table.

As in Textual Inversion (Gal et al., arXiv 2208.01618) the row begins as that of the class, and no other row is trained.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import diffusers
import torch
from PIL import Image
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn import functional as F

from hub.encoders import to_tensor
from hub.errors import DataError
from hub.methods.personalization.config import STABLE_DIFFUSION
from hub.subjects.subject_name import SubjectName, check_name

STEPS, SCALE = 50, 7.5  # as the paper draws, and as the entry does
LICENCE = "that of the base model"
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, ImportError, SafetensorError)


def read_stable_diffusion(source: Path | str) -> Any:
    """Return the pipeline of a folder or of the Hub. Raises DataError for what is no Stable Diffusion."""
    diffusers.utils.logging.disable_progress_bar()
    try:
        local = isinstance(source, Path)
        found = diffusers.DiffusionPipeline.from_pretrained(source, use_safetensors=True, local_files_only=local)
    except UNREADABLE as error:
        said = " ".join(str(error).split())[:200]
        raise DataError(f"{source} can't be read as a diffusers pipeline ({said}): name another base.") from error
    if type(found) is not diffusers.StableDiffusionPipeline:
        raise DataError(f"{source} is a {type(found).__name__}: only Stable Diffusion 1 and 2 can be personalised.")
    found.set_progress_bar_config(disable=True)
    return found


class StableBase:
    """A Stable Diffusion that learns a subject. ``kv`` trains the keys and values of cross-attention, as the paper."""

    presets = STABLE_DIFFUSION

    def __init__(self, source: Path | str, name: SubjectName, device: torch.device) -> None:
        self.pipeline = read_stable_diffusion(source)
        tokenizer, encoder = self.pipeline.tokenizer, self.pipeline.text_encoder
        self.name = check_name(name, lambda word: len(tokenizer.tokenize(word)) == 1)
        for part in (self.pipeline.vae, encoder):
            part.requires_grad_(False)
        self.class_rows = tokenizer(self.name.class_word, add_special_tokens=False).input_ids
        tokenizer.add_tokens([self.name.token])
        self.row = tokenizer.convert_tokens_to_ids(self.name.token)
        encoder.resize_token_embeddings(len(tokenizer), mean_resizing=False)
        encoder.requires_grad_(False)
        self.pipeline.to(device)
        self.network: nn.Module = self.pipeline.unet
        self.table: Tensor = encoder.get_input_embeddings().weight
        self.token = nn.Parameter(self.table[self.class_rows].mean(0).detach().clone())
        encoder.get_input_embeddings().register_forward_hook(self._put_row)
        self.noising = diffusers.DDPMScheduler.from_config(self.pipeline.scheduler.config)
        self.subject_prompts: tuple[str, ...] = (f"a photo of {self.name.token} {self.name.class_word}",)
        self.learnt_prompts: tuple[str, ...] = self.subject_prompts
        self.other_prompts: tuple[str, ...] = ("a photo of a red apple", "a photo of a rocket")
        self.class_prompts: tuple[str, ...] = (f"a photo of {self.name.class_word}",)

    def _put_row(self, _: nn.Module, told: tuple[Tensor, ...], embedded: Tensor) -> Tensor:
        """Put the learnt row where the subject's word is; other rows are the table's."""
        return torch.where((told[0] == self.row)[..., None], self.token.to(embedded), embedded)

    def is_key_or_value(self, name: str) -> bool:
        """Return whether a parameter is of the keys or values of cross-attention."""
        return ".attn2.to_k." in name or ".attn2.to_v." in name

    @torch.no_grad()
    def prepare(self, images: Sequence[Image.Image]) -> Tensor:
        """Return mean and deviation of the pictures' latents, one above the other: (N, 2C, h, w)."""
        side = self.pipeline.unet.config.sample_size * self.pipeline.vae_scale_factor
        x = to_tensor(images, side).to(self.pipeline.vae.device)
        found = [self.pipeline.vae.encode(one[None]).latent_dist for one in x]
        latents = torch.cat([torch.cat([one.mean, one.std], 1) for one in found])
        scaled: Tensor = latents * self.pipeline.vae.config.scaling_factor
        return scaled

    def loss(self, rows: Tensor, prompts: Sequence[str], rng: torch.Generator) -> Tensor:
        """Return the mean squared error of the noise, or of v where the base predicts that."""
        mean, deviation = rows.chunk(2, dim=1)
        spread, noise = torch.randn((2, *mean.shape), generator=rng, device=mean.device)
        x = mean + deviation * spread
        times = torch.randint(0, self.noising.config.num_train_timesteps, (len(x),), generator=rng, device=x.device)
        states = self._encode(prompts)
        predicted = self.network(self.noising.add_noise(x, noise, times), times, encoder_hidden_states=states).sample
        of_v = self.noising.config.prediction_type == "v_prediction"
        return F.mse_loss(predicted, self.noising.get_velocity(x, noise, times) if of_v else noise)

    def _encode(self, prompts: Sequence[str]) -> Tensor:
        """Return the states (N, L, D) that cross-attention looks at."""
        tokenizer = self.pipeline.tokenizer
        ids = tokenizer(
            list(prompts), padding="max_length", truncation=True, max_length=tokenizer.model_max_length,
            return_tensors="pt",
        ).input_ids  # fmt: skip
        states: Tensor = self.pipeline.text_encoder(ids.to(self.network.device))[0]
        return states

    @torch.no_grad()
    def draw(self, prompts: Sequence[str], seeds: Sequence[int]) -> Tensor:
        """Return guided pictures (N, 3, H, W)."""
        drawn = []
        for prompt, seed in zip(prompts, seeds, strict=True):
            rng = torch.Generator().manual_seed(seed)
            output = self.pipeline(prompt, num_inference_steps=STEPS, guidance_scale=SCALE, generator=rng)
            drawn.append(to_tensor(output.images, output.images[0].width))
        return torch.cat(drawn)

    @torch.no_grad()
    def write(self, folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
        """Write the pipeline with the learnt row in its token table."""
        self.table[self.row] = self.token
        self.pipeline.save_pretrained(folder, safe_serialization=True)
        return {"kind": "diffusers", "licence": LICENCE, "steps": STEPS, "guidance_scale": SCALE}
