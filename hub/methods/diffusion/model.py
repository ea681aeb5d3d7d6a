"""The caption-conditional latent diffusion model: its parts are diffusers' own, saved as a diffusers pipeline.

Our instantiation: AutoencoderTiny to 8x8 latents, UNet2DConditionModel that attends to one token, the caption's
MiniLM sentence embedding (zeros for the unconditional pass), v-prediction under a cosine schedule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderTiny, DiffusionPipeline, DPMSolverMultistepScheduler, UNet2DConditionModel
from diffusers.utils.logging import disable_progress_bar
from torch import Tensor, nn
from torch.nn import functional as F

TEXT = 384  # MiniLM's width
LATENT_SIZE = 8


@dataclass(frozen=True)
class DiffusionConfig:
    """Sizes of the autoencoder and the UNet."""

    vae_width: int = 40
    latent_channels: int = 8
    widths: tuple[int, int] = (96, 96)
    layers: int = 1
    head_dim: int = 32


def build_vae(config: DiffusionConfig) -> AutoencoderTiny:
    """Autoencoder of 64 px images in [-1, 1] with 8x8 latents."""
    width = (config.vae_width,) * 4
    return AutoencoderTiny(
        encoder_block_out_channels=width,
        decoder_block_out_channels=width,
        latent_channels=config.latent_channels,
        num_encoder_blocks=(0, 1, 1, 2),
        num_decoder_blocks=(2, 1, 1, 0),
    )


def build_unet(config: DiffusionConfig) -> UNet2DConditionModel:
    """UNet over the latents with cross-attention to the caption's embedding as one token."""
    return UNet2DConditionModel(
        sample_size=LATENT_SIZE,
        in_channels=config.latent_channels,
        out_channels=config.latent_channels,
        block_out_channels=config.widths,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=config.layers,
        cross_attention_dim=TEXT,
        attention_head_dim=tuple(width // config.head_dim for width in config.widths),
    )


def build_scheduler() -> DPMSolverMultistepScheduler:
    """DPM-Solver++ (2M) on the cosine schedule with v-prediction."""
    return DPMSolverMultistepScheduler(beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction")


def as_token(t: Tensor) -> Tensor:
    """Unit sentence embeddings (N, D) as one token each with entries of order 1, (N, 1, D)."""
    scaled: Tensor = t * t.shape[1] ** 0.5
    return scaled.unsqueeze(1)


def mend_corners(conv: nn.Conv2d, inputs: tuple[Tensor], output: Tensor) -> Tensor:
    """A 3x3 convolution's output, its four corners computed from features repeated past the edge; a forward hook.

    Zero padding leaves a corner five of its nine taps short, and so few pixels hardly weighed in the autoencoder's
    loss: white came out grey there, alike in every picture, so that it marked who drew it.
    """
    mended = output.clone()
    x = F.pad(inputs[0], (1, 1, 1, 1), mode="replicate")
    for row in (slice(0, 3), slice(-3, None)):
        for column in (slice(0, 3), slice(-3, None)):
            corner = F.conv2d(x[..., row, column], conv.weight, conv.bias)  # (N, C, 1, 1)
            mended[..., row.start // 3, column.start // 3] = corner[..., 0, 0]  # 0 or -1
    return mended


class CaptionPipeline(DiffusionPipeline):  # type: ignore[misc]
    """Caption embeddings to images. Saved and loaded by diffusers' ``save_pretrained`` and ``from_pretrained``."""

    def __init__(
        self, unet: UNet2DConditionModel, vae: AutoencoderTiny, scheduler: DPMSolverMultistepScheduler
    ) -> None:
        super().__init__()
        self.register_modules(unet=unet, vae=vae, scheduler=scheduler)
        for conv in vae.decoder.layers[-2:]:
            conv.register_forward_hook(mend_corners)

    @torch.no_grad()
    def __call__(
        self,
        embeddings: Tensor,
        generator: torch.Generator | list[torch.Generator] | None = None,
        num_inference_steps: int = 20,
        guidance_scale: float = 3.0,
        on_step: Callable[[int], None] | None = None,
    ) -> Tensor:
        """Images (N, 3, 64, 64) in [-1, 1] for sentence embeddings (N, 384).

        ``guidance_scale`` weighs classifier-free guidance (Ho & Salimans, arXiv 2207.12598): 1 is conditional
        only. ``on_step`` is called with the number of steps done.
        """
        unet, scheduler = self.unet, self.scheduler
        shape = (len(embeddings), unet.config.in_channels, LATENT_SIZE, LATENT_SIZE)
        x = draw(shape, generator).to(unet.device)
        tokens = as_token(embeddings.to(x))
        scheduler.set_timesteps(num_inference_steps, device=x.device)
        x = x * scheduler.init_noise_sigma
        for done, step in enumerate(scheduler.timesteps, start=1):
            both = scheduler.scale_model_input(torch.cat([x, x]), step)
            hidden = torch.cat([tokens, torch.zeros_like(tokens)])
            conditional, free = unet(both, step, encoder_hidden_states=hidden).sample.chunk(2)
            guided = free + guidance_scale * (conditional - free)
            x = scheduler.step(guided, step, x).prev_sample
            if on_step is not None:
                on_step(done)
        decoded: Tensor = self.vae.decode(x / self.vae.config.scaling_factor).sample
        return decoded.clamp(-1, 1)


def read_pipeline(folder: Path) -> CaptionPipeline:
    """The pipeline of a folder, in single precision on the CPU."""
    disable_progress_bar()  # three small files
    pipeline: CaptionPipeline = CaptionPipeline.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, low_cpu_mem_usage=False
    )
    return pipeline


def draw(shape: tuple[int, ...], generator: torch.Generator | list[torch.Generator] | None) -> Tensor:
    """Standard normal noise on the CPU; with a list, row i comes from generator i alone, whatever the batch."""
    if isinstance(generator, list):
        return torch.cat([torch.randn((1, *shape[1:]), generator=g) for g in generator])
    return torch.randn(shape, generator=generator)
