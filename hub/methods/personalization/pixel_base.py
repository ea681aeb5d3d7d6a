"""The pixel diffusion as a base: v as in its own training, the subject's word a residual in sentence space."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import safe_open
from torch import Tensor, nn

from hub.encoders import text_encoder, to_tensor
from hub.methods.augmentation import shift_pictures
from hub.methods.data.packages import STYLES
from hub.methods.diffusion.loss import mix_noise, v_loss
from hub.methods.diffusion.model import fold, predict, scale_text
from hub.methods.diffusion.pixel_pipeline import guide_classifier_free, read_pipeline
from hub.methods.diffusion.step import SHIFT
from hub.methods.personalization.base_pipeline import PATHS
from hub.methods.personalization.config import PIXEL
from hub.methods.personalization.subject_token import SubjectTextEncoder
from hub.methods.training import save_weights
from hub.pixel_pipeline_folder import RESIDUAL, UNET
from hub.subjects.subject_name import SubjectName, check_name

STEPS, SCALE, STOP = 10, 3.0, 0.6  # of pictures that are looked at while training, and of class pictures
WORDINGS = ("{}", "a {}", "the {}", "picture of {}", "{} emoji", "my {}", "small {}", "a close-up of {}")
KIND, LICENCE = "subject-diffusion", "CC-BY-SA-4.0"  # the licence of the base's training pictures that asks most


class PixelBase:
    """A pixel diffusion that learns a subject.

    As it is told one vector and has no cross-attention, ``kv`` trains the projection of the condition and the keys and
    values of its attention layers: our instantiation.
    """

    presets = PIXEL

    def __init__(self, folder: Path, name: SubjectName, device: torch.device) -> None:
        encode = text_encoder()
        vocabulary = encode.tokenizer.get_vocab()
        self.name = check_name(name, lambda word: word in vocabulary)
        with safe_open(folder / UNET, "pt") as file:
            self.training: dict[str, Any] = json.loads((file.metadata() or {}).get("training", "{}"))
        self.pipeline = read_pipeline(folder)
        self.pipeline.to(device)
        self.network: nn.Module = self.pipeline.unet
        self.token = nn.Parameter(torch.zeros(self.pipeline.unet.config.projection_class_embeddings_input_dim))
        self.encode = SubjectTextEncoder(encode, self.name, self.token)
        self.alphas = self.pipeline.scheduler.alphas_cumprod.to(device)
        known = self.training.get("styles", [])
        words = [style.words for style in STYLES if not known or style.name in known]
        said = [wording.format(self.name.token) for wording in WORDINGS]
        self.learnt_prompts = tuple(f"{text}, {one}" for text in said for one in words)
        self.subject_prompts = tuple(f"{self.name.token}, {one}" for one in words)
        self.class_prompts = tuple(f"{self.name.class_word}, {one}" for one in words)
        self.other_prompts: tuple[str, ...] = (f"red apple, {words[0]}", f"rocket, {words[-1]}")

    def is_key_or_value(self, name: str) -> bool:
        """Return whether a parameter is of the condition's projection, or of keys or values."""
        return name.startswith("class_embedding.") or ".to_k." in name or ".to_v." in name

    def prepare(self, images: Sequence[Image.Image]) -> Tensor:
        """Return pictures (N, 3, 64, 64) in [-1, 1]."""
        unet = self.pipeline.unet
        side = unet.config.sample_size * round((unet.config.in_channels / 3) ** 0.5)
        return to_tensor(images, side).to(unet.device)

    def loss(self, rows: Tensor, prompts: Sequence[str], rng: torch.Generator) -> Tensor:
        """Return the mean squared error of v, the pictures shifted as in the base's training."""
        unet = self.pipeline.unet
        x = fold(shift_pictures(rows, SHIFT, rng), unet)
        times = torch.randint(0, len(self.alphas), (len(x),), generator=rng, device=x.device)
        noise = torch.randn(x.shape, generator=rng, device=x.device)
        noisy, v = mix_noise(x, noise, self.alphas[times])
        condition = scale_text(self.encode(prompts)).to(x.device)
        return v_loss(predict(unet, noisy, times, condition), v)

    @torch.no_grad()
    def draw(self, prompts: Sequence[str], seeds: Sequence[int]) -> Tensor:
        """Return guided pictures (N, 3, 64, 64)."""
        rngs = [torch.Generator().manual_seed(seed) for seed in seeds]
        guider = guide_classifier_free(SCALE, 0.0, STOP)
        return self.pipeline(scale_text(self.encode(prompts)), rngs, STEPS, guider).cpu()

    def write(self, folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
        """Write the pipeline in half precision, and the subject's word beside it."""
        self.pipeline.save_pretrained(folder)
        config = {key: value for key, value in self.pipeline.unet.config.items() if key not in PATHS}
        told = facts | {"styles": self.training.get("styles", [])}
        save_weights(folder / UNET, self.network.state_dict(), config, told)
        save_weights(folder / RESIDUAL, {"residual": self.token.detach()}, self.name, facts)
        return {"kind": KIND, "licence": LICENCE}
