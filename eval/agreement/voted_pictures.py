"""The pictures that were voted on, and their features."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import numpy as np

from eval.features.feature_space import FeatureSpace
from eval.features.reference_features import Reference
from eval.features.sources import Picture
from eval.metrics import Array
from hub.errors import MissingFile
from hub.language.sentence import Sentence
from hub.votes import Pictures
from hub.votes.pictures import SidePictures

K = TypeVar("K", str, tuple[str, str])


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

    def encoded(self, sides: Sequence[SidePictures | None], space: FeatureSpace, title: str) -> "Judged[str]":
        """Encode the pictures of the votes that have some, in the order of their digests.

        Raises: DataError where none can be read, StorageError.
        """
        return encode_voted(self.pictures, sides, space, title)

    def scored(
        self,
        sides: Sequence[SidePictures | None],
        prompts: Sequence[Sequence[str]],
        space: FeatureSpace,
        title: str,
    ) -> "Judged[tuple[str, str]]":
        """Score each picture of the votes that have some with its prompt; features are the scores, (pairs, 1).

        ``prompts`` are each vote's, in the words that the space reads: one, or one for each of a side's pictures.

        Raises: DataError where none can be read, StorageError.
        """
        of_votes = [
            pair and tuple(_pair_texts(side, texts) for side in pair)
            for pair, texts in zip(sides, prompts, strict=True)
        ]
        asked = sorted({one for pair in of_votes if pair for side in pair for one in side})
        pictures = [
            Picture(f"{digest} {row}", partial(_read_picture, self.pictures, digest))
            for row, (digest, _) in enumerate(asked)
        ]
        found, scores = space.score_pairs(pictures, [text for _, text in asked], title)
        pair_of = dict(zip((picture.name for picture in pictures), asked, strict=True))
        of = {pair_of[name]: row for row, name in enumerate(found.names)}
        lost = {one.name.partition(" ")[0] for one in found.broken}
        why = found.broken[0].reason if found.broken else None
        return _keep_whole(of_votes, of, scores[:, None], len(lost), why)


def _pair_texts(side: Sequence[str], texts: Sequence[str]) -> list[tuple[str, str]]:
    """Return each picture of a side with its text: a vote's only one, or the one at its place."""
    return list(zip(side, texts if len(texts) > 1 else [*texts] * len(side), strict=True))


def encode_voted(
    pictures: Pictures, sides: Sequence[SidePictures | None], space: FeatureSpace, title: str
) -> "Judged[str]":
    """Encode the pictures of the votes that have some, in the order of their digests.

    Raises: DataError where none can be read, StorageError.
    """
    digests = sorted({digest for pair in sides if pair for side in pair for digest in side})
    found = space.pictures([Picture(digest, partial(_read_picture, pictures, digest)) for digest in digests], title)
    of = {digest: row for row, digest in enumerate(found.names)}
    why = found.broken[0].reason if found.broken else None
    return _keep_whole(sides, of, found.features.astype(np.float64), len(found.broken), why)


def _keep_whole(
    votes: Sequence[Sequence[Sequence[K]] | None], of: Mapping[K, int], features: Array, lost: int, why: str | None
) -> "Judged[K]":
    """Return the votes of which everything is among the rows of ``features``; of each the two sides are given."""
    whole = [(row, pair) for row, pair in enumerate(votes) if pair and all(one in of for side in pair for one in side)]
    rows, sides = [row for row, _ in whole], [(pair[0], pair[1]) for _, pair in whole]
    return Judged(rows, sides, of, features, lost, why)


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
class Judged(Generic[K]):
    """The votes whose pictures are all encoded: by themselves, or each with its prompt.

    ``rows`` are their places among the votes given; ``sides`` are of each the two sides' pictures, by SHA-256, or by
    that and their prompt; ``of`` is the row of ``features`` of each; ``lost`` pictures could not be encoded, the first
    of them for the reason ``why``.
    """

    rows: list[int]
    sides: list[tuple[Sequence[K], Sequence[K]]]
    of: Mapping[K, int]
    features: Array  # (pictures, D), each once
    lost: int
    why: str | None  # of the first that was lost

    def sets(self) -> Iterator[tuple[Array, Array]]:
        """Yield each vote's two sets of features, (N, D) each, one vote at a time."""
        return ((self.features[self._places(a)], self.features[self._places(b)]) for a, b in self.sides)

    def difference(self, scores: Array) -> Array:
        """Return the left side's mean score less the right side's, by vote, from scores a picture, (pictures,)."""
        return np.array([scores[self._places(a)].mean() - scores[self._places(b)].mean() for a, b in self.sides])

    def _places(self, side: Sequence[K]) -> list[int]:
        """Return the rows of ``features`` of one side's pictures."""
        return [self.of[digest] for digest in side]
