"""Engines run generators: one Protocol, so that the arena and the evaluation do not care where."""

from dataclasses import dataclass
from typing import Protocol

from hub.generators import OnProgress
from hub.schema import Sample, Setup


@dataclass(frozen=True)
class Drawn:
    """A sample, its PNG, and what it was drawn with."""

    sample: Sample
    png: bytes
    setup: Setup


class Engine(Protocol):
    """Draws images by generator name; safe to call from several threads."""

    def draw(self, name: str, prompt: str, seed: int, on_progress: OnProgress) -> Drawn:
        """Draw one image, blocking; progress is reported as a share.

        Raises UnknownName, MissingFile (a checkpoint is not there), or GenerationError (the generator failed).
        """
        ...
