"""The sets of a scoring, read: what is scored, and what it is compared with."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from eval.features.sources import load_pictures
from eval.picture_records.picture_set import AskedRecords, PictureSet, read_picture_set
from eval.scored_sets import is_real_test
from hub.errors import DataError
from hub.files import printable_name


@dataclass(frozen=True)
class Sources:
    """What is scored, and what it is compared with: folders or data sets, None where nothing is named."""

    source: str
    reference: str | None = None
    before: str | None = None
    training: str | None = None

    @property
    def real_test(self) -> bool:
        """Whether the reference are the real test images, which are kept as features."""
        return self.reference is not None and is_real_test(self.reference)

    def list_files(self) -> list[str]:
        """List those that are named and are pictures."""
        reference = None if self.real_test else self.reference
        return [one for one in (self.source, reference, self.before, self.training) if one]


@dataclass(frozen=True)
class Sides:
    """The sets that are read: what is scored, and what it is compared with; ``real_test`` are the real test images.

    ``training``: pictures that the model was trained on.
    """

    made: PictureSet
    reference: PictureSet | None = None
    before: PictureSet | None = None
    training: PictureSet | None = None
    real_test: bool = False

    def describe(self) -> Iterator[str]:
        """Yield what was read of each side, and where its sources disagree."""
        yield f"Read {self.made.describe()}."
        yield from self.made.merged.differences
        if self.real_test:
            yield "Reference: the real test images with their captions."
        for name, side in (("Reference", self.reference), ("Before", self.before)):
            if side:
                yield f"{name}: {side.describe()}."
                yield from (f"{name}: {told}" for told in side.merged.differences)


def _list_jobs(read: PictureSet) -> list[tuple[str, int]]:
    """Return every prompt and seed of a set, sorted.

    Raises: DataError where there is none, or one of them twice.
    """
    source, records = printable_name(read.source), read.merged.records.values()
    jobs = sorted((record.prompt or "", record.seed) for record in records if record.seed is not None)
    if not records:
        raise DataError(f"Drift compares prompts and seeds, but {read.unread}: draw with eval.sample.")
    if len(jobs) < len(records):
        raise DataError(f"Drift compares prompts and seeds, but {source} has pictures without a seed: add it.")
    (most, number), *_ = Counter(jobs).most_common(1)
    if number > 1:
        raise DataError(f"{source} has {most[0]!r} with seed {most[1]} of {number} generators: draw each to its own.")
    return jobs


def check_before(after: PictureSet, before: PictureSet) -> None:
    """Check that two sets are of the same prompts and seeds.

    Raises: DataError where they are not.
    """
    one, other = set(_list_jobs(after)), set(_list_jobs(before))
    sides = ((before.source, one - other), (after.source, other - one))
    lacking = [(source, job) for source, jobs in sides for job in sorted(jobs)]
    if lacking:
        source, (text, seed) = lacking[0]
        raise DataError(
            f"Drift needs the same prompts and seeds before and after: {source} lacks {text!r} with seed {seed}"
            f"{f' and {len(lacking) - 1} more are on one side only' if lacking[1:] else ''}. Draw those lacking."
        )


def read_sides(of: Sources, asked: AskedRecords) -> Sides:
    """Return all sides, read; ``asked`` says how prompts are to be found. Raises DataError, OSError."""
    made = read_picture_set(of.source, asked)
    named = of.reference if of.reference and not of.real_test else None
    compared = read_picture_set(named, asked, must=False) if named else None
    old = read_picture_set(of.before, asked) if of.before else None
    if old:
        check_before(made, old)
    known = None
    if of.training:
        known = PictureSet(of.training, load_pictures(of.training), unread="training images need none")
    return Sides(made, compared, old, known, of.real_test)
