"""A set of pictures scored against another by any encoders: what ``python -m eval.score`` does."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eval.features.feature_space import FeatureSpace
from eval.features.sources import load_pictures, printable_name
from eval.features.stream import Broken, Encoded
from eval.manifest import MANIFEST, ManifestLine, match_lines, read_lines
from eval.metrics import METRICS, Features, Ints, Measured, Takes, Unmeasured, figures
from eval.metrics.nearest_training import find_training
from eval.score_pairs import NearestImage, list_nearest
from hub.errors import DataError

OF_PICTURES = (Takes.images, Takes.embeddings)  # what pictures cost is told where they are drawn
READER = "An encoder that reads texts is needed: name one with --encoders, such as judge."
NEEDED = {
    "reference": "Images to compare with are needed: name them with --reference.",
    "before": "Pictures drawn before are needed: name their folder with --before.",
    "training": "Training images are needed: name them with --train.",
    "wordings": "Pictures of the prompts in other words are needed: eval.report draws them.",
}


@dataclass(frozen=True)
class ImageScores:
    """All figures, those that could not be measured, and the pictures of each side that can't be used.

    ``nearest``: every picture with its nearest training picture, by the first encoder.
    """

    figures: tuple[Measured, ...]
    missing: tuple[Unmeasured, ...]
    broken: tuple[Broken, ...]
    broken_reference: tuple[Broken, ...]
    broken_before: tuple[Broken, ...]
    broken_training: tuple[Broken, ...]
    nearest: tuple[NearestImage, ...] = ()


@dataclass(frozen=True)
class Sources:
    """What is scored, and what it is compared with: folders or data sets, None where nothing is named."""

    source: str
    reference: str | None = None
    before: str | None = None
    training: str | None = None

    @property
    def named(self) -> list[str]:
        """Those that are named."""
        return [one for one in (self.source, self.reference, self.before, self.training) if one]


@dataclass(frozen=True)
class _ScoredSet:
    """One side, encoded; ``lines`` are those of its rows in the manifest, or, without them, ``unread`` says why."""

    encoded: Encoded
    lines: tuple[ManifestLine, ...] | None
    unread: str = ""

    @property
    def texts(self) -> tuple[str, ...] | None:
        """The prompts of the set's rows."""
        return None if self.lines is None else tuple(line.prompt for line in self.lines)

    @property
    def english(self) -> list[str]:
        """The prompts of the set's rows as encoders read them, which know English alone."""
        return [line.read_as or line.prompt for line in self.lines or ()]

    @property
    def seeds(self) -> Ints | None:
        """The seeds of the set's rows, (N,), where every line has one."""
        found = [line.seed for line in self.lines or () if line.seed is not None]
        return np.array(found, dtype=np.int64) if len(found) == len(self.encoded.names) else None


def _read_set(space: FeatureSpace, source: str) -> _ScoredSet:
    """Return the pictures of a source with the prompts of its manifest, if it has one of them.

    Pictures beside a manifest that it does not name, as a killed run may leave, have no prompt: they are listed too,
    and so are those that it names and that are not there.
    """
    encoded = space.pictures(load_pictures(source), f"{space.encoder.title}: {source}")
    lines = read_lines(Path(source))
    found, lost = match_lines(lines, [*encoded.names, *(one.name for one in encoded.broken)])
    gone = tuple(Broken(name, f"{MANIFEST} names it, but there is no such picture") for name in lost)
    known = [row for row, name in enumerate(encoded.names) if name in found]
    if not known:
        told = printable_name(source)
        unread = f"the {MANIFEST} of {told} names none of its pictures" if lines else f"{told} has no {MANIFEST}"
        return _ScoredSet(replace(encoded, broken=(*encoded.broken, *gone)), None, unread)
    strays = tuple(Broken(name, f"{MANIFEST} does not name it") for name in encoded.names if name not in found)
    names, hashes = (tuple(part[row] for row in known) for part in (encoded.names, encoded.sha256))
    kept = replace(encoded, names=names, sha256=hashes, features=encoded.features[known])
    return _ScoredSet(replace(kept, broken=(*encoded.broken, *strays, *gone)), tuple(found[name] for name in names))


def _list_broken(side: _ScoredSet | None) -> tuple[Broken, ...]:
    """Return the pictures of a side that can't be used."""
    return side.encoded.broken if side else ()


def _number_prompts(first: _ScoredSet | None, *others: _ScoredSet | None) -> dict[str, int]:
    """Return a number for every prompt of some sides, those of the first from 0."""
    texts = (text for side in (first, *others) if side for text in side.texts or ())
    return {text: number for number, text in enumerate(dict.fromkeys(texts))}


def _make_features(space: FeatureSpace, side: _ScoredSet, numbers: Mapping[str, int], own: int) -> Features:
    """Return the features of a side.

    Without a manifest every row is a prompt of its own, numbered from ``own`` on.
    """
    images = side.encoded.features.astype(np.float64)
    if side.lines is None:
        return Features(own + np.arange(len(images)), images, space.name)
    prompts = np.array([numbers[line.prompt] for line in side.lines], dtype=np.int64)
    return Features(prompts, images, space.name, seeds=side.seeds)


def _are_pairs(generated: _ScoredSet, reference: _ScoredSet | None) -> bool:
    """Return whether the reference has one picture of each of the prompts that were drawn, and of no other."""
    if generated.texts is None or reference is None or reference.texts is None:
        return False
    return len(set(reference.texts)) == len(reference.texts) and set(reference.texts) == set(generated.texts)


def _read_jobs(source: str) -> list[tuple[str, int]]:
    """Return every prompt and seed of a manifest, sorted.

    Raises: DataError where there is none, or one of them twice.
    """
    lines = read_lines(Path(source))
    jobs = sorted((line.prompt, line.seed) for line in lines if line.seed is not None)
    if not lines:
        raise DataError(f"Drift compares prompts and seeds, but {source} has no {MANIFEST}: draw with eval.sample.")
    if len(jobs) < len(lines):
        raise DataError(f"Drift compares prompts and seeds, but {source} has lines in {MANIFEST} without a seed.")
    (most, number), *_ = Counter(jobs).most_common(1)
    if number > 1:
        raise DataError(f"{source} has {most[0]!r} with seed {most[1]} of {number} generators: draw each to its own.")
    return jobs


def check_before(after: str, before: str) -> None:
    """Check that two sample folders are of the same prompts and seeds.

    Raises: DataError where they are not.
    """
    one, other = set(_read_jobs(after)), set(_read_jobs(before))
    lacking = [(source, job) for source, jobs in ((before, one - other), (after, other - one)) for job in sorted(jobs)]
    if lacking:
        source, (text, seed) = lacking[0]
        raise DataError(
            f"Drift needs the same prompts and seeds before and after: {source} lacks {text!r} with seed {seed}"
            f"{f' and {len(lacking) - 1} more are on one side only' if lacking[1:] else ''}. Draw those lacking."
        )


def _list_unmet(
    space: FeatureSpace, takes: Sequence[Takes], drawn: Features, real: Features | None, unread: str
) -> Iterator[Unmeasured]:
    """Yield every figure that nothing was there for, with what it needs; ``unread``: why there are no prompts."""
    there, needed = {**vars(drawn), "reference": real}, {**NEEDED, "texts": f"These need the prompts, but {unread}."}
    for metric in METRICS:
        lacking = [needed[need] for need in metric.needs if metric.takes in takes and there[need] is None]
        if lacking:
            yield Unmeasured(metric.name, lacking[0], space.encoder.title)


def _score_in_space(space: FeatureSpace, of: Sources) -> ImageScores:
    """Return every figure by one encoder."""
    sides = (of.source, of.reference, of.before, of.training)
    made, other, old, known = (_read_set(space, one) if one else None for one in sides)
    assert made is not None
    together = _are_pairs(made, other)
    numbers = _number_prompts(*((other, made) if together else (made, other)), old)
    drawn = _make_features(space, made, numbers, len(numbers))
    own = len(numbers) + len(drawn.prompts)
    if made.texts and space.encoder.reads_text:
        drawn = replace(drawn, texts=space.texts(made.english), cut=space.cut(made.english))
    drawn = replace(drawn, before=_make_features(space, old, numbers, own) if old else None)
    real = replace(_make_features(space, other, numbers, own), free=not together) if other else None
    nearest: tuple[NearestImage, ...] = ()
    if known:
        drawn = replace(drawn, training=_make_features(space, replace(known, lines=None), numbers, 0))
        assert drawn.training is not None
        found = find_training(drawn, drawn.training)
        nearest = list_nearest(found, made.encoded.names, known.encoded.names, space.name)
    takes = OF_PICTURES if space.encoder.reads_text else (Takes.images,)
    scores = [*figures(drawn, real, space.encoder.title, takes), *_list_unmet(space, takes, drawn, real, made.unread)]
    return ImageScores(
        tuple(one for one in scores if isinstance(one, Measured)),
        tuple(one for one in scores if isinstance(one, Unmeasured)),
        _list_broken(made),
        _list_broken(other),
        _list_broken(old),
        _list_broken(known),
        nearest,
    )


def score_images(of: Sources, spaces: Sequence[FeatureSpace]) -> ImageScores:
    """Score pictures by every encoder and metric.

    They are measured against those of the reference where one is named, their drift from those of ``before``, and how
    near they are to training pictures. Where source and reference have a manifest with the same prompts, one reference
    picture each, prompts are pairs; else the reference is a set of its own.

    Raises: DataError, StorageError, MissingFile.
    """
    if not spaces:
        raise DataError("Name at least one encoder.")
    if of.before:
        check_before(of.source, of.before)
    parts = [_score_in_space(space, of) for space in spaces]
    found = tuple(figure for part in parts for figure in part.figures)
    missing = [one for part in parts for one in part.missing]
    if not any(space.encoder.reads_text for space in spaces):
        missing += [Unmeasured(metric.name, READER) for metric in METRICS if metric.takes is Takes.embeddings]
    return replace(parts[0], figures=found, missing=tuple(missing))
