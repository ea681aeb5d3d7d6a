"""The source of an adaptation: a generator that draws in one step from a latent, and what is known of it."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from hub.errors import DataError, MissingFile, UnknownName
from hub.files import WEIGHTS
from hub.language.sentence import Sentence
from hub.methods.data.packages import STYLES
from hub.methods.scad.model import GeneratorConfig, OneStepGenerator
from hub.methods.scad.saved_generator import read_generator

CHECKPOINT, PIPELINE = "model.safetensors", "model_index.json"


@dataclass(frozen=True)
class LatentSource:
    """A source's name, its generator and its training's facts."""

    name: str
    model: OneStepGenerator
    training: dict[str, Any]

    @property
    def styles(self) -> tuple[str, ...]:
        """Return the styles that it was trained on."""
        return tuple(self.training.get("styles") or (style.name for style in STYLES))

    def styles_named_in(self, words: str) -> tuple[str, ...]:
        """Return those of its styles whose words are among these; all of them where none is."""
        named = tuple(
            style.name for style in STYLES if style.name in self.styles and style.words.lower() in words.lower()
        )
        return named or self.styles


def list_sources(weights: Path = WEIGHTS) -> list[str]:
    """Return the names of the installed generators that can be adapted."""
    return sorted(path.parent.name for path in weights.glob(f"[!.]*/{CHECKPOINT}") if _has_latent(path))


def open_source(source: str, weights: Path = WEIGHTS) -> LatentSource:
    """Return a source by its entry's name, or by the path of a checkpoint or of its folder.

    Raises: UnknownName for what is no generator, DataError for one without a latent, MissingFile.
    """
    path = find_checkpoint_of(source, weights)
    if not _has_latent(path):
        raise no_latent(source, weights)
    model, training = read_generator(path)
    return LatentSource(source if path.is_relative_to(weights) else path.parent.name, model, training)


def find_checkpoint_of(source: str, weights: Path) -> Path:
    """Return the checkpoint of a source. Raises as :func:`open_source` does."""
    place = weights / source if (weights / source).is_dir() and "/" not in source else Path(source).expanduser()
    path = place / CHECKPOINT if place.is_dir() else place
    if path.is_file():
        return path
    if place.is_dir() and (place / PIPELINE).exists():
        raise no_latent(source, weights)
    raise UnknownName(
        Sentence("There is no generator {source!r} to adapt: choose {names}, or name a checkpoint's folder.",
                 source=source, names=", ".join(list_sources(weights)))
    )  # fmt: skip


def no_latent(source: str, weights: Path) -> DataError:
    """Return the error of a source that draws from no latent."""
    return DataError(
        Sentence("{source} has no latent to adapt, as it does not draw in one step from one: choose {names}.",
                 source=source, names=", ".join(list_sources(weights)))
    )  # fmt: skip


def _has_latent(path: Path) -> bool:
    """Return whether a checkpoint is a one-step generator's, by its config. Raises: MissingFile for a damaged one."""
    try:
        with safe_open(path, "numpy") as file:
            config = json.loads((file.metadata() or {}).get("config", "{}"))
    except (SafetensorError, OSError, ValueError) as error:
        raise MissingFile(
            Sentence("The checkpoint {path} is damaged ({error}); copy it again.", path=path, error=str(error))
        ) from error
    return isinstance(config, dict) and set(config) == {one.name for one in fields(GeneratorConfig)}
