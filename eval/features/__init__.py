"""Features of images and texts, computed once: kept in the user's cache by content and checkpoint.

Importing this imports no torch; the encoders are loaded when something is not in the cache.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save

from eval.features.pixels import rgb
from eval.files import write_whole
from hub.errors import DataError, MissingFile
from hub.packaged import WEIGHTS, file_sha256
from hub.progress import track
from hub.prompts import REFERENCE

BATCH = 64
Array32 = NDArray[np.float32]
Arrays = dict[str, Array32]


class Encoder(Protocol):
    """An image-text encoder whose trunk's pooled features are used too. ``trunk``: name and checkpoint."""

    trunk: str

    def features(self, images: Sequence[Image.Image]) -> Array32: ...

    def head(self, features: Array32) -> Array32: ...

    def texts(self, texts: Sequence[str]) -> Array32: ...


def load_judge() -> Encoder:
    """The embedded judge. Raises MissingFile when its checkpoint or a package is missing."""
    from eval.judge import Judge

    return Judge()


@dataclass(frozen=True)
class Reference:
    """The real test images: pooled features, captions and concepts, row by row, and what encoded them."""

    features: Array32  # (N, 1280)
    captions: tuple[str, ...]
    concepts: tuple[str, ...]
    encoder: str
    sha256: str


def read_reference(path: Path = REFERENCE) -> Reference:
    """The committed reference. Raises MissingFile when it is not there, DataError when it is not whole."""
    if not path.exists():
        raise MissingFile(f"{path} is missing; restore it from the repository, or make it: python -m eval.reference")
    try:
        with safe_open(path, "numpy") as file:
            features, about = file.get_tensor("features").astype(np.float32), file.metadata() or {}
        captions, concepts = json.loads(about["captions"]), json.loads(about["concepts"])
        encoder = about["encoder"]
    except (SafetensorError, KeyError, ValueError) as error:
        raise DataError(f"{path} can't be read ({error}): make it again with python -m eval.reference") from error
    if not len(features) == len(captions) == len(concepts):
        raise DataError(f"{path} has unequal numbers of rows and captions: make it again with python -m eval.reference")
    return Reference(features, tuple(captions), tuple(concepts), encoder, file_sha256(path))


def _read(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return rgb(image)


class Cache:
    """Encodings kept in ``folder``. ``reference`` names the trunk that every image must be encoded by.

    The judge is loaded when something is not in the cache.
    """

    def __init__(self, folder: Path, reference: Reference) -> None:
        self.folder, self.reference = folder, reference
        checkpoint = WEIGHTS / "judge" / "model.safetensors"
        if not checkpoint.exists():
            raise MissingFile(f"The checkpoint {checkpoint} is missing; restore it, or leave out with --no-metrics.")
        self.judge = f"judge@{file_sha256(checkpoint)[:12]}"

    @cached_property
    def encoder(self) -> Encoder:
        """The judge, loaded. Raises DataError when its trunk is not the one of the reference."""
        encoder = load_judge()
        if encoder.trunk != self.reference.encoder:
            raise DataError(f"The reference was encoded by {self.reference.encoder}, images would be by "
                            f"{encoder.trunk}: make it again with python -m eval.reference")  # fmt: skip
        return encoder

    def _kept(self, kind: str, content: Sequence[str], compute: Callable[[], Arrays]) -> Arrays:
        key = "\n".join([kind, self.reference.encoder, self.judge, *content])
        path = self.folder / f"{hashlib.sha256(key.encode()).hexdigest()}.safetensors"
        if path.exists():
            try:
                return dict(load_file(path))
            except SafetensorError:
                path.unlink()  # not a whole file: computed again below
        arrays = compute()
        write_whole(path, save(arrays))
        return arrays

    def images(self, paths: Sequence[Path], sha256: Sequence[str], description: str) -> tuple[Array32, Array32]:
        """Features (N, 1280) and unit embeddings (N, E) of image files given with their SHA-256."""

        def encode(batch: Sequence[Path]) -> Arrays:
            features = self.encoder.features([_read(path) for path in batch])
            return {"features": features, "embeddings": self.encoder.head(features)}

        parts = []
        for start in track(range(0, len(paths), BATCH), description):
            rows = slice(start, start + BATCH)
            parts.append(self._kept("images", sha256[rows], partial(encode, paths[rows])))
        return np.concatenate([p["features"] for p in parts]), np.concatenate([p["embeddings"] for p in parts])

    def texts(self, texts: Sequence[str]) -> Array32:
        """Unit embeddings of the texts, (N, E)."""

        def encode() -> Arrays:
            batches = [texts[i : i + BATCH] for i in range(0, len(texts), BATCH)]
            return {"embeddings": np.concatenate([self.encoder.texts(batch) for batch in batches])}

        return self._kept("texts", [json.dumps(text) for text in texts], encode)["embeddings"]

    def real(self) -> Array32:
        """Unit embeddings of the reference images, (N, E)."""

        def encode() -> Arrays:
            return {"embeddings": self.encoder.head(self.reference.features)}

        return self._kept("real", [self.reference.sha256], encode)["embeddings"]
