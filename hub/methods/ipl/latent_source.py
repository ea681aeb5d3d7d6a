"""The source of an adaptation: a generator that draws in one step from a latent, and what is known of it."""

from dataclasses import dataclass
from typing import Any

from hub.files import WEIGHTS, file_sha256
from hub.methods.data.packages import STYLES
from hub.methods.ipl.adaptable import Folders, find_source, read_licence
from hub.methods.scad.model import OneStepGenerator
from hub.methods.scad.saved_generator import read_generator


@dataclass(frozen=True)
class LatentSource:
    """A source's name, its generator, its training's facts, the terms of its pictures, and its file's SHA-256."""

    name: str
    model: OneStepGenerator
    training: dict[str, Any]
    licence: str
    sha256: str

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


def open_source(source: str, folders: Folders = (WEIGHTS,)) -> LatentSource:
    """Return a source by its entry's name in one of ``folders``, or by the path of a checkpoint or of its folder.

    Raises: UnknownName for what is no generator, DataError for one without a latent, MissingFile.
    """
    path = find_source(source, folders)
    model, training = read_generator(path)
    return LatentSource(path.parent.name, model, training, read_licence(path), file_sha256(path))
