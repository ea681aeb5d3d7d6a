"""Training of a subject on a base."""

import shutil
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from hub import devices
from hub.command import list_flags
from hub.encoders import to_image
from hub.methods.personalization.base_pipeline import BasePipeline, open_base
from hub.methods.personalization.config import PersonalConfig
from hub.methods.personalization.entry_folder import write_entry
from hub.methods.personalization.run_record import ENTRY, check_record
from hub.methods.personalization.step import PersonalStep
from hub.methods.training import Resume, save_grid
from hub.subjects.subject_name import SubjectName
from hub.subjects.subject_pictures import read_pictures
from hub.training_frame import TrainingFrame

AT_ONCE = 20  # class pictures
STEPS = "steps"  # folder of what a run's rows made, in its own
MOST_KEPT = 20_000_000  # parameters of a base whose steps can be kept: 40 MB each, a dozen in a run


def train(config: PersonalConfig, pictures: Path, out: Path, keep_steps: bool = False) -> Path:
    """Teach a base the subject of a folder of pictures, and return the entry's folder; a stopped run goes on.

    With ``keep_steps`` each row leaves an entry's folder too, ``steps/NNNN``, unless the base is too large for that.

    Raises: HubError for pictures, a name or a base that can't be used, and for a folder of another run; Stopped.
    """
    torch.manual_seed(config.seed)
    device = devices.pick_device()
    data = read_pictures(pictures)
    base = open_base(config.base, SubjectName(config.subject, config.class_word), device)
    said, config = config, config.with_preset(base.presets)
    check_record(out, config, data.digest, pictures, base)
    class_rows = base.prepare(draw_class(base, config, out)) if config.prior else None
    step = PersonalStep(config, base, base.prepare(data.images), class_rows, device)
    facts = {
        "base": Path(config.base).name if Path(config.base).is_dir() else config.base,
        "subject": config.subject,
        "class_word": config.class_word,
        "count": len(data.images),
        "tuned": config.tuned.value,
        "config": {**asdict(config), "base": Path(config.base).name},
        "command": describe_command(said),
        "device": devices.describe_device(device),
        "losses": [],
    }
    size = sum(one.numel() for one in base.network.parameters())
    return loop(config, step, out, facts, keep_steps and size <= MOST_KEPT)


def describe_command(config: PersonalConfig) -> str:
    """Return the command of a run without the user's folders."""
    flags = " ".join(list_flags(config, PersonalConfig(), ("base",)))
    names = f'--pictures DIR --subject {config.subject} --class "{config.class_word}"'
    return f"python -m hub.methods.personalization {names} {flags}".rstrip()


def draw_class(base: BasePipeline, config: PersonalConfig, out: Path) -> list[Image.Image]:
    """Return the pictures that the base draws of its class prompts in turn, seed i for picture i (arXiv 2208.12242).

    They are kept in the run's folder ``class``: a run that goes on draws none.
    """
    prompts, folder = base.class_prompts, out / "class"
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:03d}.png" for number in range(config.class_pictures)]
    for start in range(0, len(paths), AT_ONCE):
        rows = range(start, min(start + AT_ONCE, len(paths)))
        if not all(paths[row].exists() for row in rows):
            drawn = base.draw([prompts[row % len(prompts)] for row in rows], list(rows))
            for row, one in zip(rows, drawn, strict=True):
                to_image(one).save(paths[row])
    return [Image.open(path).convert("RGB") for path in paths]


def loop(
    config: PersonalConfig, step: PersonalStep, out: Path, facts: dict[str, Any], keep_steps: bool = False
) -> Path:
    """Run the training loop. Written are ``log.csv``, ``grid.png``, a ``step-NNNN.png`` a row, and the entry's folder.

    Raises: Stopped.
    """
    resume, told = Resume(out / "resume.pt", step.parts), list[dict[str, float]]()
    with TrainingFrame(out, f"Learning {config.subject}", config.steps, resume, every=config.every) as frame:
        if frame.done == 0 and config.every:
            show_grid(frame, step.base)
        for n in frame:
            told.append(step(n))
            if frame.due():
                means = {name: sum(one[name] for one in told) / len(told) for name in told[0]}
                frame.row(step=n + 1, **means, distance=step.weights.distance())
                if config.every:
                    show_grid(frame, step.base)
                if keep_steps:
                    keep_step(config, step, frame, facts)
                frame.keep()
                told.clear()
        return write_step(config, step, frame, out / ENTRY, facts)


def write_step(
    config: PersonalConfig, step: PersonalStep, frame: TrainingFrame, folder: Path, facts: dict[str, Any]
) -> Path:
    """Write what is learnt so far as an entry's folder, and return that: what a run of so many steps makes."""
    n, minutes = frame.step, round(frame.seconds / 60, 2)
    facts = {**facts, "seed": config.seed, "steps": n, "images_seen": n * config.batch, "minutes": minutes}
    with step.weights.merged():
        return write_entry(step.base, config, folder, facts, step.weights.distance())


def keep_step(config: PersonalConfig, step: PersonalStep, frame: TrainingFrame, facts: dict[str, Any]) -> None:
    """Keep what is learnt so far in a folder of this step, which is there whole or not at all."""
    folder = frame.folder / STEPS / f"{frame.step:04d}"
    beside = folder.with_name(f".{folder.name}")
    shutil.rmtree(beside, ignore_errors=True)
    write_step(config, step, frame, beside, facts)
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed before it had kept this row
    beside.rename(folder)


def show_grid(frame: TrainingFrame, base: BasePipeline) -> None:
    """Show the subject, its class and other prompts, and keep the picture as that of this step."""
    frame.show("grid.png", partial(save_grid, draw_grid(base), columns=4))
    shutil.copyfile(frame.folder / "grid.png", frame.folder / f"step-{frame.step:04d}.png")


def draw_grid(base: BasePipeline) -> Tensor:
    """Return four pictures of the subject, two of its class, and one each of other prompts: (8, 3, H, W)."""
    prompts: Sequence[str] = [
        *(base.subject_prompts[number % len(base.subject_prompts)] for number in range(4)),
        *(base.class_prompts[number % len(base.class_prompts)] for number in range(2)),
        *base.other_prompts,
    ]
    return base.draw(prompts, list(range(len(prompts))))
