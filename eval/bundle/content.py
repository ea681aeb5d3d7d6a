"""What a bundle's report is computed from: votes and what was measured; writing and reading them, and the report."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from eval.agreement.by_vote import ByVote, compare_scores
from eval.agreement.disputed import Disputed
from eval.agreement.nearest_pairs import NearestPairs
from eval.agreement.strips import Strips
from eval.bundle import VOTES, BundleAbout
from eval.judge.machine_figures import MachineJudge
from eval.measure import Table
from eval.ratings.style_control import StyledQuestion
from eval.summary import RatedVotes, Summary, rate_votes
from hub.errors import DataError
from hub.votes import TABLE, ReadVotes
from hub.votes.read import Unread
from hub.votes.rows import OWN

KINDS = {pa.float64(): float, pa.bool_(): bool}  # of columns; all others hold text
NEVER_NULL = ("id",)
LATER = ("tags",)  # columns that bundles of before have not
HALF = re.compile(rb"\\u[dD][89a-fA-F]")  # the escape of half a letter beyond 16 bits


@dataclass(frozen=True)
class CaptionSeeds:
    """A prompt that pictures were measured of, and the seeds that each generator drew it with."""

    prompt: str
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class GivenFigures:
    """What no vote tells: figures of metrics, of voted pictures and of machine judges, and the pictures that are shown.

    ``table`` is None where nothing was measured of pictures.
    """

    table: Table | None
    by_vote: tuple[ByVote, ...] = ()
    strips: Strips | None = None
    disputed: Disputed | None = None
    captions: tuple[CaptionSeeds, ...] = ()
    nearest: tuple[NearestPairs, ...] = ()
    styled: tuple[StyledQuestion, ...] = ()
    machines: tuple[MachineJudge, ...] = ()


@dataclass(frozen=True)
class BundleContent:
    """All that a report is computed from."""

    about: BundleAbout
    votes: pa.Table
    given: GivenFigures | None

    def make_summary(self) -> Summary:
        """Rate the votes and join them with what was given: the report of this content.

        Raises: DataError where it says something that can't be.
        """
        left_out = {Unread(reason): number for reason, number in self.about.left_out.items()}
        rated = rate_votes(ReadVotes(self.votes, self.about.problems, left_out))
        rated = replace(rated, summary=replace(rated.summary, about=self.about.about))
        if self.given is None:
            return rated.summary
        rated = replace(rated, summary=replace(rated.summary, machines=self.given.machines))
        return self._join(rated, self.given.table, self.given) if self.given.table else rated.summary

    def _join(self, rated: RatedVotes, table: Table, given: GivenFigures) -> Summary:
        """Return the summary of rated votes joined with what was given. Raises: DataError."""
        summary = rated.joined(table)
        assert summary.join
        asked = {(one.source, one.criterion): one for one in rated.asked}
        if unknown := [one for one in given.by_vote if (one.source, one.criterion) not in asked]:
            raise DataError(f"A metric was compared with votes on {unknown[0].criterion}, of which there are none.")
        by_vote = [compare_scores(self.votes, asked[one.source, one.criterion], one) for one in given.by_vote]
        join = replace(
            summary.join,
            by_vote=tuple(by_vote),
            strips=given.strips,
            disputed=given.disputed,
            nearest=given.nearest,
            styled=given.styled,
        )
        return replace(summary, join=join)


def to_line(content: Any) -> bytes:
    """Return JSON on one line, never with a NaN.

    Raises: DataError for one.
    """
    try:
        return (json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n").encode()
    except ValueError as error:
        raise DataError(f"{content!r} can't be bundled: it has a number that is none. Mend the votes' file.") from error


def write_votes(votes: pa.Table) -> Iterator[bytes]:
    """Yield the votes as lines of JSON, in their order, every column of the table."""
    for batch in votes.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            yield to_line(row)


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _parse_float(text: str) -> float:
    if not math.isfinite(value := float(text)):
        _refuse_constant(text)
    return value


def parse_json(text: bytes, where: str) -> Any:
    """Return what a JSON text says, which has no NaN.

    Raises: DataError, naming ``where`` it stands.
    """
    try:
        found = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_parse_float)
        if HALF.search(text):  # which may be half a letter, and then no text
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where} is no JSON ({error}).") from error


def _check_row(row: Any, where: str) -> Mapping[str, Any]:
    """Check that a row has every column, each of its type.

    Raises: DataError, naming the column.
    """
    if not isinstance(row, dict):
        raise DataError(f"{where} is no vote.")
    cells = dict[str, Any](dict.fromkeys(LATER) | row)
    if lacking := [name for name in TABLE.names if name not in cells]:
        raise DataError(f"{where} has no {lacking[0]!r}.")
    for one in TABLE:
        cell, kind = cells[one.name], KINDS.get(one.type, str)
        fits = cell is None or (isinstance(cell, kind) or (kind is float and type(cell) is int))
        if not fits or (cell is None and one.name in NEVER_NULL):
            raise DataError(f"{where}: {one.name!r} is not of the type {kind.__name__}.")
    return cells


def read_votes(lines: Sequence[bytes]) -> pa.Table:
    """Return the votes of lines of JSON.

    Raises: DataError, naming the line and the column.
    """
    rows = [_check_row(parse_json(line, f"{VOTES}, line {n}"), f"{VOTES}, line {n}") for n, line in enumerate(lines, 1)]
    try:
        table = pa.Table.from_pydict({name: [row[name] for row in rows] for name in TABLE.names}, TABLE)
    except (pa.ArrowException, OverflowError) as error:  # whole numbers beyond what a column holds
        raise DataError(f"{VOTES} has a number that no vote has ({error}).") from error
    if len(set(table["id"].to_pylist())) < len(table):
        raise DataError(f"{VOTES} has a vote twice.")
    return table


def number_raters(read: ReadVotes) -> ReadVotes:
    """Return votes of others' files with their raters numbered in the order of their first votes.

    Such files may hold names or network addresses; a hub's own are pseudonyms already.
    """
    sources = read.table["source"].to_pylist()
    names: dict[str | None, str | None] = {None: None}
    told = []
    for source, rater in zip(sources, read.table["rater"].to_pylist(), strict=True):
        if source != OWN and rater not in names:
            names[rater] = f"rater {len(names)}"
        told.append(rater if source == OWN else names[rater])
    place = TABLE.get_field_index("rater")
    column = pa.array(told, TABLE.field(place).type)
    return replace(read, table=read.table.set_column(place, TABLE.field(place), column))


def list_prompts(content: BundleContent) -> Iterator[bytes]:
    """Yield every prompt as a line of JSON: those of battles by their text, then those of measured pictures."""
    battles: dict[str, tuple[int, set[str]]] = {}
    columns = (content.votes[name].to_pylist() for name in ("prompt", "wording", "seeds"))
    for *wordings, seeds in zip(*columns, strict=True):
        for prompt in wordings:
            if prompt is not None:
                number, known = battles.get(prompt, (0, set()))
                battles[prompt] = (number + 1, known | {one for one in (seeds or "").split(",") if one})
    for prompt, (number, known) in sorted(battles.items()):
        seeds = ",".join(sorted(known, key=lambda seed: (len(seed), seed)))
        yield to_line({"prompt": prompt, "use": "battle", "votes": number, "seeds": seeds})
    for one in content.given.captions if content.given else ():
        drawn = ",".join(map(str, one.seeds))
        yield to_line({"prompt": one.prompt, "use": "metrics", "votes": 0, "seeds": drawn})
