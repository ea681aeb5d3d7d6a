"""Runs of a study scored: drawn by their generators' own loading, encoded and measured in the report's spaces.

All runs draw the same captions with the same seeds. A run's figures are kept beside it for these encoders and this
reference.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from eval.features.reference_features import Reference
from eval.features.sources import Picture
from eval.kept_figures import Figure
from eval.measure import list_test_requests, list_wording_requests, measure_real
from eval.metrics import METRICS, Features, Ints, Measured, Takes, Unmeasured, figures, read_figure
from eval.reference_space import ReferenceSpace
from eval.study.declaration import Drawer, Figures, Groups, Study, StudyResult, StudyRun
from eval.study.orderings import judge_orderings
from hub.errors import DataError
from hub.files import file_sha256, png_bytes, write_whole
from hub.generators import DrawsMany, Placement, ignore_progress
from hub.progress import make_bar
from hub.schema import Request


@dataclass(frozen=True, eq=False)
class DrawingPlan:
    """What is drawn for every run: requests, with the row of the reference (N,) that each belongs to.

    Behind them may be ``wordings``, with the number of each one's meaning.
    """

    requests: tuple[Request, ...]
    rows: Ints
    wordings: tuple[Request, ...] = ()
    meanings: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def requests_of(self, run: StudyRun) -> list[Request]:
        """Return all requests with the seeds of a run."""
        return [one.with_seed(one.seed + run.first_seed) for one in (*self.requests, *self.wordings)]


def plan_drawing(study: Study, reference: Reference) -> DrawingPlan:
    """Return the same prompts and seeds for every run: each caption, and some of them with more seeds."""
    requests, rows = list_test_requests(reference, study.extra_seeds)
    wordings, meanings = list_wording_requests(reference) if study.worded else ([], [])
    return DrawingPlan(tuple(requests), np.array(rows), tuple(wordings), np.array(meanings, np.int64))


def draw_with(generator: Drawer, requests: Sequence[Request]) -> Iterator[Image.Image]:
    """Yield the picture of each request, many at once where the generator can. Raises MissingFile, GenerationError."""
    drawing = generator.load(Placement())
    if isinstance(drawing, DrawsMany):
        yield from drawing.draw_many(requests)
    else:
        for request in requests:
            yield drawing(request, {}, ignore_progress)


def draw_run(run: StudyRun, planned: DrawingPlan) -> list[Picture]:
    """Return a run's pictures, row by row of the plan. Raises MissingFile, GenerationError."""
    contents: list[bytes] = []
    asked = planned.requests_of(run)
    with make_bar() as progress:
        task = progress.add_task(f"Drawing {run.folder.name}", total=len(asked), note="")
        for image in draw_with(run.generator, asked):
            contents.append(png_bytes(image))
            progress.advance(task)
    return [Picture(f"row {row}", partial(bytes, content)) for row, content in enumerate(contents)]


def keep_measured(found: Iterable[Figure], wanted: Sequence[str]) -> Figures:
    """Return the figures by name. Raises DataError where one of a wanted metric could not be had."""
    made: Figures = {}
    for one in found:
        if isinstance(one, Measured):
            made[one.name] = one
        elif isinstance(one, Unmeasured) and one.metric in wanted:
            raise DataError(f"No {one.name}: {one.reason}")
    return made


def _score_in(
    place: ReferenceSpace, study: Study, run: StudyRun, pictures: Sequence[Picture], planned: DrawingPlan
) -> Figures:
    encoder = place.space.encoder
    images = place.space.pictures(pictures, f"{encoder.title}: {run.folder.name}").features.astype(np.float64)
    texts = None if place.real.texts is None else place.real.texts[planned.rows]
    seeds = np.array([one.seed for one in planned.requests_of(run)])
    kept = len(planned.requests)
    drawn = Features(planned.rows, images[:kept], place.space.name, texts, seeds[:kept])
    if planned.wordings:
        drawn = replace(drawn, wordings=Features(planned.meanings, images[kept:], place.space.name, seeds=seeds[kept:]))
    made = keep_measured(figures(drawn, place.real, encoder.title, (place.takes,)), study.shown)
    for own in (one for one in study.figures if one.takes is place.takes):
        if own.measure is not None:
            one = replace(own.measure(drawn, run), metric=own.name, space=encoder.title)
            made[one.name] = one
    return made


def _key(study: Study, run: StudyRun, places: Sequence[ReferenceSpace]) -> str:
    """Digest of all that a run's figures rest on."""
    weights = [file_sha256(path) for path in run.generator.weights]
    drawn = (run.generator.name, weights, run.generator.sampling, run.first_seed, study.extra_seeds, study.shown)
    digest = hashlib.sha256(repr(drawn).encode())
    digest.update(b"worded" if study.worded else b"")
    for place in places:
        digest.update(place.space.name.encode())
        digest.update(place.real.images.tobytes())
        digest.update(b"" if place.real.texts is None else place.real.texts.tobytes())
    return digest.hexdigest()


def score_run(study: Study, run: StudyRun, planned: DrawingPlan, places: Sequence[ReferenceSpace]) -> Figures:
    """Return every figure of a run, kept in its ``figures.json``. Raises DataError, MissingFile, StorageError."""
    kept, key = run.folder / "figures.json", _key(study, run, places)
    if kept.exists():
        found = json.loads(kept.read_text(encoding="utf-8"))
        if found["key"] == key:
            return keep_measured(map(read_figure, found["figures"].values()), ())
    pictures = draw_run(run, planned)
    made: Figures = {}
    for place in places:
        made |= _score_in(place, study, run, pictures, planned)
    content = {"key": key, "figures": {str(name): asdict(figure) for name, figure in made.items()}}
    write_whole(kept, json.dumps(content, indent=1, allow_nan=False).encode())
    return made


def score_halves(metrics: Sequence[str], reference: Reference, places: Sequence[ReferenceSpace]) -> Figures:
    """Return these metrics' distances of one half of the concepts' real images from the other.

    That is what perfect samples score. With half the images; FD of unequal numbers is not comparable, KID is.

    Raises: DataError, UnknownName.
    """
    wanted = [one for one in metrics if METRICS[one].takes is Takes.images and "reference" in METRICS[one].needs]
    numbers = np.unique(reference.concepts, return_inverse=True)[1]
    made: Figures = {}
    for place in places:
        if place.takes is Takes.images:
            one, other = (_part(place.real, numbers % 2 == half) for half in (0, 1))
            measured = figures(one, other, place.space.encoder.title, (place.takes,))
            made |= keep_measured(measured, wanted)
    return {name: figure for name, figure in made.items() if name.metric in wanted}


def _part(whole: Features, kept: NDArray[np.bool_]) -> Features:
    return Features(np.flatnonzero(kept), whole.images[kept], whole.encoder, free=True)


def measure_study(
    study: Study, runs: Sequence[StudyRun], reference: Reference, places: Sequence[ReferenceSpace]
) -> StudyResult:
    """Return the scores of every run, of the real images and of their halves, and the orderings' outcome.

    Raises: DataError, MissingFile, StorageError.
    """
    planned = plan_drawing(study, reference)
    groups: Groups = {arm: {} for arm in sorted({run.arm for run in runs})}
    for run in sorted(runs, key=lambda run: (run.arm, run.seed)):
        groups[run.arm][run.seed] = score_run(study, run, planned, places)
    named = [name for name in study.shown if not study.own_figure(name)]
    real = keep_measured(measure_real(reference, places), ())  # of a few captions some can't be had
    halves = score_halves(named, reference, places)
    return StudyResult(runs[0].images, groups, real, halves, judge_orderings(study, groups))
