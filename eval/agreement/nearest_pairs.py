"""Drawn pictures beside their nearest training pictures, those first that are the nearest by authenticity's measure.

They come with a checkpoint, ``nearest.json`` beside its figures: the training pictures themselves do not.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from eval.agreement.thumbnails import is_readable, make_thumbnail
from eval.metrics.nearest_training import NearestTraining
from hub.errors import DataError

FILE = "nearest.json"
SHOWN = 3  # pairs of a generator
SIDE = 64  # pixels of a thumbnail


@dataclass(frozen=True)
class NearestPair:
    """A drawn picture and its nearest training picture, a WebP each.

    ``ratio`` is their distance by that of the training picture from its own nearest other one.
    """

    prompt: str
    seed: int
    drawn: bytes
    caption: str
    training: bytes
    ratio: float


@dataclass(frozen=True)
class NearestPairs:
    """A generator's nearest pairs, in the space of an encoder, beside so many training pictures."""

    generator: str
    space: str
    training: int
    pairs: tuple[NearestPair, ...]


def choose_pairs(found: NearestTraining, number: int) -> list[int]:
    """Return the places of the images that are nearest to a training image, each such image once, nearest first."""
    chosen: dict[int, int] = {}
    for place in found.ratios.argsort(kind="stable").tolist():
        chosen.setdefault(int(found.rows[place]), place)
    return list(chosen.values())[:number]


def make_pair(prompt: str, seed: int, drawn: bytes, caption: str, training: bytes, ratio: float) -> NearestPair:
    """Return a pair of two image files.

    Raises: DataError for what is no picture.
    """
    return NearestPair(prompt, seed, make_thumbnail(drawn, SIDE), caption, make_thumbnail(training, SIDE), ratio)


def pairs_to_text(found: NearestPairs, space_name: str) -> str:
    """Return the text of the file that holds a generator's pairs; ``space_name`` is the encoder with its checkpoint."""
    pairs = [
        {"prompt": one.prompt, "seed": one.seed, "caption": one.caption, "ratio": float(f"{one.ratio:.6g}"),
         "drawn": base64.b64encode(one.drawn).decode(), "training_picture": base64.b64encode(one.training).decode()}
        for one in found.pairs
    ]  # fmt: skip
    content = {"space": found.space, "encoder": space_name, "training": found.training, "pairs": pairs}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def read_pairs(generator: str, path: Path) -> NearestPairs:
    """Read a generator's pairs.

    Raises: DataError where there are none, or they can't be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        pairs = tuple(
            NearestPair(str(one["prompt"]), int(one["seed"]), base64.b64decode(one["drawn"]), str(one["caption"]),
                        base64.b64decode(one["training_picture"]), float(one["ratio"]))
            for one in content["pairs"]
        )  # fmt: skip
        found = NearestPairs(generator, str(content["space"]), int(content["training"]), pairs)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} can't be read ({error}): python -m eval.embedded writes it.") from error
    if not all(is_readable(picture) for one in pairs for picture in (one.drawn, one.training)):
        raise DataError(f"{path} holds what is no picture: python -m eval.embedded writes it.")
    return found
