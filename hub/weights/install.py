"""Putting a training run's checkpoint among this repository's weights: copied beside, checked, then renamed."""

import json
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

from hub.errors import DataError, HubError, MissingFile
from hub.files import WEIGHTS
from hub.generators import GENERATORS
from hub.generators.contract import Draw, Placement, ignore_progress
from hub.generators.facts import parameters
from hub.generators.folder_entry import FolderEntry
from hub.generators.kinds import entry_of
from hub.generators.model_folder import told_of
from hub.generators.model_store import NAME
from hub.pixel_pipeline_folder import UNCLIP_FORM, is_pipeline
from hub.schema import Request
from hub.weights.measured_card import new_card
from hub.weights.rules import card_faults, checkpoint_faults, training_of

LICENCES = dict.fromkeys(("one-step", "caption-diffusion", "unclip"), "CC-BY-SA-4.0")  # of the training pictures
LOGS = ("log.csv",)


@dataclass(frozen=True)
class RunCheckpoint:
    """What a run made: the ``model``, a file or a folder, and its kind."""

    model: Path
    kind: str


def find_checkpoint(run: Path) -> RunCheckpoint:
    """Return what a training run made. Raises MissingFile for a folder that holds no generator."""
    if (run / "model.safetensors").exists():
        return RunCheckpoint(run / "model.safetensors", "one-step")
    if (pipeline := run / "pipeline").exists():
        return RunCheckpoint(pipeline, "unclip" if is_pipeline(pipeline, UNCLIP_FORM) else "caption-diffusion")
    raise MissingFile(f"{run} holds no generator: neither model.safetensors nor pipeline is there.")


def install(run: Path, name: str = "", weights: Path = WEIGHTS) -> Path:
    """Put a run's checkpoint into ``weights/NAME`` and return that folder; another one there gives way, its card stays.

    Raises HubError where something is not as it must be, and then all is as it was.
    """
    name = name or run.resolve().name
    if not NAME.fullmatch(name):
        raise DataError(f"{name!r} can't be a generator's name: use small letters, digits, '.', '_' and '-'.")
    found, place = find_checkpoint(run), weights / name
    new = weights / f".{name}-{secrets.token_hex(4)}"
    try:
        _copy(run, found, new)
        _describe(found, name, place, new)
        _check(found, name, place, new)
        _swap(new, place)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return place


def copy_checkpoint(found: RunCheckpoint, new: Path) -> None:
    """Copy a checkpoint, a file or what is in its folder, into a new folder."""
    if found.model.is_dir():
        shutil.copytree(found.model, new)
    else:
        new.mkdir(parents=True)
        shutil.copyfile(found.model, new / found.model.name)


def _copy(run: Path, found: RunCheckpoint, new: Path) -> None:
    copy_checkpoint(found, new)
    for log in LOGS:
        if (run / log).exists():
            shutil.copyfile(run / log, new / log)


def _describe(found: RunCheckpoint, name: str, place: Path, new: Path) -> None:
    """Take over the card that is there, or write one; an entry that no file of ``entries/`` registers gets its own."""
    training = training_of(new)
    if not training:
        raise DataError(f"{found.model} was not written by a training of this repository.")
    if (place / "README.md").exists():
        shutil.copyfile(place / "README.md", new / "README.md")
    else:
        count = parameters(_entry(found, name, new).weights)
        card = new_card(name, found.kind, LICENCES[found.kind], training, count)
        (new / "README.md").write_text(card, encoding="utf-8")
    if name not in {one.name for one in GENERATORS} or (place / "entry.toml").exists():
        lines = {"kind": found.kind, "title": name, "licence": LICENCES[found.kind]}
        (new / "entry.toml").write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items()))


def _check(found: RunCheckpoint, name: str, place: Path, new: Path) -> None:
    """Check a copy's checkpoint, draw with it, and check its card. Raises HubError, in the words of the run."""
    entry = _entry(found, name, new)
    try:
        entry.check_model()
    except HubError as error:
        raise told_of(error, new, found.model if found.model.is_dir() else found.model.parent) from error
    if wrong := [*checkpoint_faults(new, found.kind)]:
        raise DataError(" ".join(wrong).replace(str(new), str(found.model.parent)))
    draw_one(entry)
    if wrong := [*card_faults(new, entry.licence, parameters(entry.weights))]:
        raise DataError(" ".join(wrong).replace(str(new), str(place)))


def _entry(found: RunCheckpoint, name: str, new: Path) -> FolderEntry:
    lines = {"kind": found.kind, "title": name, "licence": LICENCES[found.kind], "model": "./"}
    entry = entry_of(str(found.model), name, lines, new)
    assert isinstance(entry, FolderEntry)  # each kind of LICENCES is
    return entry


def draw_one(entry: FolderEntry) -> None:
    """Load a model from its folder and draw one picture with it. Raises DataError where that fails."""
    try:
        draw: Draw = entry.load_draw(Placement("cpu"))
        picture = draw(Request(prompt="a red apple", seed=0), {}, ignore_progress)
    except (RuntimeError, ValueError, KeyError, TypeError) as error:
        why = shorten(str(error), 200)  # torch names every tensor that does not fit, a line each
        raise DataError(f"The checkpoint of {entry.name} can't be drawn with ({why}): train it anew.") from error
    if len(picture.getcolors(1 << 24) or []) < 2:
        raise DataError(f"The checkpoint of {entry.name} draws a picture of one colour: train it longer.")


def _swap(new: Path, place: Path) -> None:
    """Rename the copy to its place. What was there is put back where that fails."""
    old = new.with_name(f"{new.name}-old")
    if place.exists():
        place.rename(old)
    try:
        new.rename(place)
    except OSError:
        if old.exists():
            old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)
