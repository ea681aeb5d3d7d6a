"""Engines run generators: one Protocol, so that the arena and the evaluation do not care where."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from hub.generators import OnProgress
from hub.schema import Request, Sample, Setup


@dataclass(frozen=True)
class DrawnSample:
    """A sample, its PNG, and what it was drawn with."""

    sample: Sample
    png: bytes
    setup: Setup


class Engine(Protocol):
    """Draws images by generator name; safe to call from several threads.

    ``here``: it draws in this process, whose memory is what drawing takes.
    """

    here: bool

    def draw(self, name: str, request: Request, on_progress: OnProgress) -> DrawnSample:
        """Draw one image, blocking; progress is reported as a share.

        Raises UnknownName, RequestError (the generator can't take it), MissingFile (a checkpoint, or the picture that
        is named, is not there), GenerationError (the generator failed), or Cancelled where ``on_progress`` does.
        """
        ...

    def draw_all(self, name: str, requests: Sequence[Request]) -> Iterator[DrawnSample]:
        """Draw requests, as many at once as there are places, and yield them in their order.

        Raises what ``draw`` raises, when all before it were yielded; RequestError before anything is drawn.
        """
        ...


class PendingDrawing(Protocol):
    """One drawing that was asked for."""

    @property
    def result(self) -> Future[DrawnSample]:
        """Gets the drawing, or the HubError that says why there is none."""
        ...

    def cancel(self) -> None:
        """Nobody waits for it: it leaves the queue, or stops at its next step. Harmless when it is done."""
        ...


class ServingEngine(Engine, Protocol):
    """An engine that serves many at once: drawings wait for their turn, owners in turn, and can be cancelled."""

    def ask(self, name: str, request: Request, on_progress: OnProgress, owner: str, party: str) -> PendingDrawing:
        """Ask for a drawing and return at once. ``owner`` is whoever asks; ``party`` what it belongs to, e.g. a battle.

        ``on_progress`` is called by another thread. Raises UnknownName and RequestError.
        """
        ...

    def place(self, party: str) -> int:
        """How many parties are drawn first, until one of this party's drawings has its turn: 1 for the next one.

        It is counted over all generators, so that it tells nothing of them. 0 where none of the party's waits.
        """
        ...

    def loading(self, party: str) -> bool:
        """Whether one of this party's drawings has its turn and waits for its model to be loaded.

        Like ``place`` it is told of the party as a whole, so that it tells nothing of who draws what.
        """
        ...

    def waiting(self) -> Mapping[str, int]:
        """How many drawings wait for their turn, by generator; none of those without any. For whoever watches."""
        ...

    def prepare(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Load generators and warm them up, in this order, as far as they fit beside one another.

        Yields each that was tried, and why it failed, an empty text where it did not.
        """
        ...

    def forget(self, name: str) -> None:
        """A generator is no entry any more, or became another: nothing of it is kept that is not being drawn with."""
        ...

    def close(self) -> None:
        """Cancel what waits and what is drawn, and give back what is held."""
        ...
