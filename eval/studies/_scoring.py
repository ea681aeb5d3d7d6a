"""One checkpoint of a one-step generator scored: drawn, encoded by what no loss has seen, measured.

Caption i is drawn with seed i for FD, KID and the image-text score; one caption of every second concept with ``SEEDS``
more for PPD and the noise's recovery.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eval.features import Cache
from eval.files import write_whole
from eval.measure import concept_rows
from eval.metrics import METRICS, Array, Features, Ints, Measured
from eval.metrics.frechet import Frechet
from eval.metrics.image_text import ImageText
from eval.metrics.kid import Kernel
from eval.metrics.ppd import PerPromptDiversity
from eval.studies._recovery import z_recovery
from hub.encoders import text_encoder, to_image
from hub.generators._gan import read_generator
from hub.packaged import file_sha256
from hub.progress import track

SEEDS = 12
BATCH = 64
FD, KID, TEXT, PPD, RECOVERY = Frechet.name, Kernel.name, ImageText.name, PerPromptDiversity.name, "z-recovery"
BETTER = {FD: "lower", KID: "lower", TEXT: "higher", PPD: "higher", RECOVERY: "higher"}


@dataclass(frozen=True)
class Figure:
    """A figure of one checkpoint; the interval over prompts is missing where the metric has none."""

    value: float
    low: float | None = None
    high: float | None = None


Figures = dict[str, Figure]


@dataclass(frozen=True, eq=False)
class Plan:
    """What is drawn for every checkpoint: rows of the reference, seeds, and the captions' embeddings (N, D)."""

    rows: Ints
    seeds: Ints
    several: NDArray[np.bool_]  # drawn for variety
    texts: Tensor


def plan(captions: Sequence[str], concepts: Sequence[str]) -> Plan:
    """The same prompts and seeds for every run."""
    picked = [rows[k % len(rows)] for k, rows in enumerate(concept_rows(concepts)[::2])]
    size = len(captions)
    rows = [*range(size), *(row for row in picked for _ in range(SEEDS))]
    seeds = [*range(size), *(size + k for k in range(len(picked) * SEEDS))]
    batches = [captions[i : i + BATCH] for i in range(0, size, BATCH)]
    embedded = torch.cat([text_encoder()(batch) for batch in track(batches, "Embedding captions")])
    several = np.arange(len(rows)) >= size
    return Plan(np.array(rows), np.array(seeds), several, embedded[torch.tensor(rows)])


def noises(seeds: Ints, size: int) -> Tensor:
    """z (N, size), each row by its own seed, as the arena's generators draw it."""
    rows = [torch.randn(1, size, generator=torch.Generator().manual_seed(int(seed))) for seed in seeds]
    return torch.cat(rows)


def encoded(checkpoint: Path, drawn: Plan, cache: Cache) -> tuple[Array, Array, Array]:
    """Pooled features (N, F), unit embeddings (N, E) and noises (N, K) of a checkpoint's images."""
    model, _ = read_generator(checkpoint)
    z = noises(drawn.seeds, model.config.noise)

    def parts() -> Iterator[tuple[Array, Array]]:
        for start in track(range(0, len(z), BATCH), f"Drawing and encoding {checkpoint.parent.name}"):
            with torch.no_grad():
                images = model(z[start : start + BATCH], drawn.texts[start : start + BATCH])
            features = cache.encoder.features([to_image(image) for image in images])
            yield features.astype(np.float64), cache.encoder.head(features).astype(np.float64)

    features, embeddings = (np.concatenate(column) for column in zip(*parts(), strict=True))
    return features, embeddings, np.asarray(z, dtype=np.float64)


def reference_features(cache: Cache) -> Features:
    """The real test images, row i for caption i."""
    known = cache.reference
    texts = cache.texts(known.captions).astype(np.float64)
    images, embeddings = known.features.astype(np.float64), cache.real().astype(np.float64)
    return Features(np.arange(len(images)), images, embeddings, texts, known.encoder, cache.judge)


def _figure(measured: Measured) -> Figure:
    return Figure(measured.value, measured.low, measured.high)


def measured(generated: Features, reference: Features, names: Sequence[str]) -> Figures:
    """These metrics of the registry."""
    return {name: _figure(METRICS[name](generated, reference)) for name in names}


def scores(checkpoint: Path, drawn: Plan, cache: Cache, reference: Features) -> Figures:
    """Every figure of a checkpoint, kept in ``figures.json`` beside it for this checkpoint, judge and reference."""
    kept = checkpoint.with_name("figures.json")
    key = f"{file_sha256(checkpoint)} {cache.judge} {cache.reference.sha256} {SEEDS}"
    if kept.exists():
        found = json.loads(kept.read_text(encoding="utf-8"))
        if found["key"] == key:
            return {name: Figure(**figure) for name, figure in found["figures"].items()}
    features, embeddings, z = encoded(checkpoint, drawn, cache)
    texts = reference.text_embeddings[drawn.rows]
    generated = Features(drawn.rows, features, embeddings, texts, reference.image_encoder, reference.judge)
    figures = measured(generated, reference, (FD, KID, TEXT, PPD))
    some = drawn.several
    figures[RECOVERY] = Figure(z_recovery(features[some], z[some], drawn.rows[some]))
    content = {"key": key, "figures": {name: asdict(figure) for name, figure in figures.items()}}
    write_whole(kept, json.dumps(content, indent=1).encode())
    return figures


def real_row(reference: Features, concepts: Sequence[str]) -> Figures:
    """What real images score: PPD over the styles of a concept, and the image-text score."""
    grouped = replace(reference, prompts=np.unique(concepts, return_inverse=True)[1])
    return measured(grouped, reference, (TEXT, PPD))


def real_halves(reference: Features, concepts: Sequence[str]) -> Figures:
    """FD and KID of one half of the concepts' real images from the other: what two perfect samples would score.

    With half the images; FD of unequal numbers is not comparable, KID is.
    """
    numbers = np.unique(concepts, return_inverse=True)[1]
    halves = [_part(reference, numbers % 2 == half) for half in (0, 1)]
    return measured(halves[0], halves[1], (FD, KID))


def _part(whole: Features, kept: NDArray[np.bool_]) -> Features:
    arrays = whole.images[kept], whole.image_embeddings[kept], whole.text_embeddings[kept]
    return Features(np.arange(int(kept.sum())), *arrays, whole.image_encoder, whole.judge, free=True)
