"""Generators measured on the held-out captions: sampled, encoded and scored, each step kept in the user's cache.

Caption i is drawn with seed i. For diversity one caption of every second concept, the styles in turn, is drawn with
three more seeds; for consistency the paraphrases of a caption are drawn with its seed. The compositional set is drawn
once, with one seed.
"""

from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from eval.composition.measure_composition import BY_RULE
from eval.drawn_pictures import DrawnPictures, list_composed_requests
from eval.features.feature_space import FeatureSpace
from eval.features.reference_features import Reference
from eval.kept_figures import Figure, KeptFigures, complete_figures
from eval.metrics import METRICS, Measured, Takes, Unmeasured, figures
from eval.paired_differences import PairedDifference
from eval.protocol import PictureProtocol
from eval.reference_space import ReferenceSpace, place_reference
from eval.score_categories import CategoryFigure, find_origins, measure_categories
from hub.engine import Engine
from hub.generators import GENERATORS
from hub.language.sentence import Sentence
from hub.schema import Request

REAL = "real images"
EXTRA_SEEDS = 3


@dataclass(frozen=True)
class Row:
    """One figure of one generator."""

    generator: str
    measured: Measured


@dataclass(frozen=True)
class Missing:
    """A figure that could not be measured, and why."""

    generator: str
    unmeasured: Unmeasured


@dataclass(frozen=True)
class CategoryRow:
    """One figure of one generator's pictures of one category of prompts."""

    generator: str
    part: CategoryFigure


@dataclass(frozen=True)
class Table:
    """All figures, and those that are missing. ``level``: pairs of generators that cost the same as far as is known.

    ``origins`` are sentences on figures of pictures that nobody here drew. ``protocol`` says what was measured, where
    that is known. ``differences`` are those of given pictures' figures, paired by prompt.
    """

    rows: tuple[Row, ...] = ()
    missing: tuple[Missing, ...] = ()
    level: frozenset[frozenset[str]] = frozenset()
    origins: tuple[Sentence, ...] = ()
    protocol: PictureProtocol | None = None
    by_category: tuple[CategoryRow, ...] = ()
    differences: tuple[PairedDifference, ...] = ()

    def with_more(
        self,
        found: Iterable[tuple[str, Figure]],
        level: frozenset[frozenset[str]] = frozenset(),
        origins: tuple[Sentence, ...] = (),
    ) -> "Table":
        """Return the table with these figures, pairs that are level, and sentences on origins added."""
        told = list(found)
        rows = (Row(name, one) for name, one in told if isinstance(one, Measured))
        missing = (Missing(name, one) for name, one in told if isinstance(one, Unmeasured))
        parts = (CategoryRow(name, one) for name, one in told if isinstance(one, CategoryFigure))
        return replace(
            self,
            rows=(*self.rows, *rows),
            missing=(*self.missing, *missing),
            level=self.level | level,
            origins=(*self.origins, *origins),
            by_category=(*self.by_category, *parts),
        )


@runtime_checkable
class Based(Protocol):
    """A generator that was trained on from another entry, named ``base``: its drift from that one is measured."""

    base: str


def group_by_concept(concepts: Sequence[str]) -> list[list[int]]:
    """Return the rows of each concept, concepts in the order in which they first appear."""
    rows: dict[str, list[int]] = {}
    for row, concept in enumerate(concepts):
        rows.setdefault(concept, []).append(row)
    return list(rows.values())


def list_test_requests(reference: Reference, extra_seeds: int = EXTRA_SEEDS) -> tuple[list[Request], list[int]]:
    """List the requests to draw, with the reference row of each: one a caption, then the seeds for diversity."""
    size = len(reference.captions)
    picked = [rows[k % len(rows)] for k, rows in enumerate(group_by_concept(reference.concepts)[::2])]
    drawn = [(row, row) for row in range(size)]
    drawn += [(row, row + extra * size) for extra in range(1, extra_seeds + 1) for row in picked]
    requests = [Request(prompt=reference.captions[row], seed=seed) for row, seed in drawn]
    return requests, [row for row, _ in drawn]


def list_wording_requests(reference: Reference) -> tuple[list[Request], list[int]]:
    """List every paraphrase with its caption's seed as a request, and the number of its meaning for each.

    The caption's own picture is one of :func:`list_test_requests`.
    """
    rows = {caption: row for row, caption in enumerate(reference.captions)}
    drawn = [(text, number) for number, group in enumerate(reference.paraphrases) for text in group]
    seeds = [rows[group[0]] for group in reference.paraphrases]
    return [Request(prompt=text, seed=seeds[number]) for text, number in drawn], [number for _, number in drawn]


def measure_generator(
    name: str,
    engine: Engine,
    reference: Reference,
    places: Sequence[ReferenceSpace],
    samples: Path,
    only: Collection[str] | None = None,
) -> Iterator[Figure]:
    """Yield every figure of a generator's pictures, and every picture of it that can't be read.

    ``only``: the metrics to measure by, all where it is None.
    """
    composed = {metric.name for metric in METRICS if metric.takes is Takes.composition}
    broken: dict[str, str] = {}
    if only is None or not {*only} <= composed:
        broken |= yield from _measure_captions(name, engine, reference, places, samples, only)
    if only is None or not composed.isdisjoint(only):
        broken |= yield from _measure_composed(name, engine, places[0].space, samples, only)
    for file, reason in broken.items():
        told = Sentence("it can't be read ({why}).", why=reason)
        yield Unmeasured(Sentence("the picture {file}", file=file), told)


def _measure_composed(
    name: str, engine: Engine, space: FeatureSpace, samples: Path, only: Collection[str] | None
) -> Generator[Figure, None, dict[str, str]]:
    """Yield what a rule says of the compositional set's pictures; return those that can't be read, with the reason."""
    drawn = DrawnPictures(name, engine, list_composed_requests(), samples)
    yield from figures(drawn.composition(space.store), None, BY_RULE, (Takes.composition,), only=only)
    return drawn.broken


def _measure_captions(
    name: str,
    engine: Engine,
    reference: Reference,
    places: Sequence[ReferenceSpace],
    samples: Path,
    only: Collection[str] | None,
) -> Generator[Figure, None, dict[str, str]]:
    """Yield the figures by every encoder; return the pictures that can't be read, with the reason."""
    asked, prompts = list_test_requests(reference)
    said, meanings = list_wording_requests(reference)
    made, worded = (DrawnPictures(name, engine, these, samples) for these in (asked, said))
    generator = GENERATORS[name]
    base = DrawnPictures(generator.base, engine, asked, samples) if isinstance(generator, Based) else None
    origins = find_origins(reference.captions)
    for place in places:
        drawn = made.features(place.space, prompts)
        texts = None if place.real.texts is None else place.real.texts[drawn.prompts]
        wordings = worded.features(place.space, meanings) if said else None
        before = base.features(place.space, prompts) if base else None
        drawn = replace(drawn, texts=texts, wordings=wordings, before=before, training=place.training)
        yield from figures(drawn, place.real, place.space.encoder.title, (place.takes,), only=only)
        of = [origins[row] for row in drawn.prompts]
        yield from measure_categories(of, drawn, place.space.encoder.title, (place.takes,), only=only)
    return made.broken | worded.broken | (base.broken if base else {})


def measure_real(
    reference: Reference, places: Sequence[ReferenceSpace], only: Collection[str] | None = None
) -> Iterator[Figure]:
    """Yield the figures of real images by concept: their diversity is that of one concept's styles.

    ``only``: the metrics to measure by, all where it is None.
    """
    concepts = np.unique(reference.concepts, return_inverse=True)[1]
    for place in places:
        grouped = replace(place.real, prompts=concepts, training=place.training)
        yield from figures(grouped, place.real, place.space.encoder.title, (place.takes,), True, only)
        origins = find_origins(reference.captions)
        yield from measure_categories(origins, place.real, place.space.encoder.title, (place.takes,), True, only)


def measure_generators(
    generators: Sequence[str],
    engine: Engine,
    reference: Reference,
    spaces: Sequence[FeatureSpace],
    samples: Path,
    kept: Mapping[str, KeptFigures] | None = None,
) -> Table:
    """Measure every generator's pictures by every metric in every space, and the real images where that tells.

    ``kept`` are figures that need not be measured again, by generator.

    Raises: what sampling and encoding raise; a metric that can't be computed becomes a missing figure with its reason,
    and so does a picture that can't be read.
    """
    known = kept or {}
    whole = all(name in known and not known[name].lacking for name in (*generators, REAL))
    places = [] if whole else [place_reference(space, reference) for space in spaces]
    table = Table()
    for name in generators:
        measure = partial(measure_generator, name, engine, reference, places, samples)
        table = table.with_more((name, one) for one in complete_figures(known.get(name), measure))
    found = complete_figures(known.get(REAL), partial(measure_real, reference, places))
    return table.with_more((REAL, one) for one in found)
