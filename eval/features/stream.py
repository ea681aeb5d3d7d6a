"""Pictures to features: read, hashed and decoded by threads ahead of the network, kept batch by batch.

What the store has already is not decoded; where it has all, no network is loaded. A run that is broken off is taken up
where it stopped. A picture that can't be read is listed, never dropped in silence.
"""

import hashlib
import io
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Lock

import numpy as np
from PIL import Image, UnidentifiedImageError

from eval.encoders import Network
from eval.encoders.pixels import Array32, to_rgb
from eval.features.feature_store import FeatureStore
from eval.features.sources import Picture
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.progress import make_bar

BATCH = 64
AHEAD = 4 * BATCH  # pictures read before the network asks for them
WORKERS = min(8, os.cpu_count() or 1)
NO_PICTURE = Sentence("this is no picture, or a damaged one")
BROKEN = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)


@dataclass(frozen=True)
class Broken:
    """A picture that can't be read, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Encoded:
    """Features of the pictures that can be read, row by row, and those that can't."""

    names: tuple[str, ...]
    sha256: tuple[str, ...]
    features: Array32  # (N, D)
    broken: tuple[Broken, ...]
    computed: int  # pictures that went through the network


@dataclass(frozen=True)
class _Opened:
    """One picture read: ``pixels`` are None where its features are known."""

    name: str
    sha256: str
    pixels: Array32 | None


class _LazyNetwork:
    """A network that is loaded by the first thread that needs it."""

    def __init__(self, load: Callable[[], Network]) -> None:
        self._load, self._lock = load, Lock()
        self._network: Network | None = None

    def __call__(self) -> Network:
        with self._lock:
            if self._network is None:
                self._network = self._load()
            return self._network


def _explain(error: Exception) -> str:
    """Return why a picture can't be read; PIL's message without the address of memory that it holds."""
    if isinstance(error, UnidentifiedImageError):
        return NO_PICTURE
    told = error.args[0] if error.args else None
    return told if isinstance(told, Sentence) else str(error) or type(error).__name__


def _read_picture(picture: Picture, known: set[str], network: Callable[[], Network]) -> _Opened | Broken:
    """Read one picture and prepare it for the network, unless its features are known."""
    try:
        content = picture.read()
        digest = hashlib.sha256(content).hexdigest()
        if digest in known:
            return _Opened(picture.name, digest, None)
        with Image.open(io.BytesIO(content)) as image:
            drawn = to_rgb(image)
    except BROKEN as error:
        return Broken(picture.name, _explain(error))
    return _Opened(picture.name, digest, network().prepare(drawn))


def _read_ahead(pictures: Sequence[Picture], read: Callable[[Picture], _Opened | Broken]) -> Iterator[_Opened | Broken]:
    """Read pictures in order, with at most ``AHEAD`` of them under way."""
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting: deque[Future[_Opened | Broken]] = deque()
        try:
            for picture in pictures:
                waiting.append(pool.submit(read, picture))
                if len(waiting) == AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def check_finite(features: Array32, encoder: str) -> Array32:
    """Return the features as they are.

    Raises: DataError for NaN or infinity.
    """
    if not np.isfinite(features).all():
        raise DataError(Sentence("{encoder} gave features that are not finite: check its checkpoint.", encoder=encoder))
    return features


class _Batches:
    """Collects pixels for the network; their features go to the store batch by batch."""

    def __init__(self, network: Callable[[], Network], encoder: str, store: FeatureStore, known: set[str]) -> None:
        self._network, self._encoder, self._store, self._known = network, encoder, store, known
        self._waiting: dict[str, Array32] = {}
        self.computed = 0

    def add(self, sha256: str, pixels: Array32) -> None:
        """Add one picture's pixels; equal pictures go through the network once."""
        if sha256 not in self._known:
            self._waiting[sha256] = pixels
        if len(self._waiting) == BATCH:
            self.flush()

    def flush(self) -> None:
        """Encode the pictures that wait.

        Raises: DataError where the network gives NaN.
        """
        if not self._waiting:
            return
        features = check_finite(self._network()(np.stack(list(self._waiting.values()))), self._encoder)
        self._store.put(self._encoder, dict(zip(self._waiting, features, strict=True)))
        self.computed += len(self._waiting)
        self._known.update(self._waiting)
        self._waiting.clear()


def encode_pictures(
    pictures: Sequence[Picture], load: Callable[[], Network], encoder: str, store: FeatureStore, title: str
) -> Encoded:
    """Encode every picture by the network that ``load`` gives, and keep its features under the name ``encoder``.

    Raises: DataError where no picture can be read, or the network gives NaN; StorageError.
    """
    known = store.known(encoder)
    network = _LazyNetwork(load)
    batches = _Batches(network, encoder, store, known)
    names: list[str] = []
    digests: list[str] = []
    broken: list[Broken] = []
    with make_bar() as progress:
        task = progress.add_task(title, total=len(pictures), note="")
        for done in _read_ahead(pictures, partial(_read_picture, known=known, network=network)):
            progress.advance(task)
            if isinstance(done, Broken):
                broken.append(done)
                continue
            names.append(done.name)
            digests.append(done.sha256)
            if done.pixels is not None:
                batches.add(done.sha256, done.pixels)
        batches.flush()
    if not names:
        raise DataError(
            Sentence("No picture can be read, of {n}; the first: {why}.", n=len(broken), why=broken[0].reason)
        )
    return Encoded(tuple(names), tuple(digests), store.get(encoder, digests), tuple(broken), batches.computed)
