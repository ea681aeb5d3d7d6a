"""Generators measured on the held-out captions: sampled, encoded and scored, each step kept in the user's cache.

Caption i is drawn with seed i. For diversity one caption of every second concept, the styles in turn, is drawn with
three more seeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eval.features import Cache, Reference
from eval.metrics import Array, Cost, Features, Measured, measurable
from eval.sample import Entry, Job, draw_jobs
from hub.engine import Engine
from hub.errors import DataError
from hub.generators import GENERATORS
from hub.generators._facts import facts
from hub.progress import track

REAL = "real images"
EXTRA_SEEDS = 3


@dataclass(frozen=True)
class Row:
    """One figure of one generator."""

    generator: str
    measured: Measured


@dataclass(frozen=True)
class Missing:
    """A figure that could not be had, and why."""

    generator: str
    metric: str
    reason: str


@dataclass(frozen=True)
class Table:
    """All figures, and those that are missing."""

    rows: tuple[Row, ...] = ()
    missing: tuple[Missing, ...] = ()


def concept_rows(concepts: Sequence[str]) -> list[list[int]]:
    """Rows of each concept, concepts in the order in which they first appear."""
    rows: dict[str, list[int]] = {}
    for row, concept in enumerate(concepts):
        rows.setdefault(concept, []).append(row)
    return list(rows.values())


def test_jobs(reference: Reference) -> tuple[list[Job], list[int]]:
    """Prompts and seeds to draw, with the reference row of each: one a caption, then the seeds for diversity."""
    size = len(reference.captions)
    picked = [rows[k % len(rows)] for k, rows in enumerate(concept_rows(reference.concepts)[::2])]
    drawn = [(row, row) for row in range(size)]
    drawn += [(row, row + extra * size) for extra in range(1, EXTRA_SEEDS + 1) for row in picked]
    return [(reference.captions[row], seed) for row, seed in drawn], [row for row, _ in drawn]


def _real(cache: Cache, texts: Array) -> Features:
    """The reference's own features, row i for prompt i."""
    reference = cache.reference
    prompts = np.arange(len(reference.captions))
    images, embeddings = reference.features.astype(np.float64), cache.real().astype(np.float64)
    return Features(prompts, images, embeddings, texts, reference.encoder, cache.judge)


def cost_of(generator: str, entries: Sequence[Entry]) -> Cost:
    """What a generator's images cost, by the manifest, and its checkpoints' size and training."""
    known = facts(GENERATORS[generator])
    peaks = [entry.peak_bytes for entry in entries if entry.peak_bytes is not None]
    seconds = np.array([entry.seconds for entry in entries])
    return Cost(seconds, known.parameters, known.device_hours, known.device, max(peaks, default=None))


def _drawn(generator: str, engine: Engine, cache: Cache, samples: Path, texts: Array) -> Features:
    jobs, rows = test_jobs(cache.reference)
    entries = draw_jobs(engine, generator, jobs, samples)
    paths, digests = [samples / entry.file for entry in entries], [entry.sha256 for entry in entries]
    images, embeddings = cache.images(paths, digests, f"Encoding {generator}")
    prompts, seeds = np.array(rows), np.array([seed for _, seed in jobs])
    arrays = images.astype(np.float64), embeddings.astype(np.float64), texts[prompts]
    cost = cost_of(generator, entries)
    return Features(prompts, *arrays, cache.reference.encoder, cache.judge, seeds, cost=cost)


def measure(generators: Sequence[str], engine: Engine, cache: Cache, samples: Path) -> Table:
    """Every metric of every generator, and of the real images where it says something.

    Real images are grouped by concept: their diversity is that of one concept's styles. Raises what sampling and
    encoding raise; a metric that can't be computed becomes a missing figure with its reason.
    """
    texts = cache.texts(cache.reference.captions).astype(np.float64)
    reference = _real(cache, texts)
    concepts = np.unique(cache.reference.concepts, return_inverse=True)[1]
    rows, missing = [], []
    for name in (*generators, REAL):
        real = name == REAL
        features = replace(reference, prompts=concepts) if real else _drawn(name, engine, cache, samples, texts)
        for metric in track([m for m in measurable(features, reference) if m.of_real or not real], f"Measuring {name}"):
            try:
                rows.append(Row(name, metric(features, reference)))
            except DataError as error:
                missing.append(Missing(name, metric.name, str(error)))
    return Table(tuple(rows), tuple(missing))
