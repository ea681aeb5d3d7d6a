"""An adaptation: prompts are learned from what the source draws, then a copy of it follows where they point.

No picture is read: the source's own pictures and words are all there is. Every ``every`` steps the same eight latents
are drawn and the generator is kept, as the best step is often not the last.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from hub import devices
from hub.command import list_flags
from hub.encoders import load_for_loss, text_encoder
from hub.errors import DataError
from hub.files import write_whole
from hub.methods.ipl.config import IplConfig, PromptArm
from hub.methods.ipl.domain_words import check_told_apart, check_words, find_drawn_already
from hub.methods.ipl.latent_draws import LatentDraws, read_labels
from hub.methods.ipl.latent_source import LatentSource, open_source
from hub.methods.ipl.prompt_encoder import PromptEncoder
from hub.methods.ipl.step import AdaptStep, PromptStep, Scores
from hub.methods.scad.model import OneStepGenerator
from hub.methods.scad.train import finite
from hub.methods.training import Resume, Rng, save_grid, save_weights
from hub.progress import console
from hub.training_frame import TrainingFrame

GRID, KEPT = "grid.png", "steps"  # the latest preview; the folder of kept generators
MODEL = "model.safetensors"
RECORD = "adaptation.json"  # the config of the run in a folder
SCORES = ("match", "domain", "direction", "moved")  # of both stages


def train(config: IplConfig, out: Path, pack: Path | None = None) -> Path:
    """Adapt a source to the target's words, and return the checkpoint; a stopped run goes on.

    Written are ``model.safetensors`` (the average, half precision), ``log.csv``, ``grid.png``, and of every ``every``
    steps a ``step-NNNN.png`` and ``steps/NNNN/model.safetensors``; of step 0 the source's picture alone. ``pack``: the
    one whose captions are drawn from, in place of those that came with the code.

    Raises: HubError for words or a source that can't be used; Stopped.
    """
    words = check_words(config.source_words, config.target_words)
    config = replace(config, source_words=words[0], target_words=words[1])
    source = open_source(config.source)
    torch.manual_seed(config.seed)
    device = devices.pick_device()
    source.model.to(device)
    encoder, text = load_for_loss(config.encoder), text_encoder()
    encoder.model.to(device)
    prompts = PromptEncoder(encoder, text)
    direction = check_told_apart(config, prompts)
    draws = LatentDraws(source.model, read_labels(pack), config.source_words, text, device)
    warning = find_drawn_already(config, draws, prompts, direction)
    if warning:
        console.print(str(warning), style="yellow", markup=False, highlight=False, soft_wrap=True)
    rng = Rng(device, config.seed)
    learned = None if config.arm is PromptArm.nada else PromptStep(config, draws, prompts, rng)
    adapt = AdaptStep(config, draws, prompts, rng, direction, learned)
    check_record(out, config)
    return loop(config, learned, adapt, out, tell_facts(config, source, adapt, str(warning or "")))


def check_record(folder: Path, config: IplConfig) -> None:
    """Write the config of a run that begins; of one that goes on, check that it is this one.

    Raises: DataError for a folder that holds another run, StorageError.
    """
    record, told = folder / RECORD, json.dumps(asdict(config), indent=1).encode()
    if record.exists() and record.read_bytes() != told:
        raise DataError(f"{folder} holds another adaptation, or one with other settings: choose another --out.")
    write_whole(record, told)


def tell_facts(config: IplConfig, source: LatentSource, adapt: AdaptStep, warning: str) -> dict[str, Any]:
    """Return what a checkpoint says of its training, but for its length."""
    plain = IplConfig(config.source, config.source_words, config.target_words)
    said = f'--source {config.source} --from "{config.source_words}" --to "{config.target_words}"'
    return {
        "command": " ".join([f"python -m hub.methods.ipl {said}", *list_flags(config, plain)]),
        "losses": list(dict.fromkeys([config.encoder, *source.training.get("losses", ())])),
        "device": devices.describe_device(adapt.draws.device),
        "seed": config.seed,
        "split": "train",
        "styles": list(source.styles_named_in(config.source_words)),
        "base": source.name,
        "warning": warning,
        "config": asdict(config),
    }


def loop(config: IplConfig, learned: PromptStep | None, adapt: AdaptStep, out: Path, facts: Mapping[str, Any]) -> Path:
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
                    save(config, adapt, out, {**facts, "images_seen": seen}, frame.seconds, n + 1 - stage1)
                frame.keep()
                told.clear()
    return out / MODEL


def average(told: list[Scores], step: int) -> dict[str, float]:
    """Return the means of the scores of some steps of one stage, those of the other 0. Raises: DataError for NaN."""
    last = [one for one in told if one.keys() == told[-1].keys()]
    means = {name: sum(one.get(name, 0.0) for one in last) / len(last) for name in SCORES}
    return finite(means, step)


def show(frame: TrainingFrame, model: OneStepGenerator, adapt: AdaptStep, step: int) -> None:
    """Show what a generator makes of the same eight latents, and keep the picture as that of this step."""
    w = adapt.draws.shown()
    with torch.no_grad():
        drawn = model.draw([w] * model.places)
    frame.show(GRID, partial(save_grid, drawn))
    shutil.copyfile(frame.folder / GRID, frame.folder / f"step-{step:04d}.png")


def save(config: IplConfig, adapt: AdaptStep, out: Path, facts: Mapping[str, Any], seconds: float, step: int) -> None:
    """Write the average of the generator, as the latest one and as that of this step."""
    told = {**facts, "adapted_steps": step, "minutes": round(seconds / 60, 2)}
    save_weights(out / MODEL, adapt.ema.model.state_dict(), adapt.model.config, told)
    kept = out / KEPT / f"{step:04d}" / MODEL
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(out / MODEL, kept)
