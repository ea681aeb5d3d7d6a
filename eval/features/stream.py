"""Pictures to features: read, hashed and decoded by threads ahead of the network, kept batch by batch.

What the store has already is not decoded; where it has all, no network is loaded. An encoder of pairs is given each
picture with its text, and what is kept is the score of both. A run that is broken off is taken up
where it stopped. A picture that can't be read is listed, never dropped in silence.
"""

import hashlib
import io
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import repeat
from threading import Lock
from typing import cast

import numpy as np
from PIL import Image, UnidentifiedImageError

from eval.encoders import ImageNetwork, Network, PairNetwork
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
    """One picture read, by itself or with a text; ``pixels`` are None where what is asked of both is known.

    ``key`` names both together: the picture's own SHA-256 where it is by itself.
    """

    name: str
    sha256: str
    key: str
    text: str | None
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


def _read_picture(
    asked: tuple[Picture, str | None], known: set[str], network: Callable[[], Network]
) -> _Opened | Broken:
    """Read one picture and prepare it for the network, unless what is asked of it is known."""
    picture, text = asked
    try:
        content = picture.read()
        digest = hashlib.sha256(content).hexdigest()
        key = digest if text is None else hashlib.sha256(f"{digest} {text}".encode()).hexdigest()
        if key in known:
            return _Opened(picture.name, digest, key, text, None)
        with Image.open(io.BytesIO(content)) as image:
            drawn = to_rgb(image)
    except BROKEN as error:
        return Broken(picture.name, _explain(error))
    return _Opened(picture.name, digest, key, text, network().prepare(drawn))


def _read_ahead(
    asked: Sequence[tuple[Picture, str | None]], read: Callable[[tuple[Picture, str | None]], _Opened | Broken]
) -> Iterator[_Opened | Broken]:
    """Read pictures in order, with at most ``AHEAD`` of them under way."""
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting: deque[Future[_Opened | Broken]] = deque()
        try:
            for one in asked:
                waiting.append(pool.submit(read, one))
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


def _run_network(network: Network, pixels: Array32, texts: Sequence[str | None]) -> Array32:
    """Return features (N, D) of pictures by themselves, or the scores (N, 1) of each with its text."""
    if None in texts:
        return cast(ImageNetwork, network)(pixels)
    return cast(PairNetwork, network).score_pairs(pixels, cast(Sequence[str], texts))[:, None]


class _Batches:
    """Collects pixels for the network; what it makes of them goes to the store batch by batch."""

    def __init__(self, network: Callable[[], Network], encoder: str, store: FeatureStore, known: set[str]) -> None:
        self._network, self._encoder, self._store, self._known = network, encoder, store, known
        self._waiting: dict[str, tuple[Array32, str | None]] = {}
        self.computed = 0

    def add(self, key: str, pixels: Array32, text: str | None) -> None:
        """Add one picture's pixels, with its text; equal ones go through the network once."""
        if key not in self._known:
            self._waiting[key] = pixels, text
        if len(self._waiting) == BATCH:
            self.flush()

    def flush(self) -> None:
        """Encode what waits.

        Raises: DataError where the network gives NaN.
        """
        if not self._waiting:
            return
        pixels, texts = zip(*self._waiting.values(), strict=True)
        features = check_finite(_run_network(self._network(), np.stack(pixels), texts), self._encoder)
        self._store.put(self._encoder, dict(zip(self._waiting, features, strict=True)))
        self.computed += len(self._waiting)
        self._known.update(self._waiting)
        self._waiting.clear()


def encode_pictures(
    pictures: Sequence[Picture],
    load: Callable[[], Network],
    encoder: str,
    store: FeatureStore,
    title: str,
    texts: Sequence[str] | None = None,
) -> Encoded:
    """Encode every picture by the network that ``load`` gives, and keep its features under the name ``encoder``.

    With ``texts`` the network is one of pairs, and features are the scores (N, 1) of each picture with its text.

    Raises: DataError where no picture can be read, or the network gives NaN; StorageError.
    """
    known = store.known(encoder)
    network = _LazyNetwork(load)
    batches = _Batches(network, encoder, store, known)
    asked: list[tuple[Picture, str | None]] = list(zip(pictures, texts or repeat(None, len(pictures)), strict=True))
    opened: list[_Opened] = []
    broken: list[Broken] = []
    with make_bar() as progress:
        task = progress.add_task(title, total=len(pictures), note="")
        for done in _read_ahead(asked, partial(_read_picture, known=known, network=network)):
            progress.advance(task)
            if isinstance(done, Broken):
                broken.append(done)
                continue
            if done.pixels is not None:
                batches.add(done.key, done.pixels, done.text)
            opened.append(replace(done, pixels=None))
        batches.flush()
    if not opened:
        raise DataError(
            Sentence("No picture can be read, of {n}; the first: {why}.", n=len(broken), why=broken[0].reason)
        )
    names, digests = tuple(one.name for one in opened), tuple(one.sha256 for one in opened)
    return Encoded(names, digests, store.get(encoder, [one.key for one in opened]), tuple(broken), batches.computed)
