"""Sizes of the network and the budget of its training. Fields with a ``help`` make the command-line flags."""

from dataclasses import dataclass, field
from typing import Any

TEXT = 384  # MiniLM's width


def _flag(default: Any, about: str, name: str | None = None) -> Any:
    return field(default=default, metadata={"help": about, "flag": name})


@dataclass(frozen=True)
class DiffusionConfig:
    """Sizes of the UNet. ``condition`` is the width of the one vector that it is told: a text's or an image's."""

    size: int = 64
    fold: int = 2  # pixels a side that become channels, by pixel_unshuffle
    condition: int = TEXT
    widths: tuple[int, ...] = (64, 128, 160)
    attention: tuple[bool, ...] = (False, True, True)
    layers: int = 1
    head_dim: int = 32
    groups: int = 32


@dataclass(frozen=True)
class TrainConfig:
    """A training and its budget."""

    images: int = _flag(900_000, "How many images to see.")
    minutes: float = _flag(0.0, "Stop after so many minutes, keeping all that was learnt; 0: not before the end.")
    styles: tuple[str, ...] = _flag((), "Only this style (may be given again).", "--style")
    batch: int = _flag(128, "Batch size.")
    lr: float = _flag(8e-4, "AdamW's learning rate, after the warm-up and before the last 40 %.")
    warm_up: int = _flag(500, "Steps in which the learning rate rises.")
    min_snr: float = _flag(0.0, "Min-SNR weighting's gamma (arXiv 2303.09556); 0: every time weighs alike.")
    drop: float = _flag(0.1, "Share of captions left out, for guidance.")
    widths_of_ema: tuple[float, float] = (0.999, 0.9995)  # decays, of which validation KID chooses
    judged: int = _flag(200, "Validation captions that are drawn to choose the average; 0: the first is taken.")
    every: int = _flag(250, "Steps between log rows, grids and resume points.")
    seed: int = _flag(0, "Seed of weights, batches and noise.")
    model: DiffusionConfig = field(default_factory=DiffusionConfig)
