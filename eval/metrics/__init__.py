"""Automatic metrics: one file, one metric, registered by its decorator. Importing them imports no torch."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from eval.encoders import LEADING_TITLE
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.progress import track_items
from hub.registry import Registry

Array = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]
Flags = NDArray[np.bool_]


class Takes(StrEnum):
    """What a metric looks at, and so in which spaces it can stand."""

    images = "images"  # features of the images by any encoder
    embeddings = "embeddings"  # those by an image-text encoder, which are comparable with texts
    cost = "cost"  # no features
    pairs = "pairs"  # scores of each image with its own prompt, by an encoder that has features of neither
    composition = "composition"  # what a rule finds in the pictures; no encoder is asked


NO_SPACE = (Takes.cost, Takes.composition)  # figures of these stand in no encoder's space


@dataclass(frozen=True)
class Cost:
    """What the images cost: seconds of each, (N,), by the clock and of computing, on ``machine``, and the model's size.

    ``device_hours`` are hours of ``device`` spent in training; ``own_bytes`` is the memory that the model takes itself.
    None is what nobody here knows.
    """

    seconds: Array
    computing: Array | None
    machine: str
    parameters: int | None
    device_hours: float | None
    device: str
    own_bytes: int | None = None


@dataclass(frozen=True, eq=False)
class Composition:
    """M pictures whose prompts say what must be seen, row by row: the prompt's number, its task, whether it is seen.

    ``rule`` names what looked, and the set of prompts.
    """

    prompts: Ints  # (M,)
    tasks: tuple[str, ...]  # M of them
    seen: Flags  # (M,)
    rule: str


@dataclass(frozen=True, eq=False)
class PairScores:
    """Each image's score with its own prompt, row by row, by an encoder of pairs; all are in ``least`` to ``most``."""

    values: Array  # (N,)
    least: float
    most: float


@dataclass(frozen=True, eq=False)
class Features:
    """N images encoded by one encoder, row by row, with their prompts; two are equal where they are the same object.

    ``prompts`` says what each image was drawn for: i is the prompt of the reference's row i, unless the reference is
    ``free``; then a number is a prompt that may have several images there too. What only some metrics need may be
    missing.
    """

    prompts: Ints  # (N,)
    images: Array  # (N, D); an image-text encoder's are unit embeddings; (N, 0) by an encoder of pairs
    encoder: str  # its name and checkpoint
    texts: Array | None = None  # (N, D), unit embeddings of each row's prompt
    seeds: Ints | None = None  # (N,), the noise each image was drawn from
    wordings: "Features | None" = None  # images of paraphrases; ``prompts`` number their meanings
    before: "Features | None" = None  # of the same prompts and seeds, drawn before the model was trained further
    training: "Features | None" = None  # real images that the model was trained on
    cost: Cost | None = None
    composition: Composition | None = None  # of pictures of its own, whose prompts are numbered apart
    free: bool = False  # of a reference: its rows are a set of their own, not one a prompt
    cut: Flags | None = None  # (N,), which prompts are longer than what ``texts`` or ``scores`` was made of
    scores: PairScores | None = None

    def at(self, rows: Ints) -> "Features":
        """The images of these rows, with their texts."""
        texts, cut = None if self.texts is None else self.texts[rows], None if self.cut is None else self.cut[rows]
        scores = None if self.scores is None else replace(self.scores, values=self.scores.values[rows])
        return Features(self.prompts[rows], self.images[rows], self.encoder, texts, cut=cut, scores=scores)

    def first(self) -> "Features":
        """The first image of every prompt, by prompt, with its text."""
        return self.at(np.unique(self.prompts, return_index=True)[1])


class FigureName(NamedTuple):
    """A metric and the space it is measured in, the title of an encoder, or empty; as text ``FD (Inception)``."""

    metric: str
    space: str = ""

    @property
    def order(self) -> tuple[str, bool, str]:
        """What names are sorted by: the metric, then the space, DINOv2's before all others."""
        return self.metric, self.space != LEADING_TITLE, self.space

    def __str__(self) -> str:
        """The two as they are shown in English."""
        return f"{self.metric} ({self.space})" if self.space else self.metric


@dataclass(frozen=True)
class Measured:
    """A figure with its 95 % interval over prompts, the number of prompts, and what encoded them.

    ``space`` is empty where no encoder is asked, and as a metric returns it, which knows no title.
    """

    metric: str
    value: float
    low: float
    high: float
    n: int
    encoder: str
    note: str | None = None
    space: str = ""

    @property
    def name(self) -> FigureName:
        """Its metric and space together."""
        return FigureName(self.metric, self.space)


@dataclass(frozen=True)
class Unmeasured:
    """A figure that could not be had, and why."""

    metric: str
    reason: str
    space: str = ""

    @property
    def name(self) -> FigureName:
        """Its metric and space together."""
        return FigureName(self.metric, self.space)


class Metric(Protocol):
    """A metric under its plain name, such as FD, whatever encoder it is measured by.

    ``better`` is ``lower`` or ``higher``; ``of_real``: its figure for the real images says something.
    """

    name: str
    takes: Takes
    better: str
    of_real: bool

    @property
    def interval(self) -> str:
        """How the 95 % interval is made, as a protocol tells it."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """What may be missing and must not be for this metric: ``reference``, or fields of the generated features."""
        ...

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure. Raises DataError, saying what is lacking, when these images can't be measured."""
        ...


@runtime_checkable
class OfEachPrompt(Protocol):
    """A metric that is a mean over prompts: it can be told of some of them too, such as those of one category."""

    of_each_prompt: bool


def name_by_category(metric: Metric) -> str:
    """Return what a metric's figures by category of the prompts are called among the metrics of a measurement."""
    return f"{metric.name} by category"


METRICS: Registry[Metric] = Registry("metric", "eval.metrics.entries")


def figure_record(figure: Measured | Unmeasured) -> dict[str, Any]:
    """The figure's fields for files that programs read: its metric by its whole name, its space also alone."""
    return asdict(figure) | {"metric": str(figure.name)}


def read_figure(record: Mapping[str, Any]) -> Measured | Unmeasured:
    """Return the figure of a file's fields; one written before spaces had a field has it in its metric's name.

    Raises: TypeError for other fields than a figure's.
    """
    metric = record.get("metric")
    if "space" not in record and isinstance(metric, str) and not isinstance(metric, Sentence):
        name, _, space = metric.partition(" (")
        record = {**record, "metric": name, "space": space.removesuffix(")")}
    return (Measured if "value" in record else Unmeasured)(**record)


def measurable(generated: Features, reference: Features | None) -> list[Metric]:
    """The metrics whose needs are met, by name."""
    there = {"reference": reference, **vars(generated)}
    return [metric for metric in METRICS if all(there[need] is not None for need in metric.needs)]


def figures(
    generated: Features,
    reference: Features | None,
    title: str,
    takes: Collection[Takes],
    real: bool = False,
    only: Collection[str] | None = None,
) -> Iterator[Measured | Unmeasured]:
    """Every metric of these kinds that can be had of features by the encoder of this title, which is their space.

    ``real``: the features are those of real images. ``only``: the metrics' names, where not all are asked for.
    """
    able = measurable(generated, reference)
    chosen = [m for m in able if m.takes in takes and (m.of_real or not real) and (only is None or m.name in only)]
    for metric in track_items(chosen, f"Measuring with {title}"):
        space = "" if metric.takes in NO_SPACE else title
        try:
            yield replace(metric(generated, reference or generated), space=space)
        except DataError as error:
            yield Unmeasured(metric.name, error.sentence, space)
