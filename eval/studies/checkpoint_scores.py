"""One checkpoint of a one-step generator scored: drawn as the report draws, encoded and measured in the same spaces.

One caption of every second concept is drawn with ``SEEDS`` more seeds, for PPD and the noise's recovery.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eval.features.reference_features import Reference
from eval.features.sources import Picture
from eval.measure import ReferenceSpace, list_test_requests, measure_real
from eval.metrics import METRICS, Array, Features, FigureName, Ints, Measured, Takes, Unmeasured, figures, read_figure
from eval.metrics.entries.frechet import Frechet
from eval.metrics.entries.image_text import ImageText
from eval.metrics.entries.kid import Kernel
from eval.metrics.entries.ppd import PerPromptDiversity
from eval.metrics.entries.recall import Recall
from eval.studies.z_recovery import RECOVERY, z_recovery
from hub import devices
from hub.encoders import text_encoder, to_image
from hub.errors import DataError
from hub.files import file_sha256, png_bytes, write_whole
from hub.generators.load_one_step import read_generator
from hub.progress import track_items

SEEDS = 12
BATCH = 64
FD, KID, PPD = Frechet.name, Kernel.name, PerPromptDiversity.name
TEXT, RECALL = ImageText.name, Recall.name
SHOWN = (FD, KID, PPD, RECOVERY, TEXT, RECALL)  # without which no study is whole; others are kept too
Figures = dict[FigureName, Measured]


def better(metric: str) -> str:
    """``lower`` or ``higher``."""
    return "higher" if metric == RECOVERY else METRICS[metric].better


@dataclass(frozen=True, eq=False)
class Plan:
    """What is drawn for every checkpoint: rows of the reference (N,), seeds (N,), the captions' embeddings (N, D)."""

    rows: Ints
    seeds: Ints
    texts: Tensor


def plan(reference: Reference) -> Plan:
    """The same prompts and seeds for every run."""
    requests, rows = list_test_requests(reference, SEEDS)
    captions = reference.captions
    batches = [captions[i : i + BATCH] for i in range(0, len(captions), BATCH)]
    embedded = torch.cat([text_encoder()(batch) for batch in track_items(batches, "Embedding captions")])
    return Plan(np.array(rows), np.array([request.seed for request in requests]), embedded[torch.tensor(rows)])


def noises(seeds: Ints, size: int) -> Tensor:
    """z (N, size), each row by its own seed, as the arena's generators draw it."""
    rows = [torch.randn(1, size, generator=torch.Generator().manual_seed(int(seed))) for seed in seeds]
    return torch.cat(rows)


def draw(checkpoint: Path, planned: Plan) -> tuple[list[Picture], Array]:
    """A checkpoint's pictures and their noises (N, K)."""
    model, _ = read_generator(checkpoint)
    device = devices.pick_device()
    model.to(device)
    z = noises(planned.seeds, model.config.noise)
    contents: list[bytes] = []
    for start in track_items(range(0, len(z), BATCH), f"Drawing {checkpoint.parent.name}"):
        part = slice(start, start + BATCH)
        with torch.no_grad():
            contents += [
                png_bytes(to_image(image)) for image in model(z[part].to(device), planned.texts[part].to(device))
            ]
    pictures = [Picture(f"row {row}", partial(bytes, content)) for row, content in enumerate(contents)]
    return pictures, np.asarray(z, dtype=np.float64)


def measured(found: Iterable[Measured | Unmeasured], wanted: Sequence[str]) -> Figures:
    """The figures by name. Raises DataError where one of a wanted metric could not be had."""
    made: Figures = {}
    for one in found:
        if isinstance(one, Measured):
            made[one.name] = one
        elif one.metric in wanted:
            raise DataError(f"No {one.name}: {one.reason}")
    return made


def in_place(place: ReferenceSpace, pictures: Sequence[Picture], z: Array, planned: Plan, title: str) -> Figures:
    """Every figure of the pictures in one space. Raises DataError, StorageError."""
    encoder = place.space.encoder
    images = place.space.pictures(pictures, f"{encoder.title}: {title}").features.astype(np.float64)
    texts = None if place.real.texts is None else place.real.texts[planned.rows]
    drawn = Features(planned.rows, images, place.space.name, texts, planned.seeds)
    made = measured(figures(drawn, place.real, encoder.title, (place.takes,)), SHOWN)
    if place.takes is Takes.images:
        recovery = replace(z_recovery(drawn, z), space=encoder.title)
        made[recovery.name] = recovery
    return made


def _key(checkpoint: Path, places: Sequence[ReferenceSpace]) -> str:
    """Of all that a checkpoint's figures rest on."""
    digest = hashlib.sha256(f"{file_sha256(checkpoint)} {SEEDS} {SHOWN}".encode())
    for place in places:
        digest.update(place.space.name.encode())
        digest.update(place.real.images.tobytes())
        digest.update(b"" if place.real.texts is None else place.real.texts.tobytes())
    return digest.hexdigest()


def scores(checkpoint: Path, planned: Plan, places: Sequence[ReferenceSpace]) -> Figures:
    """Every figure of a checkpoint, kept in ``figures.json`` beside it for these encoders and this reference."""
    kept, key = checkpoint.with_name("figures.json"), _key(checkpoint, places)
    if kept.exists():
        found = json.loads(kept.read_text(encoding="utf-8"))
        if found["key"] == key:
            return measured(map(read_figure, found["figures"].values()), ())
    pictures, z = draw(checkpoint, planned)
    made: Figures = {}
    for place in places:
        made |= in_place(place, pictures, z, planned, checkpoint.parent.name)
    content = {"key": key, "figures": {str(name): asdict(figure) for name, figure in made.items()}}
    write_whole(kept, json.dumps(content, indent=1, allow_nan=False).encode())
    return made


def real_row(reference: Reference, places: Sequence[ReferenceSpace]) -> Figures:
    """What real images score: the diversity of a concept's styles, the image-text score and R@1."""
    return measured(measure_real(reference, places), (PPD, TEXT, RECALL))


def real_halves(reference: Reference, places: Sequence[ReferenceSpace]) -> Figures:
    """FD and KID of one half of the concepts' real images from the other: what two perfect samples would score.

    With half the images; FD of unequal numbers is not comparable, KID is.
    """
    numbers = np.unique(reference.concepts, return_inverse=True)[1]
    made: Figures = {}
    for place in places:
        if place.takes is Takes.images:
            one, other = (_part(place.real, numbers % 2 == half) for half in (0, 1))
            made |= measured(figures(one, other, place.space.encoder.title, (place.takes,)), (FD, KID))
    return {name: figure for name, figure in made.items() if name.metric in (FD, KID)}


def _part(whole: Features, kept: NDArray[np.bool_]) -> Features:
    return Features(np.flatnonzero(kept), whole.images[kept], whole.encoder, free=True)
