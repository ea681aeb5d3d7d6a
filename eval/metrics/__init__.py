"""Automatic metrics: one file, one metric, registered by its decorator. Importing them imports no torch."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hub.registry import Registry

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Features:
    """N encoded images, row by row, with their prompts.

    ``prompts`` says what each image was drawn for: i is the prompt of the reference's row i. Embeddings are unit
    vectors; ``text_embeddings`` are those of each row's prompt.
    """

    prompts: NDArray[np.int64]  # (N,)
    images: Array  # (N, D), pooled features
    image_embeddings: Array  # (N, E)
    text_embeddings: Array  # (N, E)
    image_encoder: str  # name and checkpoint of ``images``
    judge: str  # name and checkpoint of both embeddings

    def first(self) -> "Features":
        """The first image of every prompt, by prompt."""
        prompts, rows = np.unique(self.prompts, return_index=True)
        embeddings = self.image_embeddings[rows], self.text_embeddings[rows]
        return Features(prompts, self.images[rows], *embeddings, self.image_encoder, self.judge)


@dataclass(frozen=True)
class Measured:
    """A figure with its 95 % interval over prompts, the number of prompts, and what encoded them."""

    metric: str
    value: float
    low: float
    high: float
    n: int
    encoder: str
    note: str | None = None


class Metric(Protocol):
    """A metric. ``better`` is ``lower`` or ``higher``; ``of_real``: its figure for the real images says something."""

    name: str
    better: str
    of_real: bool

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure. Raises DataError, saying what is lacking, when these images can't be measured."""
        ...


METRICS: Registry[Metric] = Registry("metric", "eval.metrics")
