"""An adaptation: prompts are learned from what the source draws, then a copy of it follows where they point.

No picture is read: the source's own pictures and words are all there is. Every ``every`` steps the same eight latents
are drawn and the generator is kept, as the best step is often not the last.
"""

import shutil
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from hub import devices
from hub.command import list_flags
from hub.files import WEIGHTS, write_whole
from hub.methods.ipl.adaptable import Folders
from hub.methods.ipl.adaptation_record import check_record
from hub.methods.ipl.adapted_entry import write_entry
from hub.methods.ipl.config import IplConfig, PromptArm
from hub.methods.ipl.latent_draws import LatentDraws
from hub.methods.ipl.look_words import warn_drawn_already
from hub.methods.ipl.prepare import PreparedLook, prepare
from hub.methods.ipl.step import AdaptStep, PromptStep, Scores
from hub.methods.scad.model import OneStepGenerator
from hub.methods.scad.train import finite
from hub.methods.training import Resume, Rng, save_grid, save_weights
from hub.progress import console
from hub.training_frame import TrainingFrame

GRID, KEPT = "grid.png", "steps"  # the latest preview; the folder of kept generators
COLUMNS = 4  # of a preview
MODEL = "model.safetensors"
SCORES = ("match", "domain", "direction", "moved")  # of both stages


def train(config: IplConfig, out: Path, pack: Path | None = None, folders: Folders = (WEIGHTS,)) -> Path:
    """Adapt a source to the target's words, and return the checkpoint; a stopped run goes on.

    Written are ``log.csv``, ``grid.png`` and, of every ``every`` steps, a ``step-NNNN.png`` and the folder of an entry
    ``steps/NNNN``: ``model.safetensors`` (the average, half precision), ``entry.toml``, card and receipt; what the last
    one holds stands in ``out`` too. Of step 0 there is the source's picture alone. ``pack``: the one whose captions
    are drawn from, in place of those that came with the code; ``folders``: where sources lie by name.

    Raises: HubError for words or a source that can't be used; Stopped.
    """
    torch.manual_seed(config.seed)
    device = devices.pick_device()
    look = prepare(config, pack, folders, device)
    config, source, prompts = look.config, look.source, look.prompts
    draws = LatentDraws(source.model, look.labels, config.source_words, prompts.text, device)
    if look.asked.drawn_already:
        said = str(warn_drawn_already(source.name, config.target_words))
        console.print(said, style="yellow", markup=False, highlight=False, soft_wrap=True)
    rng = Rng(device, config.seed)
    learned = None if config.arm is PromptArm.nada else PromptStep(config, draws, prompts, rng)
    adapt = AdaptStep(config, draws, prompts, rng, look.direction, learned)
    check_record(out, look)
    return loop(config, learned, adapt, out, tell_facts(look, device), source.licence)


def tell_facts(look: PreparedLook, device: torch.device) -> dict[str, Any]:
    """Return what a checkpoint says of its training, but for its length."""
    config, source = replace(look.config, source=look.source.name), look.source
    plain = IplConfig(config.source, config.source_words, config.target_words)
    said = f'--source {config.source} --from "{config.source_words}" --to "{config.target_words}"'
    return {
        "command": " ".join([f"python -m hub.methods.ipl {said}", *list_flags(config, plain)]),
        "losses": list(dict.fromkeys([config.encoder, *source.training.get("losses", ())])),
        "device": devices.describe_device(device),
        "seed": config.seed,
        "split": "train",
        "styles": list(source.styles_named_in(config.source_words)),
        "base": source.name,
        "warning": str(warn_drawn_already(source.name, config.target_words)) if look.asked.drawn_already else "",
        "prompt_steps": config.prompt_steps,
        "config": asdict(config),
    }


def loop(
    config: IplConfig, learned: PromptStep | None, adapt: AdaptStep, out: Path, facts: dict[str, Any], licence: str
) -> Path:
    """Run both stages; returns the checkpoint's path. Raises: DataError, Stopped."""
    stage1 = config.prompt_steps
    parts: dict[str, Any] = {**adapt.parts, "rng": adapt.rng}
    if learned:
        parts |= {"mapper": learned.mapper, "mapper_optimiser": learned.optimiser}
    title, told = f"Adapting {config.source} to {config.target_words}", list[Scores]()
    with TrainingFrame(
        out, title, stage1 + config.steps, Resume(out / "resume.pt", parts), every=config.every
    ) as frame:
        if frame.done == 0:
            show(frame, adapt.draws.model, adapt, 0)
        for n in frame:
            told.append(learned() if learned and n < stage1 else adapt())
            if frame.due() or n + 1 == stage1:
                frame.row(step=n + 1, **average(told, n + 1))
                if n >= stage1:
                    show(frame, adapt.ema.model, adapt, n + 1 - stage1)
                    seen = config.mapper_batch * stage1 + config.batch * (n + 1 - stage1)
                    done = {"images_seen": seen, "minutes": round(frame.seconds / 60, 2)}
                    save(adapt, out, {**facts, **done, "adapted_steps": n + 1 - stage1}, licence)
                frame.keep()
                told.clear()
    return out / MODEL


def average(told: list[Scores], step: int) -> dict[str, float | None]:
    """Return the means of the scores of some steps of one stage, None for the other's. Raises: DataError for NaN."""
    last = [one for one in told if one.keys() == told[-1].keys()]
    means = finite({name: sum(one[name] for one in last) / len(last) for name in last[0]}, step)
    return {name: means.get(name) for name in SCORES}


def show(frame: TrainingFrame, model: OneStepGenerator, adapt: AdaptStep, step: int) -> None:
    """Show what a generator makes of the same eight latents, and keep the picture as that of this step."""
    w = adapt.draws.shown()
    with torch.no_grad():
        drawn = model.draw([w] * model.places)
    frame.show(GRID, partial(save_grid, drawn, columns=COLUMNS))
    shutil.copyfile(frame.folder / GRID, frame.folder / f"step-{step:04d}.png")


def save(adapt: AdaptStep, out: Path, facts: dict[str, Any], licence: str) -> None:
    """Write the average of the generator as an entry: that of this step, whole or not at all, and the latest one."""
    steps = facts["adapted_steps"]
    kept = out / KEPT / f"{steps:04d}"
    beside = kept.with_name(f".{kept.name}")
    shutil.rmtree(beside, ignore_errors=True)
    save_weights(beside / MODEL, adapt.ema.model.state_dict(), adapt.model.config, facts)
    write_entry(beside, facts, licence, steps)
    for path in beside.iterdir():
        write_whole(out / path.name, path.read_bytes())
    shutil.rmtree(kept, ignore_errors=True)  # of a run that was killed before it had kept this row
    beside.rename(kept)
