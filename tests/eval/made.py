"""Votes and an encoder made up for the tests."""

import hashlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from eval.features import Array32
from hub.schema import Outcome, Sample, Vote

CONCEPTS, STYLES = 24, 2


def sample(generator: str) -> Sample:
    """A sample of which only the generator matters."""
    return Sample(generator=generator, revision="r", prompt="p", seed=0, sha256="0" * 64, seconds=0.1)


def votes(rows: Sequence[tuple[str, str, str]]) -> list[Vote]:
    """Votes from (left, right, outcome)."""
    return [
        Vote(id=f"battle-{i}", time=float(i), outcome=Outcome(outcome), a=sample(a), b=sample(b))
        for i, (a, b, outcome) in enumerate(rows)
    ]


class Pixels:
    """An encoder of mean colours, counting the images it has seen."""

    trunk = "pixels@1"

    def __init__(self) -> None:
        self.seen = 0

    def features(self, images: Sequence[Image.Image]) -> Array32:
        """Sixteen coarse pixels, (N, 48)."""
        self.seen += len(images)
        return np.stack([np.asarray(image.resize((4, 4)), np.float32).ravel() / 255 for image in images])

    def head(self, features: Array32) -> Array32:
        """The features with length 1."""
        return np.asarray(features / np.linalg.norm(features, axis=1, keepdims=True), np.float32)

    def texts(self, texts: Sequence[str]) -> Array32:
        """Random embeddings by text."""
        digests = [np.frombuffer(hashlib.sha512(text.encode()).digest()[:48], np.uint8) for text in texts]
        return self.head(np.stack(digests).astype(np.float32))
