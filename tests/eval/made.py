"""Votes, encoders and a reference made up for the tests."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import save_file

from eval.encoders import Checkpoint
from eval.encoders.pixels import Array32, resize_float
from eval.measure import CategoryRow, Table
from eval.metrics import NO_SPACE, FigureName, Measured, Metric, Unmeasured
from eval.paired_differences import PairedDifference
from eval.score_categories import CategoryFigure
from hub.engine import DrawnSample
from hub.engine.local_engine import LocalEngine
from hub.language.sentence import Sentence
from hub.schema import Criterion, Outcome, Request, Sample, Vote
from hub.votes import ReadVotes, make_table
from hub.votes.read import Unread

CONCEPTS, STYLES = 24, 2


def name_of(whole: str) -> FigureName:
    """``FD (witness)`` as a metric and its space."""
    metric, _, space = whole.partition(" (")
    return FigureName(metric, space.removesuffix(")"))


def in_space(metric: Metric, title: str) -> FigureName:
    """What a metric's figure by the encoder of this title is called."""
    return FigureName(metric.name, "" if metric.takes in NO_SPACE else title)


def figure(
    whole: str, value: float, low: float, high: float, n: int, encoder: str, note: str | None = None
) -> Measured:
    """A figure of a metric in a space, named as they are shown."""
    name = name_of(whole)
    return Measured(name.metric, value, low, high, n, encoder, note, name.space)


def apart(table: Table, one: str = "one", other: str = "two") -> Table:
    """The table with figures by category, of which one lacks, and with a difference, paired by prompt."""
    score = figure("image-text score (embedded judge)", 0.25, 0.125, 0.5, 12, "judge@1")
    few = Sentence("Too few prompts for an interval, {n}: draw images of {fewest} prompts or more.", n=3, fewest=10)
    lack = Unmeasured("image-text score", few, "embedded judge")
    parts = (CategoryFigure("captions", "Noto", 12, 24, score), CategoryFigure("captions", "Fluent", 3, 6, None, lack))
    difference = PairedDifference("FD", "witness", "witness@1", one, other, -1 / 3, -0.5, -0.25, 12, one)
    rows = tuple(CategoryRow(name, part) for name in (one, other) for part in parts)
    return replace(table, by_category=rows, differences=(difference,))


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


def read(made: Sequence[Vote], problems: Sequence[str] = (), left_out: dict[Unread, int] | None = None) -> ReadVotes:
    """The votes as reading a data folder gives them."""
    return ReadVotes(make_table(made), tuple(problems), left_out or {})


def table(rows: Sequence[tuple[str, str, str]]) -> pa.Table:
    """A table of votes from (left, right, outcome)."""
    return make_table(votes(rows))


class Torn(LocalEngine):
    """An engine whose pictures of one prompt are no PNG."""

    def __init__(self, prompt: str) -> None:
        super().__init__()
        self.prompt = prompt

    def draw_all(self, name: str, requests: Sequence[Request]) -> Iterator[DrawnSample]:
        """As the local engine draws, but for that prompt."""
        for drawn in super().draw_all(name, requests):
            if drawn.sample.prompt == self.prompt:
                sample = drawn.sample.model_copy(update={"sha256": hashlib.sha256(b"torn").hexdigest()})
                yield replace(drawn, png=b"torn", sample=sample)
            else:
                yield drawn


class Pixels:
    """An encoder of coarse pixels in the place of a registered one, counting the images it has seen."""

    reads_text = False
    resized = "3 px"

    def __init__(self, name: str, title: str, side: int) -> None:
        self.name, self.title, self.side, self.seen = name, title, side, 0

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """None is needed."""
        return Checkpoint(Path("none"), "1" * 64)

    def load(self, checkpoint: Checkpoint, device: str) -> Any:
        """Itself."""
        return self

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, side, side)."""
        return resize_float(image, self.side)

    def __call__(self, pixels: Array32) -> Array32:
        """Coarse pixels, (N, 3 * side * side)."""
        self.seen += len(pixels)
        return np.asarray(pixels.reshape(len(pixels), -1) / 255, np.float32)


class Head(Pixels):
    """An image-text encoder that is a head on the coarse pixels of another."""

    reads_text = True

    def __init__(self, name: str, title: str, trunk: Pixels) -> None:
        super().__init__(name, title, trunk.side)
        self.trunk, self.below, self.read = trunk.name, trunk, 0

    def __call__(self, pixels: Array32) -> Array32:
        """Both networks."""
        return self.head(self.below(pixels))

    def head(self, features: Array32) -> Array32:
        """The features with length 1."""
        self.seen += len(features)
        return np.asarray(features / np.linalg.norm(features, axis=1, keepdims=True), np.float32)

    def cut(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """None is."""
        return np.zeros(len(texts), bool)

    def texts(self, texts: Sequence[str]) -> Array32:
        """Random embeddings by text, as long as the pixels."""
        self.read += len(texts)
        digests = [np.frombuffer(hashlib.sha512(text.encode()).digest()[:48], np.uint8) for text in texts]
        return np.asarray([digest / np.linalg.norm(digest) for digest in digests], np.float32)


class Pairs:
    """An encoder of pairs: the brightness of a picture from 0 to 1, less a tenth of the letters of its text."""

    name, title, reads_text, resized, preference = "pairs", "Pairs", False, "2 px", True
    scores_between = (-np.inf, 1.0)

    def __init__(self) -> None:
        self.scored: list[str] = []  # the texts of all pairs, in the order in which they came

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """None is needed."""
        return Checkpoint(Path("none"), "2" * 64)

    def load(self, checkpoint: Checkpoint, device: str) -> Any:
        """Itself."""
        return self

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, 2, 2)."""
        return resize_float(image, 2)

    def score_pairs(self, pixels: Array32, texts: Sequence[str]) -> Array32:
        """The score of each picture with its text, (N,)."""
        self.scored += texts
        lengths = np.array([len(text) for text in texts])
        return np.asarray(pixels.reshape(len(pixels), -1).mean(1) / 255 - lengths / 10, np.float32)

    def cut(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Those of more than 20 letters."""
        return np.array([len(text) > 20 for text in texts])


def encoders() -> dict[str, Pixels]:
    """Encoders that need no weights, under the names of the embedded ones."""
    trunk = Pixels("efficientnet-lite2", "EfficientNet-Lite2", 4)
    made = (trunk, Pixels("witness", "witness", 3), Head("judge", "embedded judge", trunk))
    return {one.name: one for one in made}


def reference_file(path: Path) -> Path:
    """A small reference of random features, with a paraphrase of every second concept."""
    concepts = [f"concept {i}" for _ in range(STYLES) for i in range(CONCEPTS)]
    captions = [f"{concept}, style {row // CONCEPTS}" for row, concept in enumerate(concepts)]
    rng = np.random.default_rng(0)
    rows = {
        name: rng.random((len(captions), n)).astype(np.float16)
        for name, n in (("efficientnet-lite2", 48), ("witness", 27))
    }
    paraphrases = [[captions[row], f"thing {row}"] for row in range(0, CONCEPTS, 2)]
    about = {"captions": captions, "concepts": concepts, "paraphrases": paraphrases, "styles": []}
    about["encoders"] = {name: f"{name}@{'1' * 12}" for name in rows}
    save_file(rows, path, {name: json.dumps(value) for name, value in about.items()})
    return path
