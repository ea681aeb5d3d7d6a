"""One side of a scoring, encoded: its pictures by generator, with their prompts and seeds, as metrics take them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eval.encoders import ScoresPairs
from eval.features.feature_space import FeatureSpace
from eval.features.reference_features import read_reference
from eval.features.stream import Broken, Encoded
from eval.metrics import Features, Flags, Ints, PairScores
from eval.picture_records.picture_record import PictureRecord
from eval.picture_records.picture_set import PictureSet
from hub.errors import DataError

REAL_TEST = "test"  # names the real test images, whose features come with this repository


@dataclass(frozen=True)
class ScoredSet:
    """One side, encoded; ``records`` are those of its rows, or, without prompts, None, and ``unread`` says why.

    ``drawn_by`` are the generators of the rows of a side without prompts, where any is known.
    """

    encoded: Encoded
    records: tuple[PictureRecord, ...] | None
    unread: str = ""
    drawn_by: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...] | None:
        """The prompts of the set's rows."""
        return None if self.records is None else tuple(record.prompt or "" for record in self.records)

    @property
    def english(self) -> list[str]:
        """The prompts of the set's rows as encoders read them, which know English alone."""
        return [record.read_as or record.prompt or "" for record in self.records or ()]

    @property
    def seeds(self) -> Ints | None:
        """The seeds of the set's rows, (N,), where all are known; as 64 bits with a sign."""
        found = [record.seed for record in self.records or () if record.seed is not None]
        if len(found) < len(self.encoded.names):
            return None
        return np.array([(seed + 2**63) % 2**64 - 2**63 for seed in found], dtype=np.int64)

    def rows(self, kept: Flags) -> "ScoredSet":
        """Return the set of these rows, (N,)."""
        at = np.flatnonzero(kept).tolist()
        names, hashes = (tuple(part[row] for row in at) for part in (self.encoded.names, self.encoded.sha256))
        records = None if self.records is None else tuple(self.records[row] for row in at)
        encoded = replace(self.encoded, names=names, sha256=hashes, features=self.encoded.features[at])
        drawn_by = tuple(self.drawn_by[row] for row in at) if self.drawn_by else ()
        return replace(self, encoded=encoded, records=records, drawn_by=drawn_by)

    def by_generator(self) -> dict[str, "ScoredSet"]:
        """Return the set of each generator by its name, which is empty for pictures that have none."""
        told = self.drawn_by if self.records is None else [record.generator or "" for record in self.records]
        names = np.array(told)
        found = sorted({*names.tolist()})
        return {name: self.rows(names == name) for name in found} if len(found) > 1 else {"".join(found): self}


def encode_set(space: FeatureSpace, read: PictureSet) -> ScoredSet:
    """Return a set's pictures, encoded, those of a known prompt alone where any is known.

    The others are listed with the reason, and so are names that no picture has. By an encoder of pairs features are the
    scores (N, 1) of pictures with their prompts, and a set without prompts has no rows.
    """
    if space.of_pairs:
        return _score_set(space, read)
    encoded = space.pictures(read.pictures, f"{space.encoder.title}: {read.source}")
    gone = tuple(Broken(name, why) for name, why in read.lost)
    records = read.merged.records
    if not any(name in records for name in encoded.names):
        unread = read.unread or "no picture that has one can be read"
        known = read.merged.generators
        drawn_by = tuple(known.get(name, "") for name in encoded.names) if known and not records else ()
        return ScoredSet(replace(encoded, broken=(*encoded.broken, *gone)), None, unread, drawn_by)
    strays = tuple(Broken(name, read.merged.problems[name]) for name in encoded.names if name not in records)
    kept = np.array([name in records for name in encoded.names])
    whole = replace(encoded, broken=(*encoded.broken, *strays, *gone))
    nobody = PictureRecord()
    return ScoredSet(whole, tuple(records.get(name, nobody) for name in encoded.names)).rows(kept)


def _score_set(space: FeatureSpace, read: PictureSet) -> ScoredSet:
    """Return a set's pictures that have a prompt, each scored with it."""
    records, gone = read.merged.records, tuple(Broken(name, why) for name, why in read.lost)
    asked = [picture for picture in read.pictures if picture.name in records]
    if not asked:
        unread = read.unread or "no picture that has one can be read"
        return ScoredSet(Encoded((), (), np.empty((0, 1), np.float32), gone, 0), None, unread)
    texts = [records[picture.name].read_as or records[picture.name].prompt or "" for picture in asked]
    scored, _ = space.score_pairs(asked, texts, f"{space.encoder.title}: {read.source}")
    strays = tuple(Broken(one.name, read.merged.problems[one.name]) for one in read.pictures if one.name not in records)
    whole = replace(scored, broken=(*scored.broken, *strays, *gone))
    return ScoredSet(whole, tuple(records[name] for name in scored.names))


def is_real_test(name: str) -> bool:
    """Return whether a name means the real test images: ``test``, where no file or folder is called so."""
    return name == REAL_TEST and not Path(name).exists()


def has_real_test(space: FeatureSpace) -> bool:
    """Return whether the real test images are kept as features by a space's encoder, or its trunk."""
    return (space.trunk or space).encoder.name in read_reference().features


def open_real_test(space: FeatureSpace) -> ScoredSet:
    """Return the real test images, which are kept as features, each with its caption.

    Raises: DataError for an encoder that they were not encoded by.
    """
    reference = read_reference()
    if not has_real_test(space):
        raise DataError(
            f"The real test images are kept as features by {' and '.join(reference.features)}, not by "
            f"{space.encoder.name}: name those with --encoders, or another --reference."
        )
    names = tuple(f"caption {row}" for row in range(len(reference.captions)))
    records = tuple(PictureRecord(caption) for caption in reference.captions)
    return ScoredSet(Encoded(names, names, reference.encoded(space), (), 0), records)


def encode_reference(space: FeatureSpace, reference: PictureSet | None, real_test: bool) -> ScoredSet | None:
    """Return what is compared with, encoded: the real test images, or a set, or nothing, as by an encoder of pairs.

    Raises: what encoding raises.
    """
    if space.of_pairs:
        return None
    if real_test:
        return open_real_test(space)
    return encode_set(space, reference) if reference else None


def make_features(space: FeatureSpace, side: ScoredSet, numbers: Mapping[str, int], own: int) -> Features:
    """Return the features of a side. Without prompts every row is a prompt of its own, numbered from ``own`` on."""
    images = side.encoded.features.astype(np.float64)
    if side.texts is None:
        return Features(own + np.arange(len(images)), images, space.name)
    prompts, scores = np.array([numbers[text] for text in side.texts], dtype=np.int64), None
    if isinstance(space.encoder, ScoresPairs):
        images, scores = images[:, :0], PairScores(images[:, 0], *space.encoder.scores_between)
    return Features(prompts, images, space.name, seeds=side.seeds, scores=scores)


def number_prompts(*sides: ScoredSet | None) -> dict[str, int]:
    """Return a number for every prompt of some sides, those of the first from 0."""
    texts = (text for side in sides if side for text in side.texts or ())
    return {text: number for number, text in enumerate(dict.fromkeys(texts))}


def are_pairs(generated: ScoredSet, reference: ScoredSet | None) -> bool:
    """Return whether the reference has one picture of each of the prompts that were drawn, and of no other."""
    if generated.texts is None or reference is None or reference.texts is None:
        return False
    return len(set(reference.texts)) == len(reference.texts) and set(reference.texts) == set(generated.texts)


def find_common_texts(generators: Mapping[str, ScoredSet]) -> set[str]:
    """Return the prompts of which every generator has a picture."""
    return set.intersection(*({*(one.texts or ())} for one in generators.values()))
