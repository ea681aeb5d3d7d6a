"""The pictures that were voted on, and their features."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from eval.features.feature_space import FeatureSpace
from eval.features.reference_features import Reference
from eval.features.sources import Picture
from eval.metrics import Array
from hub.errors import MissingFile
from hub.language.sentence import Sentence
from hub.votes import Pictures
from hub.votes.pictures import SidePictures


@dataclass(frozen=True)
class Compared:
    """A space in which pictures are compared, and the real pictures' features there, (M, D)."""

    space: FeatureSpace
    real: Array

    @classmethod
    def of(cls, space: FeatureSpace, reference: Reference) -> "Compared":
        """Return the space with the reference's pictures.

        Raises: DataError where another checkpoint encoded them.
        """
        return cls(space, reference.encoded(space).astype(np.float64))


@dataclass(frozen=True)
class Voted:
    """The voted pictures, the spaces they are compared in, and the image-text encoder that judges them.

    ``style``: the space of their style, where ratings are to be controlled for it; ``preferences`` are those of models
    of people's preferences whose weights are at hand.
    """

    pictures: Pictures
    spaces: tuple[Compared, ...]
    judge: FeatureSpace
    style: FeatureSpace | None = None
    preferences: tuple[FeatureSpace, ...] = ()

    def encoded(self, sides: Sequence[SidePictures | None], space: FeatureSpace, title: str) -> "Judged":
        """Encode the pictures of the votes that have some, in the order of their digests.

        Raises: DataError where none can be read, StorageError.
        """
        return encode_voted(self.pictures, sides, space, title)


def encode_voted(pictures: Pictures, sides: Sequence[SidePictures | None], space: FeatureSpace, title: str) -> "Judged":
    """Encode the pictures of the votes that have some, in the order of their digests.

    Raises: DataError where none can be read, StorageError.
    """
    digests = sorted({digest for pair in sides if pair for side in pair for digest in side})
    found = space.pictures([Picture(digest, partial(_read_picture, pictures, digest)) for digest in digests], title)
    of = {digest: row for row, digest in enumerate(found.names)}
    whole = [(row, pair) for row, pair in enumerate(sides) if pair and of.keys() >= {*pair.a, *pair.b}]
    rows, kept = [row for row, _ in whole], [pair for _, pair in whole]
    why = found.broken[0].reason if found.broken else None
    return Judged(rows, kept, of, found.features.astype(np.float64), len(found.broken), why)


def _read_picture(pictures: Pictures, digest: str) -> bytes:
    """Read a voted picture by its digest."""
    try:
        return pictures.read(digest)
    except MissingFile as error:
        told = Sentence(
            "picture {digest} is missing or damaged; where it was published, python -m hub.dataset pull brings it back",
            digest=digest,
        )
        raise FileNotFoundError(told) from error


@dataclass(frozen=True)
class Judged:
    """The votes whose pictures are all encoded.

    ``rows`` are their places among the votes given; ``of`` is each digest's row of ``features``; ``lost`` pictures
    could not be encoded, the first of them for the reason ``why``.
    """

    rows: list[int]
    sides: list[SidePictures]
    of: Mapping[str, int]  # SHA-256 -> row of ``features``
    features: Array  # (pictures, D), each picture once
    lost: int
    why: str | None  # of the first that was lost

    def sets(self) -> Iterator[tuple[Array, Array]]:
        """Yield each vote's two sets of features, (N, D) each, one vote at a time."""
        return ((self.features[self._places(a)], self.features[self._places(b)]) for a, b in self.sides)

    def difference(self, scores: Array) -> Array:
        """Return the left side's mean score less the right side's, by vote, from scores a picture, (pictures,)."""
        return np.array([scores[self._places(a)].mean() - scores[self._places(b)].mean() for a, b in self.sides])

    def _places(self, side: Sequence[str]) -> list[int]:
        """Return the rows of ``features`` of one side's pictures."""
        return [self.of[digest] for digest in side]
