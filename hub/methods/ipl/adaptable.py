"""Which generators can be adapted: those that draw in one step from a latent. Looking for them imports no torch."""

import json
import tomllib
from dataclasses import fields
from pathlib import Path

from safetensors import SafetensorError, safe_open

from hub.errors import DataError, HubError, MissingFile, UnknownName
from hub.files import WEIGHTS
from hub.language.sentence import Sentence
from hub.methods.scad.config import GeneratorConfig

CHECKPOINT, PIPELINE, ENTRY = "model.safetensors", "model_index.json", "entry.toml"
LICENCE = "CC-BY-SA-4.0"  # of the installed one-step generators: of their training pictures that which asks most
Folders = tuple[Path, ...]  # in which generators lie by name: the installed ones, and those made at run time


def list_sources(folders: Folders = (WEIGHTS,)) -> list[str]:
    """Return the names of the generators that can be adapted."""
    found = {path.parent.name for folder in folders for path in folder.glob(f"[!.]*/{CHECKPOINT}") if _is_source(path)}
    return sorted(found)


def find_source(source: str, folders: Folders = (WEIGHTS,)) -> Path:
    """Return the checkpoint of a source by its entry's name, or by the path of a checkpoint or of its folder.

    Raises: UnknownName for what is no generator, DataError for one without a latent, MissingFile for a damaged one.
    """
    path = _find_checkpoint(source, folders)
    if path is None:
        raise UnknownName(
            Sentence("There is no generator {source!r} to adapt: choose {names}, or name a checkpoint's folder.",
                     source=source, names=", ".join(list_sources(folders)))
        )  # fmt: skip
    if path.name == PIPELINE or not has_latent(path):
        raise DataError(
            Sentence("{source} has no latent to adapt, as it does not draw in one step from one: choose {names}.",
                     source=source, names=", ".join(list_sources(folders)))
        )  # fmt: skip
    return path


def _find_checkpoint(source: str, folders: Folders) -> Path | None:
    """Return the checkpoint of a source, or the index of a pipeline that is in its place; None where neither is."""
    named = [folder / source for folder in folders] if source.strip(".") and "/" not in source else []
    for place in (*named, Path(source).expanduser()):
        path = place / CHECKPOINT if place.is_dir() else place
        for one in (path, place / PIPELINE):
            if one.is_file():
                return one
    return None


def has_latent(path: Path) -> bool:
    """Return whether a checkpoint is a one-step generator's, by its config. Raises: MissingFile for a damaged one."""
    try:
        with safe_open(path, "numpy") as file:
            config = json.loads((file.metadata() or {}).get("config", "{}"))
    except (SafetensorError, OSError, ValueError) as error:
        raise MissingFile(
            Sentence("The checkpoint {path} is damaged ({error}); copy it again.", path=path, error=str(error))
        ) from error
    return isinstance(config, dict) and set(config) == {one.name for one in fields(GeneratorConfig)}


def read_licence(path: Path) -> str:
    """Return the terms of a source's pictures, which are those of what it is adapted to: as its entry says."""
    try:
        told = tomllib.loads((path.parent / ENTRY).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return LICENCE
    except (OSError, ValueError) as error:
        raise DataError(f"{path.parent / ENTRY} can't be read ({error}): put the file back.") from error
    return str(told.get("licence") or LICENCE)


def _is_source(path: Path) -> bool:
    try:
        return has_latent(path)
    except HubError:  # damaged: asked for by its name, it says so
        return False
