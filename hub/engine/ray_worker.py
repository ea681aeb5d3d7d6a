"""What runs in the processes of a Ray cluster: each draws with the local engine, so that nothing but the place differs.

Ray is not imported here: these are plain classes, which :mod:`hub.engine.ray_engine` hands to it.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from hub import errors
from hub.engine import DrawnSample
from hub.engine.fair_queue import WITHDRAWN
from hub.engine.local_engine import LocalEngine
from hub.engine.model_files import Content, SentModel
from hub.engine.packing import ReadPicture, decode, read_named
from hub.errors import Cancelled, HubError
from hub.files import png_bytes
from hub.generators import OnProgress, ignore_progress
from hub.generators.contract import MakePreview
from hub.generators.kinds import ConfiguredEntry, register_entries, registered_entries
from hub.language.sentence import Sentence
from hub.schema import Request, Sample, Setup
from hub.settings import Settings

DIED = Sentence("The worker that drew this died again and again: look at the cluster, then try again.")


@dataclass(frozen=True)
class Workplace:
    """What every worker is told.

    ``threads`` is OMP_NUM_THREADS of whoever began, where it is set; ``entries`` are the configured generators that it
    knew, and ``sent`` is the one, made at run time, whose files come with this.
    """

    device: str
    compile: bool
    threads: str | None
    entries: tuple[ConfiguredEntry, ...] = ()
    sent: SentModel | None = None

    def enter(self, files: Sequence[Content] = ()) -> None:
        """Make this process draw as one that Ray had not started, and know the configured generators.

        To be called first thing in each worker.
        """
        if self.threads is None:  # Ray sets one thread, with which torch adds up in another order
            os.environ.pop("OMP_NUM_THREADS", None)
        else:
            os.environ["OMP_NUM_THREADS"] = self.threads
        there = (self.sent.unpack(files),) if self.sent else ()
        register_entries((*self.entries, *there), "the engine's settings")


def workplace(settings: Settings, share: float, sent: SentModel | None = None) -> Workplace:
    """A workplace of these settings, with a share of a GPU, or on a CPU without."""
    device = "" if share else next(iter(settings.places), "cpu")
    entries = tuple(one for one in registered_entries() if not (sent and one.name == sent.entry.name))
    return Workplace(device, settings.compile, os.environ.get("OMP_NUM_THREADS"), entries, sent)


class Painter:
    """The actor of one generator; its methods are called side by side."""

    def __init__(self, name: str, workplace: Workplace, *files: Content) -> None:
        workplace.enter(files)
        self._name, self._engine = name, LocalEngine(workplace.device, compile=workplace.compile)
        self._shares: dict[str, float] = {}
        self._previews: dict[str, MakePreview] = {}
        self._stopped: set[str] = set()

    def prepare(self) -> str:
        """Load it, or connect to it; why it failed, or an empty text."""
        return dict(self._engine.prepare([self._name])).get(self._name, "")

    def draw(self, id: str, row: dict[str, Any]) -> dict[str, Any]:
        """Return a picture, as :func:`unpack` takes it, of what :func:`pack_request` gave.

        ``id`` is for looking at it meanwhile. Raises what the local engine raises.
        """
        self._shares[id] = 0.0

        def on_progress(share: float, preview: MakePreview | None = None) -> None:
            if id in self._stopped:
                raise Cancelled(WITHDRAWN)
            self._shares[id] = share
            if preview:
                self._previews[id] = preview

        try:
            return _draw(self._engine, self._name, row, on_progress)
        finally:
            del self._shares[id]
            self._previews.pop(id, None)
            self._stopped.discard(id)

    def look(self, id: str, stop: bool) -> tuple[float | None, bool]:
        """The share of a drawing that is done, None while its model is being loaded; and whether it has a preview.

        ``stop``: nobody waits for it, so that it ends at its next step.
        """
        if stop and id in self._shares:
            self._stopped.add(id)
        return None if self._engine.loading("") else self._shares.get(id, 0.0), id in self._previews

    def preview(self, id: str) -> bytes:
        """The PNG of a drawing as far as it is; empty for one that has no preview, or has ended."""
        make = self._previews.get(id)
        return png_bytes(make()) if make else b""


def fetch_preview(get: Callable[[Any], bytes], painter: Any, id: str) -> Image.Image:
    """Return the preview of a painter's drawing, by Ray's ``get``. Raises MissingFile for one that has ended."""
    return decode({id: get(painter.preview.remote(id))})[id]


class RowSampler:
    """Draws rows of Ray Data with one generator."""

    def __init__(self, name: str, workplace: Workplace, *files: Content) -> None:
        workplace.enter(files)
        self._name, self._engine = name, LocalEngine(workplace.device, compile=workplace.compile)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row with the picture, or with the error that there was."""
        try:
            return _draw(self._engine, self._name, row, ignore_progress)
        except HubError as error:
            return {"sample": "", "setup": "", "png": b"", "kind": type(error).__name__, "error": str(error)}


def pack_request(request: Request, read: ReadPicture) -> dict[str, Any]:
    """A request as it travels, with the pictures that it names, in their order. Raises MissingFile."""
    pngs = [*read_named(request, read).values()]
    return {"request": request.request.model_dump_json(), "pictures": pngs or [b""]}  # of nothing Arrow knows no type


def _draw(engine: LocalEngine, name: str, row: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    request = Request.model_validate_json(row["request"])
    sent = {sha256: bytes(png) for sha256, png in zip(request.pictures, row["pictures"], strict=False)}
    drawn = engine.draw_from(name, request, on_progress, sent.__getitem__)
    sample, setup = drawn.sample.model_dump_json(), drawn.setup.model_dump_json()
    return {"sample": sample, "setup": setup, "png": drawn.png, "kind": "", "error": ""}


def unpack(row: dict[str, Any]) -> DrawnSample:
    """A picture that has travelled. Raises the HubError that travelled instead."""
    if row["kind"]:
        raise getattr(errors, row["kind"])(row["error"])
    return DrawnSample(Sample.model_validate_json(row["sample"]), row["png"], Setup.model_validate_json(row["setup"]))
