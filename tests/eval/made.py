"""Votes and an encoder made up for the tests."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from eval.features import Array32
from hub.schema import Criterion, Outcome, Sample, Vote
from hub.votes import ReadVotes, to_table

CONCEPTS, STYLES = 24, 2


def drawn(generator: str, prompt: str, seed: int, number: int) -> tuple[Sample, ...]:
    """One side's samples, of which only generator, prompt and seeds matter."""
    same = {"generator": generator, "revision": "r", "prompt": prompt, "sha256": "0" * 64, "seconds": 0.1}
    return tuple(Sample.model_validate({**same, "seed": seed + i, "setup": "0" * 64}) for i in range(number))


def vote(number: int, a: str = "one", b: str = "two", outcome: str = "a", **fields: Any) -> Vote:
    """Vote ``number``, at second ``number``, on a prompt of its own unless ``prompt`` and ``seed`` say otherwise."""
    given = {"criterion": Criterion.quality, "rater": "r", "seconds": 2.0, "time": float(number), **fields}
    prompt, seed = given.pop("prompt", f"prompt {number}"), given.pop("seed", 0)
    pictures = 4 if given["criterion"] == Criterion.variety else 1
    sides = {side: drawn(name, prompt, seed, pictures) for side, name in (("a", a), ("b", b))}
    return Vote.model_validate({"id": f"vote-{number}", "outcome": Outcome(outcome), **sides, **given})


def votes(rows: Sequence[tuple[str, str, str]]) -> list[Vote]:
    """Votes from (left, right, outcome)."""
    return [vote(i, a, b, outcome) for i, (a, b, outcome) in enumerate(rows)]


def read(made: Sequence[Vote], problems: Sequence[str] = (), left_out: dict[str, int] | None = None) -> ReadVotes:
    """The votes as reading a data folder gives them."""
    return ReadVotes(to_table(made), tuple(problems), left_out or {})


def table(rows: Sequence[tuple[str, str, str]]) -> pa.Table:
    """A table of votes from (left, right, outcome)."""
    return to_table(votes(rows))


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
