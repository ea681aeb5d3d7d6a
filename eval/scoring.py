"""A set of pictures scored against another by any encoders: what ``python -m eval.score`` does."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eval.features.sources import load_pictures
from eval.features.space import Space
from eval.features.stream import Broken, Encoded
from eval.metrics import Features, Measured, Takes, Unmeasured, figures
from eval.sample import MANIFEST, Job, read_manifest
from hub.errors import DataError


@dataclass(frozen=True)
class Scores:
    """All figures, those that could not be had, and the pictures of each side that can't be used."""

    figures: tuple[Measured, ...]
    missing: tuple[Unmeasured, ...]
    broken: tuple[Broken, ...]
    broken_reference: tuple[Broken, ...]
    broken_before: tuple[Broken, ...]


@dataclass(frozen=True)
class _Set:
    """One side, encoded; ``jobs`` are the prompts and seeds of its rows, where a manifest says them."""

    encoded: Encoded
    jobs: tuple[Job, ...] | None

    @property
    def texts(self) -> tuple[str, ...] | None:
        """The prompts of its rows."""
        return None if self.jobs is None else tuple(text for text, _ in self.jobs)


def _read(space: Space, source: str) -> _Set:
    """The pictures of a source with the prompts of its manifest, if it has one of them.

    Pictures beside a manifest that it does not name, as a killed run may leave, have no prompt: they are listed too.
    """
    encoded = space.pictures(load_pictures(source), f"{space.encoder.title}: {source}")
    entries = {entry.file: (entry.prompt, entry.seed) for entry in read_manifest(Path(source))}
    known = [row for row, name in enumerate(encoded.names) if name in entries]
    if not known:
        return _Set(encoded, None)
    strays = tuple(Broken(name, f"{MANIFEST} does not name it") for name in encoded.names if name not in entries)
    names, hashes = (tuple(part[row] for row in known) for part in (encoded.names, encoded.sha256))
    kept = replace(encoded, names=names, sha256=hashes, features=encoded.features[known])
    return _Set(replace(kept, broken=(*encoded.broken, *strays)), tuple(entries[name] for name in names))


def _numbers(first: _Set | None, *others: _Set | None) -> dict[str, int]:
    """A number for every prompt of some sides, those of the first from 0."""
    texts = (text for side in (first, *others) if side for text in side.texts or ())
    return {text: number for number, text in enumerate(dict.fromkeys(texts))}


def _features(space: Space, side: _Set, numbers: Mapping[str, int], own: int) -> Features:
    """Features of a side; without a manifest every row is a prompt of its own, numbered from ``own`` on."""
    images = side.encoded.features.astype(np.float64)
    if side.jobs is None:
        return Features(own + np.arange(len(images)), images, space.name)
    prompts = np.array([numbers[text] for text, _ in side.jobs], dtype=np.int64)
    return Features(prompts, images, space.name, seeds=np.array([seed for _, seed in side.jobs], dtype=np.int64))


def _pairs(generated: _Set, reference: _Set | None) -> bool:
    """Whether the reference has one picture of each of the prompts that were drawn, and of no other."""
    if generated.texts is None or reference is None or reference.texts is None:
        return False
    return len(set(reference.texts)) == len(reference.texts) and set(reference.texts) == set(generated.texts)


def _jobs(source: str) -> list[Job]:
    """Every prompt and seed of a manifest, sorted. Raises DataError where there is none, or one of them twice."""
    jobs = sorted((entry.prompt, entry.seed) for entry in read_manifest(Path(source)))
    if not jobs:
        raise DataError(f"Drift compares prompts and seeds, but {source} has no {MANIFEST}: draw with eval.sample.")
    (most, number), *_ = Counter(jobs).most_common(1)
    if number > 1:
        raise DataError(f"{source} has {most[0]!r} with seed {most[1]} of {number} generators: draw each to its own.")
    return jobs


def check_before(after: str, before: str) -> None:
    """Raises DataError where two sample folders are not of the same prompts and seeds."""
    one, other = set(_jobs(after)), set(_jobs(before))
    lacking = [(source, job) for source, jobs in ((before, one - other), (after, other - one)) for job in sorted(jobs)]
    if lacking:
        source, (text, seed) = lacking[0]
        raise DataError(
            f"Drift needs the same prompts and seeds before and after: {source} lacks {text!r} with seed {seed}"
            f"{f' and {len(lacking) - 1} more are on one side only' if lacking[1:] else ''}. Draw those lacking."
        )


def _in_space(space: Space, source: str, reference: str | None, before: str | None) -> Scores:
    """Every figure by one encoder."""
    made, other, old = (_read(space, one) if one else None for one in (source, reference, before))
    assert made is not None
    together = _pairs(made, other)
    numbers = _numbers(*((other, made) if together else (made, other)), old)
    drawn = _features(space, made, numbers, len(numbers))
    own = len(numbers) + len(drawn.prompts)
    if made.texts and space.encoder.reads_text:
        drawn = replace(drawn, texts=space.texts(made.texts), cut=space.cut(made.texts))
    drawn = replace(drawn, before=_features(space, old, numbers, own) if old else None)
    real = replace(_features(space, other, numbers, own), free=not together) if other else None
    takes = tuple(Takes) if space.encoder.reads_text else (Takes.images,)
    found = list(figures(drawn, real, space.encoder.title, takes))
    return Scores(
        tuple(one for one in found if isinstance(one, Measured)),
        tuple(one for one in found if isinstance(one, Unmeasured)),
        *(side.encoded.broken if side else () for side in (made, other, old)),
    )


def score(source: str, reference: str | None, before: str | None, spaces: Sequence[Space]) -> Scores:
    """Every figure of the pictures of ``source`` by every encoder, against those of ``reference`` where one is named,
    and their drift from those of ``before``.

    Where source and reference have a manifest with the same prompts, one reference picture each, prompts are pairs;
    else the reference is a set of its own. Raises DataError, StorageError, MissingFile.
    """
    if not spaces:
        raise DataError("Name at least one encoder.")
    if before:
        check_before(source, before)
    parts = [_in_space(space, source, reference, before) for space in spaces]
    found = tuple(figure for part in parts for figure in part.figures)
    return replace(parts[0], figures=found, missing=tuple(one for part in parts for one in part.missing))
