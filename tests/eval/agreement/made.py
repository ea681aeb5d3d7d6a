"""Encoders, voted pictures and votes on them, made up for the tests."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from eval.encoders import Checkpoint
from eval.encoders.pixels import Array32, resize_float
from hub.schema import Criterion, Outcome, Sample, Vote
from hub.votes import ContentStore
from tests.eval.made import Head, Pixels


class PixelNetwork:
    """Sixteen coarse pixels of an RGB picture, (N, 48), or with length 1; texts at random."""

    def __init__(self, unit: bool) -> None:
        self._unit, self._head = unit, Head("head", "head", Pixels("pixels", "pixels", 4))

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, 4, 4)."""
        return np.asarray(resize_float(image, 4) / 255, np.float32)

    def __call__(self, pixels: Array32) -> Array32:
        """Features of the pixels."""
        flat = pixels.reshape(len(pixels), -1)
        return self._head.head(flat) if self._unit else flat

    def texts(self, texts: Sequence[str]) -> Array32:
        """Random embeddings by text."""
        return self._head.texts(texts)


@dataclass
class PixelEncoder:
    """An encoder that needs no weights; ``loads`` counts how often it was loaded."""

    resized = "4 px"

    name: str = "pixels"
    title: str = "pixels"
    reads_text: bool = False
    loads: int = field(default=0, compare=False)

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """None is needed."""
        return Checkpoint(Path("pixels"), "1")

    def load(self, checkpoint: Checkpoint, device: str) -> PixelNetwork:
        """The network."""
        self.loads += 1
        return PixelNetwork(self.reads_text)


def png(seed: int, bright: float = 0.5, size: int = 16) -> bytes:
    """A noisy picture of this mean brightness."""
    noise = np.random.default_rng(seed).normal(255 * bright, 12, (size, size, 3))
    file = io.BytesIO()
    Image.fromarray(noise.clip(0, 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def side(
    store: ContentStore, generator: str, prompt: str, pictures: Sequence[bytes], seed: int = 0
) -> tuple[Sample, ...]:
    """One side's samples, its pictures in the store."""
    same = {"generator": generator, "revision": "r", "prompt": prompt, "seconds": 0.1, "setup": "0" * 64}
    return tuple(
        Sample.model_validate({**same, "seed": seed + i, "sha256": store.write_image(content)})
        for i, content in enumerate(pictures)
    )


def vote(
    number: int, a: tuple[Sample, ...], b: tuple[Sample, ...], outcome: Outcome, criterion: Criterion, **fields: Any
) -> Vote:
    """Vote ``number`` on these sides, by one of twelve raters."""
    given = {"rater": f"rater {number % 12}", "seconds": 2.0, "time": float(number), **fields}
    return Vote.model_validate(
        {"id": f"vote-{number}", "criterion": criterion, "outcome": outcome, "a": a, "b": b, **given}
    )


def write(data: Path, votes: Sequence[Vote]) -> None:
    """A data folder's log of these votes."""
    (data / "log").mkdir(parents=True, exist_ok=True)
    (data / "log" / "a.jsonl").write_text("".join(f"{vote.model_dump_json()}\n" for vote in votes), encoding="utf-8")
