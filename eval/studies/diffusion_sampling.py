"""``python -m eval.studies.diffusion_sampling``: how ``diffusion`` is best drawn, on validation captions.

One number or the scheduler is varied at a time about the way that the entry is drawn; all points draw the same captions
with the same seeds. What was measured is kept, so a stopped sweep goes on. The table and the chosen point are written
into the method's README, between two marks.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image

from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference
from eval.measure import measure_real
from eval.metrics import METRICS, Features, FigureName, Measured
from eval.metrics.entries.frechet import Frechet
from eval.metrics.entries.image_text import ImageText
from eval.metrics.entries.kid import Kernel
from eval.metrics.entries.ppd import PerPromptDiversity
from eval.reference import load_rows, load_validation
from eval.reference_space import place_reference
from eval.study.declaration import Figures, Study, StudyFigure, StudyResult, StudyRun
from eval.study.run_scores import keep_measured, plan_drawing, score_halves, score_run
from eval.study.study_page import render_markdown, write_study
from eval.study.study_tables import list_notes, make_grids
from hub.command import make_command, split_names
from hub.errors import DataError
from hub.files import WEIGHTS, write_whole
from hub.generators import Draw, Placement, Sampling
from hub.generators.entries.diffusion import Diffusion
from hub.paths import cache_dir
from hub.progress import console
from hub.schema import Request

README = Path(__file__).parents[2] / "hub" / "methods" / "diffusion" / "README.md"
BEGIN, END = "<!-- sampling -->", "<!-- end of sampling -->"
NONE = "none, as none has both score and diversity; the way that is served stays"
SECONDS = "CPU seconds an image"
STEPS, SCALES, STOPS, TOLERANCES = (10, 20, 30), (2.0, 4.0), (0.8, 1.0), (0.0,)
SCHEDULERS = ("DPMSolverMultistepScheduler", "UniPCMultistepScheduler", "DDIMScheduler")
TEXT_SHARE, PPD_SHARES = 0.95, (0.5, 1.5)  # of the best score, and of the real images' diversity


@dataclass
class SamplingPoint:
    """``diffusion`` drawn in one way; ``seconds`` are the CPU seconds an image that it took, once it was drawn."""

    sampling: Sampling
    name: str = Diffusion.name
    weights: tuple[Path, ...] = Diffusion.weights
    seconds: list[float] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What it is called in tables."""
        one = self.sampling
        short = (one.scheduler or "").removesuffix("Scheduler").removesuffix("Multistep").removesuffix("Discrete")
        stop, tolerance = (float(one.parameters[name]) for name in ("guidance_stop", "tolerance"))
        return f"{short} {one.steps}, scale {one.guidance_scale:g} to {stop:.0%}, tolerance {tolerance:g}"

    def load(self, place: Placement) -> Draw:
        """Read the pipeline."""
        from hub.generators.load_diffusion import load_pipeline

        return TimedDraw(load_pipeline(WEIGHTS / self.name, place.device, self.sampling), self.seconds)


class TimedDraw:
    """What draws many pictures and notes the CPU seconds of each, which other work on the machine hardly moves."""

    def __init__(self, draw: Draw, seconds: list[float]) -> None:
        self.draw, self.seconds = draw, seconds

    def __call__(self, *told: object) -> Image.Image:
        """Draw one picture, untimed."""
        return self.draw(*told)  # type: ignore[arg-type]

    def draw_many(self, requests: Sequence[Request]) -> Iterator[Image.Image]:
        """Yield the picture of each request."""
        start = time.process_time()
        yield from self.draw.draw_many(requests)  # type: ignore[attr-defined]
        self.seconds.append((time.process_time() - start) / len(requests))


def list_points() -> list[SamplingPoint]:
    """List the way that the entry is drawn, and those that differ from it in one thing."""
    served = Diffusion.sampling
    made = [served, *(replace(served, steps=steps) for steps in STEPS)]
    made += [replace(served, guidance_scale=scale) for scale in SCALES]
    varied = [("guidance_stop", stop) for stop in STOPS] + [("tolerance", levels) for levels in TOLERANCES]
    made += [replace(served, parameters={**served.parameters, name: value}) for name, value in varied]
    made += [replace(served, scheduler=name) for name in SCHEDULERS]
    return [SamplingPoint(one) for one in made]


def find_runs(folder: Path) -> list[StudyRun]:
    """Return a run a point; what is measured of it is kept in a folder of its own."""
    return [StudyRun(point.label, 0, folder / re.sub(r"[^\w.]+", "-", point.label), point) for point in list_points()]


def tell_seconds(drawn: Features, run: StudyRun) -> Measured:
    """Return the CPU seconds an image of a run. Raises DataError where it was not drawn by this process."""
    assert isinstance(run.generator, SamplingPoint)
    if not run.generator.seconds:
        raise DataError(f"{run.arm} was not timed: remove {run.folder} to draw it again.")
    value = run.generator.seconds[-1]
    return Measured(SECONDS, value, value, value, len(drawn.images), drawn.encoder)


SAMPLING_STUDY = Study(
    title="How diffusion is best drawn",
    training="python -m hub.methods.diffusion",
    find_runs=find_runs,
    shown=(Frechet.name, Kernel.name, PerPromptDiversity.name, SECONDS, ImageText.name),
    figures=(StudyFigure(SECONDS, "lower", tell_seconds),),
    notes=("Validation captions: the test captions, on which the card's figures are, were not looked at.",),
    extra_seeds=1,
)


def take_some(reference: Reference, captions: int) -> Reference:
    """Return every so many rows of a reference, ``captions`` of them, without paraphrases."""
    rows = np.linspace(0, len(reference.captions) - 1, min(captions, len(reference.captions))).astype(int)
    said, meant = (tuple(these[row] for row in rows) for these in (reference.captions, reference.concepts))
    features = {name: found[rows] for name, found in reference.features.items()}
    return replace(reference, captions=said, concepts=meant, paraphrases=(), features=features)


def measure_points(runs: Sequence[StudyRun], whole: Reference, captions: int, store: FeatureStore) -> StudyResult:
    """Return the figures of every point on some captions of a reference; the real images' are those of all of it.

    Raises: DataError, MissingFile, StorageError.
    """
    some, spaces = take_some(whole, captions), whole.spaces(store)
    all_real, places = ([place_reference(space, these) for space in spaces] for these in (whole, some))
    planned = plan_drawing(SAMPLING_STUDY, some)
    groups = {run.arm: {run.seed: score_run(SAMPLING_STUDY, run, planned, places)} for run in runs}
    named = [name for name in SAMPLING_STUDY.shown if not SAMPLING_STUDY.own_figure(name)]
    real = keep_measured(measure_real(whole, all_real), [name for name in named if METRICS[name].of_real])
    return StudyResult(None, groups, real, score_halves(named, some, places), ())


def choose(result: StudyResult) -> str | None:
    """Return the point with the least FD by EfficientNet-Lite2 whose score and diversity are as they should be.

    Its image-text score is at least ``TEXT_SHARE`` of the best point's, its PPD in both spaces within ``PPD_SHARES`` of
    the real images'. None where no point is so.
    """
    found = {arm: seeds[0] for arm, seeds in result.groups.items()}
    text, *_ = (name for name in next(iter(found.values())) if name.metric == ImageText.name)
    least = TEXT_SHARE * max(figures[text].value for figures in found.values())
    fit = {
        arm: figures
        for arm, figures in found.items()
        if figures[text].value >= least and _is_diverse(figures, result.real)
    }
    distance = FigureName(Frechet.name, "EfficientNet-Lite2")
    return min(fit, key=lambda arm: fit[arm][distance].value, default=None)


def _is_diverse(figures: Figures, real: Figures) -> bool:
    low, high = PPD_SHARES
    names = [name for name in figures if name.metric == PerPromptDiversity.name]
    return all(low * real[name].value <= figures[name].value <= high * real[name].value for name in names)


def write_readme(text: str, chosen: str, grids: str) -> str:
    """Return a README with the tables and the chosen point between its marks. Raises DataError where it has none."""
    before, mark, rest = text.partition(BEGIN)
    if not mark or END not in rest:
        raise DataError(f"{README} has no {BEGIN} and {END}: mend it.")
    return f"{before}{BEGIN}\n\nChosen: {chosen}.\n\n{grids}\n{END}{rest.partition(END)[2]}"


def pick_runs(runs: Sequence[StudyRun], schedulers: str) -> list[StudyRun]:
    """Return the runs of some schedulers, the first of each, or all where none is named.

    Raises: DataError for one that no point is drawn with.
    """
    first: dict[str, StudyRun] = {}
    for run in runs:
        first.setdefault(run.arm.split()[0], run)
    if unknown := [name for name in split_names(schedulers) if name not in first]:
        raise DataError(f"There is no scheduler {unknown[0]!r} in this study: name some of {', '.join(first)}.")
    return [first[name] for name in split_names(schedulers)] or list(runs)


def main(
    out: Annotated[Path, typer.Option(help="Folder for what is measured.")] = Path("runs/sampling"),
    captions: Annotated[int, typer.Option(help="Validation captions that each point draws.", min=20)] = 200,
    schedulers: Annotated[str, typer.Option(help="Only these, as served else, and the table is printed only.")] = "",
) -> None:
    """Draw validation captions in several ways, measure each, and write the table into the method's README."""
    store = FeatureStore(cache_dir() / "features.sqlite")
    runs = pick_runs(SAMPLING_STUDY.runs(out), schedulers)
    whole = load_validation(load_rows("validation"), store)
    result = measure_points(runs, whole, captions, store)
    grids = make_grids(SAMPLING_STUDY, result)[:-1]  # there are no orderings
    tables = render_markdown(grids, (*list_notes(SAMPLING_STUDY)[:1], *SAMPLING_STUDY.notes))
    chosen = choose(result) or NONE
    if schedulers:
        console.print(f"{tables}\nChosen: {chosen}.", markup=False, soft_wrap=True)
        return
    write_study(SAMPLING_STUDY, result, out)
    write_whole(README, write_readme(README.read_text(encoding="utf-8"), chosen, tables).encode())
    console.print(f"Chosen: {chosen}. Wrote {README}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m eval.studies.diffusion_sampling --captions 100")()
