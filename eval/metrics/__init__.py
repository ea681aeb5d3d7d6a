"""Automatic metrics: one file, one metric, registered by its decorator. Importing them imports no torch."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hub.registry import Registry

Array = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]
IMAGES, EMBEDDINGS = "EfficientNet-Lite2", "embedded judge"  # whose features the report's figures are in


@dataclass(frozen=True)
class Cost:
    """What the images cost: seconds of each, (N,), peak memory in bytes where it was measured, and the model's size.

    ``device_hours`` are hours of ``device`` spent in training. None is what nobody here knows.
    """

    seconds: Array
    parameters: int | None
    device_hours: float | None
    device: str
    peak_bytes: int | None = None


@dataclass(frozen=True, eq=False)
class Features:
    """N encoded images, row by row, with their prompts; two are equal where they are the same object.

    ``prompts`` says what each image was drawn for: i is the prompt of the reference's row i. Embeddings are unit
    vectors; ``text_embeddings`` are those of each row's prompt. What only some metrics need may be missing.
    """

    prompts: Ints  # (N,)
    images: Array  # (N, D), pooled features
    image_embeddings: Array  # (N, E)
    text_embeddings: Array  # (N, E)
    image_encoder: str  # name and checkpoint of ``images``
    judge: str  # name and checkpoint of both embeddings
    seeds: Ints | None = None  # (N,), the noise each image was drawn from
    meanings: Ints | None = None  # (N,), prompts that say the same share a number
    before: "Features | None" = None  # the same prompts and seeds, drawn before the model was trained further
    cost: Cost | None = None
    free: bool = False  # of a reference: its rows are a set of their own, not one a prompt

    def first(self) -> "Features":
        """The first image of every prompt, by prompt, with what every metric needs."""
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

    @property
    def needs(self) -> tuple[str, ...]:
        """What may be missing and must not be for this metric: ``reference``, or fields of the generated features."""
        ...

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure. Raises DataError, saying what is lacking, when these images can't be measured."""
        ...


METRICS: Registry[Metric] = Registry("metric", "eval.metrics")


def measurable(generated: Features, reference: Features | None) -> list[Metric]:
    """The metrics whose needs are met, by name."""
    there = {"reference": reference, **vars(generated)}
    return [metric for metric in METRICS if all(there[need] is not None for need in metric.needs)]
