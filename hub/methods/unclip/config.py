"""Sizes of translator and prior, and the budget of their training. Fields with a ``help`` make the flags."""

from dataclasses import dataclass, field, replace
from typing import Any

from hub.methods.diffusion.config import TrainConfig

TEXT, IMAGE = 384, 256  # widths of MiniLM's sentence embedding and of the guide's image embedding


def _flag(default: Any, about: str, name: str | None = None) -> Any:
    return field(default=default, metadata={"help": about, "flag": name})


@dataclass(frozen=True)
class TranslatorConfig:
    """Sizes of the residual MLP; the paper has 30 blocks."""

    text: int = TEXT
    image: int = IMAGE
    width: int = 64
    blocks: int = 8
    widen: int = 2  # a block's inner width over its own
    drop: float = 0.3


@dataclass(frozen=True)
class PriorConfig:
    """Sizes of the diffusion prior, diffusers' ``PriorTransformer``."""

    text: int = TEXT
    image: int = IMAGE
    heads: int = 4
    head_dim: int = 48
    layers: int = 3
    drop: float = 0.1


@dataclass(frozen=True)
class TranslationConfig:
    """A training of the translator, or of a diffusion prior in its place."""

    prior: bool = _flag(False, "Train a small diffusion prior in the place of the translator.")
    images: int = _flag(100_000, "How many pictures' embeddings to see.")
    minutes: float = _flag(0.0, "Stop after so many minutes, keeping all that was learnt; 0: not before the end.")
    batch: int = _flag(256, "Batch size.")
    lr: float = _flag(1e-3, "AdamW's highest learning rate.")
    weight_decay: float = _flag(1e-4, "AdamW's weight decay.")
    drop_captions: float = _flag(0.0, "Share of captions left out, 0.1 for a prior that is to be guided.")
    every: int = _flag(50, "Steps between log rows and resume points.")
    seed: int = _flag(0, "Seed of weights and batches.")
    mlp: TranslatorConfig = field(default_factory=TranslatorConfig)
    transformer: PriorConfig = field(default_factory=PriorConfig)


def told_pictures(config: TrainConfig) -> TrainConfig:
    """Return the config of a decoder: that of the pixel diffusion network, told an image embedding."""
    return replace(config, model=replace(config.model, condition=IMAGE))
