"""The networks between a caption and its picture's embedding, and the statistics that both are standardised by.

Each is a model of diffusers, so that a pipeline saves and loads it. The guide's image embedding is taken before
normalisation, the text's is MiniLM's sentence embedding.
"""

from typing import Any

import torch
from diffusers import ConfigMixin, ModelMixin, PriorTransformer, SchedulerMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from hub.methods.diffusion.model import build_scheduler, draw_noise
from hub.methods.unclip.config import IMAGE, TEXT, PriorConfig, TranslatorConfig

Generators = torch.Generator | list[torch.Generator] | None
PARTS = ("text", "image", "head")  # MiniLM's sentences, the guide's pictures, the guide's head on sentences
PRIOR_STEPS = 10
LEAST = 0.01  # of the mean deviation; a few of MiniLM's dimensions are all but constant


class Statistics(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Mean and standard deviation of each dimension over the training data; training and sampling share them."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(self, text: int = TEXT, image: int = IMAGE) -> None:
        super().__init__()
        for part, width in zip(PARTS, (text, image, image), strict=True):
            self.register_parameter(f"{part}_mean", nn.Parameter(torch.zeros(width), requires_grad=False))
            self.register_parameter(f"{part}_std", nn.Parameter(torch.ones(width), requires_grad=False))

    def standardise(self, part: str, x: Tensor) -> Tensor:
        """Return raw embeddings (N, D) with mean 0 and standard deviation 1 in each dimension of the training data."""
        mean, std = self._of(part)
        standard: Tensor = (x.to(mean) - mean) / std
        return standard

    def restore(self, part: str, x: Tensor) -> Tensor:
        """Return standardised embeddings (N, D) as they were."""
        mean, std = self._of(part)
        raw: Tensor = x.to(mean) * std + mean
        return raw

    def measure(self, part: str, x: Tensor) -> None:
        """Take over the statistics of embeddings (N, D); a dimension that hardly varies is left in its scale."""
        std = x.std(0)
        self.take(part, x.mean(0), std.where(std > LEAST * std.mean(), torch.ones_like(std)))

    @torch.no_grad()
    def take(self, part: str, mean: Tensor, std: Tensor) -> None:
        """Take over statistics that were measured elsewhere, (D,) each."""
        for kept, new in zip(self._of(part), (mean, std), strict=True):
            kept.copy_(new)

    def _of(self, part: str) -> tuple[Tensor, Tensor]:
        return getattr(self, f"{part}_mean"), getattr(self, f"{part}_std")


class ResidualBlock(nn.Module):
    """x + drop(lin(drop(gelu(lin(LN x))))) (arXiv 2209.10948, 3.2)."""

    def __init__(self, width: int, inner: int, drop: float) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, inner), nn.GELU(), nn.Dropout(drop),
            nn.Linear(inner, width), nn.Dropout(drop),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, width) for (N, width)."""
        changed: Tensor = x + self.body(x)
        return changed


class Translator(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Standardised text embeddings (N, text) to standardised image embeddings (N, image), by a residual MLP."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self, text: int = TEXT, image: int = IMAGE, width: int = 64, blocks: int = 8, widen: int = 2, drop: float = 0.3
    ) -> None:
        super().__init__()
        self.first = nn.Linear(text, width)
        self.residual = nn.Sequential(*(ResidualBlock(width, widen * width, drop) for _ in range(blocks)))
        self.last = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, image))

    def forward(self, x: Tensor) -> Tensor:
        """Return the image embeddings of texts."""
        out: Tensor = self.last(self.residual(self.first(x)))
        return out


def build_translator(config: TranslatorConfig) -> Translator:
    """Return an untrained translator."""
    translator: Translator = Translator(**vars(config))
    return translator


def build_prior(config: PriorConfig) -> PriorTransformer:
    """Return an untrained prior, which is told a text's one embedding and no tokens (arXiv 2204.06125, 2.2)."""
    return PriorTransformer(
        num_attention_heads=config.heads,
        attention_head_dim=config.head_dim,
        num_layers=config.layers,
        embedding_dim=config.image,
        embedding_proj_dim=config.text,
        num_embeddings=0,
        additional_embeddings=4,  # the text, the time, the noisy image embedding, and the one that is read
        encoder_hid_proj_type=None,
        dropout=config.drop,
    )


def build_prior_scheduler() -> SchedulerMixin:
    """Return DPM-Solver++ for a prior, which predicts the clean embedding, on the decoder's schedule."""
    config: dict[str, Any] = {**build_scheduler().config, "prediction_type": "sample"}
    return type(build_scheduler()).from_config(config)


@torch.no_grad()
def sample_prior(prior: PriorTransformer, text: Tensor, generator: Generators, scale: float = 1.0) -> Tensor:
    """Return image embeddings (N, image) drawn for standardised texts (N, text), row i by generator i.

    ``scale`` is that of classifier-free guidance, for a prior that was trained with captions left out (zeros); at 1 no
    second pass is made.
    """
    scheduler = build_prior_scheduler()
    scheduler.set_timesteps(PRIOR_STEPS, device=text.device)
    y = draw_noise((len(text), prior.config.embedding_dim), generator).to(text)
    for time in scheduler.timesteps:
        clean = predict_embedding(prior, y, time, text)
        if scale != 1:
            without = predict_embedding(prior, y, time, torch.zeros_like(text))
            clean = without + scale * (clean - without)
        y = scheduler.step(clean, time, y).prev_sample
    return y


def predict_embedding(prior: PriorTransformer, y: Tensor, times: Tensor, text: Tensor) -> Tensor:
    """Return the clean image embeddings that a prior sees in noisy ones (N, image) at times (N,) or ()."""
    out: Tensor = prior(y, times, proj_embedding=text).predicted_image_embedding
    return out
