"""``python -m eval.studies.unclip arms|guidance|samplers``: what each part of ``unclip`` is worth, by seeds.

``arms``: the decoder given real pictures' embeddings, translated captions, and captions' own embeddings in their place.
``guidance``: image guidance by its weight, beside SDEdit at the same distance to the guide. ``samplers``: samplers and
steps. Validation captions, three seeds of drawing each; what was measured is kept, so a stopped study goes on.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from eval.features.feature_store import FeatureStore
from eval.metrics.entries.frechet import Frechet
from eval.metrics.entries.image_text import ImageText
from eval.metrics.entries.kid import Kernel
from eval.metrics.entries.ppd import PerPromptDiversity
from eval.metrics.entries.prdc import ManifoldRecall, Precision
from eval.reference import load_rows, load_validation
from eval.reference_space import place_reference
from eval.render.terminal import as_table
from eval.studies.diffusion_sampling import take_some
from eval.studies.matched_distance import match_distances
from eval.studies.unclip_arms import (
    DISTANCE,
    SECONDS,
    CaptionPictures,
    EmbeddingSource,
    UnclipArm,
    tell_distance,
    tell_seconds,
)
from eval.study.declaration import Expected, Ordering, Study, StudyFigure, StudyRun, Sweep
from eval.study.run_scores import measure_study
from eval.study.study_page import render_markdown, write_study
from eval.study.study_tables import list_notes, make_grids
from hub.command import make_command
from hub.errors import DataError
from hub.files import write_whole
from hub.generators.entries.unclip import Unclip
from hub.paths import cache_dir
from hub.progress import console
from hub.weights.measured_card import write_between

README = Path(__file__).parents[2] / "hub" / "methods" / "unclip" / "README.md"
SEEDS, APART = 3, 100_000  # runs of an arm, and how far their seeds lie apart
FULL, PICTURE, CAPTION = EmbeddingSource.translated, EmbeddingSource.picture, EmbeddingSource.caption
WEIGHTS = (0.0, 0.0005, 0.001, 0.002, 0.005, 0.01)  # w
STRENGTHS = (0.9, 0.7, 0.5, 0.3)  # of SDEdit
WAYS = ((Unclip.sampling.scheduler, 5), (Unclip.sampling.scheduler, 20), ("DDIMScheduler", 10), ("DDPMScheduler", 20))
FD, KID, PPD, TEXT = Frechet.name, Kernel.name, PerPromptDiversity.name, ImageText.name
Arms = Mapping[str, Callable[[], UnclipArm]]


def list_runs(folder: Path, arms: Arms) -> list[StudyRun]:
    """Return the runs of arms: each is drawn with seeds of its own, seed by seed."""
    names = {arm: re.sub(r"[^\w.]+", "-", arm) for arm in arms}
    return [
        StudyRun(arm, seed, folder / f"{names[arm]}-seed{seed}", make(), first_seed=seed * APART)
        for seed in range(SEEDS)
        for arm, make in arms.items()
    ]


def declare(title: str, arms: Arms, shown: tuple[str, ...], **more: Any) -> Study:
    """Return a study of these arms."""
    own = {DISTANCE: tell_distance, SECONDS: tell_seconds}
    return Study(
        title=f"unCLIP: {title}",
        training="python -m hub.methods.unclip",
        find_runs=partial(list_runs, arms=arms),
        shown=shown,
        figures=tuple(StudyFigure(name, "lower", own[name]) for name in shown if name in own),
        notes=("Validation captions; seeds are those of drawing, of one decoder and one translator.",),
        **more,
    )


def declare_arms(pictures: CaptionPictures) -> Study:
    """Return the study of the embedding's source. ``pictures``: the real one of each caption."""
    arms = {source.value: partial(UnclipArm, source, pictures) for source in EmbeddingSource}
    orderings = [Ordering(name, (PICTURE,), Expected.below, FULL) for name in (FD, KID)]
    orderings += [Ordering(name, (FULL,), Expected.below, CAPTION) for name in (FD, KID)]
    orderings += [Ordering(TEXT, (FULL,), Expected.above, CAPTION)]
    shown = (FD, KID, Precision.name, ManifoldRecall.name, TEXT)
    return declare("where the embedding is from", arms, shown, orderings=tuple(orderings), extra_seeds=0)


def declare_guidance(pictures: CaptionPictures) -> Study:
    """Return the study of image guidance; a caption's guide is the real picture of the caption half the list away."""
    captions = list(pictures)
    half = len(captions) // 2
    guides = {one: pictures[other] for one, other in zip(captions, captions[half:] + captions[:half], strict=True)}
    arms = {f"guided-w{w:g}": partial(UnclipArm, guides=guides, guidance=w) for w in WEIGHTS}
    arms |= {f"sdedit-s{s:g}": partial(UnclipArm, guides=guides, strength=s) for s in STRENGTHS}
    names = [f"guided-w{w:g}" for w in WEIGHTS]
    nearer = [Ordering(DISTANCE, (b,), Expected.below, a) for a, b in pairwise(names)]
    sweeps = (Sweep("guided", "w", "w", down=(DISTANCE, PPD)), Sweep("sdedit", "strength", "s", up=(DISTANCE, PPD)))
    return declare("image guidance", arms, (DISTANCE, PPD, TEXT), orderings=tuple(nearer), sweeps=sweeps, extra_seeds=2)


def declare_samplers(pictures: CaptionPictures) -> Study:
    """Return the study of samplers and steps about the way that the entry is drawn."""
    ways = [(Unclip.sampling.scheduler, Unclip.sampling.steps), *WAYS]
    arms = {
        f"{str(name).removesuffix('Scheduler')}, {steps} steps": partial(
            UnclipArm, sampling=replace(Unclip.sampling, scheduler=name, steps=steps)
        )
        for name, steps in ways
    }
    return declare("samplers and steps", arms, (FD, KID, TEXT, SECONDS), extra_seeds=0)


PARTS: dict[str, tuple[Callable[[CaptionPictures], Study], int]] = {  # and how many captions are drawn
    "arms": (declare_arms, 200),
    "guidance": (declare_guidance, 20),
    "samplers": (declare_samplers, 60),
}


def main(
    part: Annotated[str, typer.Argument(help=f"One of {', '.join(PARTS)}.")],
    out: Annotated[Path, typer.Option(help="Folder for what is measured.")] = Path("runs/unclip-study"),
    captions: Annotated[int, typer.Option(help="Validation captions that each arm draws; 0: as declared.")] = 0,
) -> None:
    """Draw the arms, measure them, test the expected orderings, and write the tables into the method's README."""
    if part not in PARTS:
        raise DataError(f"There is no part {part!r} of the study; there are {', '.join(PARTS)}.")
    build, declared = PARTS[part]
    store, rows = FeatureStore(cache_dir() / "features.sqlite"), load_rows("validation")
    some = take_some(load_validation(rows, store), captions or declared)
    real = dict(zip(rows["caption"], rows["image"], strict=True))
    study = build({caption: real[caption] for caption in some.captions})
    places = [place_reference(space, some) for space in some.spaces(store)]
    result = measure_study(study, study.runs(out / part), some, places)
    write_study(study, result, out / part)
    grids = make_grids(study, result)
    grids += [match_distances(result)] if part == "guidance" else []
    tables = render_markdown(grids, (*list_notes(study)[:3], *study.notes))
    asked = f" --captions {captions}" if captions else ""
    command = f"`python -m eval.studies.unclip {part}{asked}`, {len(some.captions)} captions."
    write_between(README, f"<!-- {part} -->", f"<!-- end of {part} -->", f"\n{command}\n\n{tables}")
    shown = Console()
    for grid in grids:
        shown.print(as_table(grid, shown.width))
    write_whole(out / part / "tables.md", tables.encode())
    console.print(f"Wrote {out / part} and a part of {README}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m eval.studies.unclip arms")()
