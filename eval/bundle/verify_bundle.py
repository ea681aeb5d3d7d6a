"""Verifying a bundle: checksums, then every figure computed from its votes again, file by file."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from eval.about import find_commit, hash_votes
from eval.bundle import (
    ABOUT,
    CROISSANT,
    ENVIRONMENT,
    FORM,
    MEASURED,
    NEEDED,
    RECEIPTS,
    REPORT,
    SUMS,
    VOTES,
    BundleAbout,
)
from eval.bundle.archive import Archive, open_archive
from eval.bundle.compare import compare_files
from eval.bundle.content import BundleContent, GivenFigures, parse_json, read_votes
from eval.bundle.croissant import describe_bundle
from eval.bundle.plain import from_plain
from eval.bundle.write import derive_members, dump
from eval.render.report_files import TABLE
from hub.errors import DataError
from hub.progress import track_items
from hub.receipt import Receipt, read_receipt
from hub.votes.rows import OWN

GIVEN = frozenset(("metrics", "pictures", "disputed", "style", "machines"))  # tables of the CSV
Row = Mapping[str, Any]


@dataclass(frozen=True)
class VerifiedBundle:
    """What was computed again: votes, receipts, files and figures; ``given`` of these are as they were measured.

    ``problems`` has a sentence for each difference; ``made`` and ``here`` are the commits that made and verified it.
    """

    votes: int
    receipts: int
    files: int
    figures: int
    given: int
    problems: tuple[str, ...]
    made: str = ""
    here: str = ""


def _check_sums(archive: Archive) -> Iterator[str]:
    """Yield a sentence for each member that is not what its checksum says.

    Raises: DataError for a member that is lacking or damaged.
    """
    if lacking := [name for name in NEEDED if name not in archive.names]:
        raise DataError(f"{archive.path} has no {lacking[0]}: it is no bundle, or no whole one.")
    told = archive.read_sums(SUMS)
    if gone := sorted(told.keys() - set(archive.names)):
        raise DataError(f"{archive.path} has no {gone[0]}, which {SUMS} names: it is no whole bundle.")
    for name in track_items(archive.names, "checksums"):
        if name == SUMS:
            continue
        if name not in told:
            yield f"{name} is no part of the bundle: {SUMS} does not name it."
        elif archive.measure(name).sha256 != told[name]:
            yield f"{name} was changed: its SHA-256 is not the one in {SUMS}."


def _read_content(archive: Archive) -> BundleContent:
    """Return what the report is computed from.

    Raises: DataError.
    """
    plain = parse_json(archive.read(ABOUT), ABOUT)
    if not isinstance(plain, dict) or plain.get("form") != FORM:
        raise DataError(f"{archive.path}: {ABOUT} is of another version of this program: verify it by that one.")
    about = from_plain(BundleAbout, plain)
    votes = read_votes(archive.read(VOTES).splitlines())
    given = None
    if MEASURED in archive.names:
        given = from_plain(GivenFigures, parse_json(archive.read(MEASURED), MEASURED))
    return BundleContent(about, votes, given)


def _check_receipts(archive: Archive, votes: pa.Table, without: int) -> Iterator[str]:
    """Yield a sentence for each receipt that is not its vote's, and for a number of them that is not what was told."""
    names = ("id", "time", "criterion", "outcome", "generator_a", "generator_b", "prompt", "wording", "seeds",
             "source")  # fmt: skip
    rows = {row["id"]: row for row in votes.select(names).to_pylist() if row["source"] == OWN}
    mine, seen = len(rows), 0
    if RECEIPTS in archive.names:
        lines = archive.read(RECEIPTS).splitlines()
        for number, line in track_items(list(enumerate(lines, 1)), "receipts"):
            problem = _check_receipt(line, rows)
            seen += 1
            if problem:
                yield f"{RECEIPTS}, line {number}: {problem}."
    if seen != mine - without:
        yield f"{RECEIPTS} has {seen:,} receipts, but {mine - without:,} votes should have one."


def _check_receipt(line: bytes, rows: dict[str, Row]) -> str:
    try:
        receipt = read_receipt(line.decode("utf-8"))
    except (UnicodeDecodeError, DataError):
        return "this is no receipt"
    row = rows.pop(receipt.vote, None) if isinstance(receipt, Receipt) else None
    if row is None or not isinstance(receipt, Receipt):
        return "it is of no vote, or of one that has another"
    told = {
        "time": receipt.time,
        "criterion": receipt.criterion,
        "outcome": receipt.outcome,
        "generator_a": receipt.a[0].generator,
        "generator_b": receipt.b[0].generator,
        "prompt": receipt.a[0].prompt,
        "wording": next((one.prompt for one in receipt.a if one.prompt != receipt.a[0].prompt), None),
        "seeds": ",".join(str(sample.seed) for sample in receipt.a),
    }
    wrong = [name for name, value in told.items() if row[name] != value]
    return f"its {wrong[0]} is not that of vote {receipt.vote!r}" if wrong else ""


def _compare_members(archive: Archive, content: BundleContent, derived: Mapping[str, bytes]) -> Iterator[str]:
    """Yield a sentence for each difference between the members that follow from the content, and those there."""
    for name in sorted(derived.keys() | {one for one in archive.names if one.startswith(REPORT)}):
        if name not in archive.names:
            yield f"{name} is not there, but the votes give it."
        elif name not in derived:
            yield f"{name} is there, but the votes do not give it."
        else:
            yield from compare_files(name, archive.read(name), derived[name])
    sums = {name: archive.measure(name) for name in archive.names if name not in {SUMS, CROISSANT}}
    described = dump(describe_bundle(content.about, len(content.votes), sums))
    yield from compare_files(CROISSANT, archive.read(CROISSANT), described)


def _count_figures(report: bytes) -> tuple[int, int]:
    """Return how many figures the report has as CSV, and how many of them are taken as they were given."""
    rows = list(csv.DictReader(io.StringIO(report.decode("utf-8"), newline="")))
    return len(rows), sum(row["table"] in GIVEN for row in rows)


def verify_bundle(path: Path) -> VerifiedBundle:
    """Verify a bundle; what differs is in ``problems``.

    Raises: DataError for a file that is no whole bundle.
    """
    with open_archive(path) as archive:
        problems = list(_check_sums(archive))
        try:
            content = _read_content(archive)
            if hash_votes(content.votes) != content.about.about.digest:
                problems.append(f"{VOTES} has other votes than the report was made from: their SHA-256 is another.")
            problems += _check_receipts(archive, content.votes, content.about.without_receipt)
            derived = derive_members(content, archive.names)
            problems += _compare_members(archive, content, derived)
        except DataError as error:
            if problems:  # what was changed can't be read any more: that it was changed is the news
                raise DataError(f"{path}: {problems[0]} {error}") from error
            raise
        environment = parse_json(archive.read(ENVIRONMENT), ENVIRONMENT)
        receipts = archive.read(RECEIPTS).count(b"\n") if RECEIPTS in archive.names else 0
        files = sum(name.startswith(REPORT) for name in archive.names)
        made = str(environment.get("commit", "")) if isinstance(environment, dict) else ""
        figures, given = _count_figures(derived[f"{REPORT}{TABLE}"])
        return VerifiedBundle(
            len(content.votes), receipts, files, figures, given, tuple(problems), made, find_commit()
        )  # fmt: skip
