"""What is drawn for a drift watch, by the base and by what it became; kept, so that a stopped watch goes on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from eval.drift_watch.watch_progress import WatchProgress
from eval.study.declaration import Drawer
from eval.study.run_scores import draw_with
from hub.errors import MissingFile
from hub.files import file_sha256, png_bytes, write_whole
from hub.generators import GENERATORS
from hub.generators.kinds import entry_of
from hub.generators.model_folder import ENTRY, read_model
from hub.methods.data.packages import STYLES
from hub.methods.personalization.run_record import ENTRY as PIPELINE
from hub.pixel_pipeline_folder import PIXEL_FORM, is_pipeline
from hub.progress import make_bar
from hub.prompts import load_captions
from hub.schema import Request

STEPS = "steps"  # what a run's rows made, in its folder
OTHER_SEEDS = 1_000_000  # added to the seeds of the floor's pictures


@dataclass(frozen=True)
class DriftPlan:
    """The requests of a watch. Request i of ``subject`` has the seed of request i of ``of_class``."""

    unrelated: tuple[Request, ...]
    of_class: tuple[Request, ...]
    subject: tuple[Request, ...]


@dataclass(frozen=True)
class DrawnSets:
    """Pictures' files by who drew them: the base, the base with other seeds, and what it became."""

    before: dict[str, list[Path]]
    floor: dict[str, list[Path]]
    after: dict[str, list[Path]]


def open_pictures(paths: Sequence[Path]) -> list[Image.Image]:
    """Return the pictures of files."""
    return [Image.open(path).convert("RGB") for path in paths]


def plan_watch(record: dict[str, Any], unrelated: int, of_class: int) -> DriftPlan:
    """Return what is drawn of a run: held-out captions that do not name its class, its class, and its subject."""
    class_word = record["config"]["class_word"].lower()
    captions = [one for one in load_captions() if class_word not in one.lower()]
    if not any(style.words in prompt for style in STYLES for prompt in record["class_prompts"]):
        captions = list(dict.fromkeys(_without_style(one) for one in captions))  # of a base that knows no such style
    rows = np.linspace(0, len(captions) - 1, min(unrelated, len(captions))).astype(int)
    return DriftPlan(
        tuple(Request(prompt=captions[row], seed=seed) for seed, row in enumerate(rows)),
        _in_turn(record["class_prompts"], of_class),
        _in_turn(record["subject_prompts"], of_class),
    )


def _without_style(caption: str) -> str:
    for style in STYLES:
        caption = caption.removesuffix(f", {style.words}")
    return caption


def _in_turn(prompts: Sequence[str], count: int) -> tuple[Request, ...]:
    return tuple(Request(prompt=prompts[number % len(prompts)], seed=number) for number in range(count))


def find_generators(run: Path, record: dict[str, Any], step: int = 0) -> tuple[Drawer, Drawer]:
    """Return the base of a run and what it became after a step, 0 for all; drawn alike.

    Raises: HubError where one can't be drawn.
    """
    folder, base = run / (f"{STEPS}/{step:04d}" if step else PIPELINE), record["config"]["base"]
    if not (folder / ENTRY).exists() and step:
        raise MissingFile(f"{run} has not kept step {step}: train with --keep-steps, or name one below {STEPS}.")
    if not (folder / ENTRY).exists():
        raise MissingFile(f"{run} has not ended: there is no {PIPELINE}/{ENTRY} in it; go on with its training.")
    made: Any = read_model(folder, record["config"]["subject"])
    if base in {one.name for one in GENERATORS}:
        return GENERATORS[base], made
    path = Path(base).expanduser()
    if path.is_dir() and is_pipeline(path, PIXEL_FORM):
        lines = {"kind": "caption-diffusion"}
    else:
        lines = {"kind": "diffusers", "steps": made.steps, "guidance_scale": made.guidance_scale}
    where = str(path.absolute()) if path.is_dir() else base
    found: Any = entry_of(f"the base {base}", "base", {**lines, "title": "base", "licence": "-", "model": where}, path)
    return found, made


def draw_sets(
    plan: DriftPlan,
    base: Drawer,
    made: Drawer,
    kept: Path,
    apart: int = OTHER_SEEDS,
    progress: WatchProgress | None = None,
) -> DrawnSets:
    """Draw all pictures of a plan, but those that are kept in a folder.

    ``apart`` is added to the seeds of the floor's pictures. Raises MissingFile, GenerationError, and Stopped where the
    ``progress`` is asked to stop.
    """
    again = [[one.with_seed(one.seed + apart) for one in these] for these in (plan.unrelated, plan.of_class)]
    before = _draw(base, [*plan.unrelated, *plan.of_class], kept, "Drawing by the base", progress)
    floor = _draw(base, [*again[0], *again[1]], kept, "Drawing by the base with other seeds", progress)
    made_of = [*plan.unrelated, *plan.of_class, *plan.subject]
    after = _draw(made, made_of, kept, "Drawing by what it became", progress)
    return DrawnSets(*(_split(these, plan) for these in (before, floor, after)))


def count_pictures(plan: DriftPlan) -> int:
    """Return how many pictures :func:`draw_sets` draws."""
    return 3 * (len(plan.unrelated) + len(plan.of_class)) + len(plan.subject)


def _split(pictures: list[Path], plan: DriftPlan) -> dict[str, list[Path]]:
    first, second = len(plan.unrelated), len(plan.unrelated) + len(plan.of_class)
    return {"unrelated": pictures[:first], "class": pictures[first:second], "subject": pictures[second:]}


def _draw(
    generator: Drawer, requests: Sequence[Request], kept: Path, title: str, progress: WatchProgress | None
) -> list[Path]:
    """Return the files of requests' pictures; those that this very model drew before are there."""
    model = repr((generator.name, [file_sha256(path) for path in generator.weights], generator.sampling))
    names = [hashlib.sha256(f"{model} {one.model_dump_json()}".encode()).hexdigest() for one in requests]
    paths = [kept / f"{name[:32]}.png" for name in names]
    missing = [row for row, path in enumerate(paths) if not path.exists()]
    if progress:
        progress.skip(len(requests) - len(missing))
    with make_bar() as bar:
        task = bar.add_task(title, total=len(requests), completed=len(requests) - len(missing), note="")
        drawn = draw_with(generator, [requests[row] for row in missing]) if missing else iter(())
        for row, picture in zip(missing, drawn, strict=True):
            write_whole(paths[row], png_bytes(picture))
            bar.advance(task)
            if progress:
                progress.advance()
    return paths
