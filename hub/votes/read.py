"""Votes read back from segments and shards: as a table, and one by one."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import ValidationError

from hub.errors import DataError
from hub.files import is_held
from hub.language.sentence import Sentence
from hub.log_entries import Reasons, Withdrawal
from hub.schema import Vote
from hub.votes.disk import explain_disk_error, list_files
from hub.votes.first_schema import first_table, read_first
from hub.votes.later_reasons import join_reasons, make_reasons, read_reasons
from hub.votes.rows import parse_vote_row
from hub.votes.segment import LOG, count_whole_bytes, parse_lines
from hub.votes.shard_damage import UNREADABLE, examine_files, find_damage
from hub.votes.shards import IMAGE, REASONS, VOTES, WITHDRAWALS
from hub.votes.vote_table import SHARD, convert_rows, make_table, read_shard, sort_by_time
from hub.votes.withdrawn import mark_withdrawn, read_withdrawn

SEGMENTS, SHARDS = ".jsonl", ".parquet"


class Unread(StrEnum):
    """Why a line or a row of a file of votes is left out."""

    no_vote = "no_vote"
    repeated = "repeated"


@dataclass(frozen=True)
class ReadVotes:
    """Votes ordered by time, as a table of ``hub.votes.TABLE``.

    ``problems`` has a sentence for each thing that could not be used, ``left_out`` how many lines and rows were left
    out for each reason.
    """

    table: pa.Table
    problems: tuple[str, ...]
    left_out: dict[Unread, int] = field(default_factory=dict)


def read_votes(path: Path, passes: Callable[[Path], bool] = lambda file: True) -> ReadVotes:
    """Return the votes of a data folder, or of one segment or shard of votes; of those files that ``passes`` lets.

    What can't be used is left out, and ``problems`` says so. A vote that was taken back is there, and marked as such.
    Its reasons are the last that were given.

    Raises: DataError for a path that is not there, is neither, or can't be read; StorageError for a folder of it that
    can't be read.
    """
    if not path.exists() or not (path.is_dir() or path.suffix in (SEGMENTS, SHARDS)):
        raise DataError(f"There are no votes at {path}: give the data folder, one .jsonl or one .parquet file.")
    reading = _Reading()
    examine_files(VOTES.shards(path) if path.is_dir() else ())
    try:
        for file in filter(passes, list_vote_files(path)):
            reading.add(file)
        for kind, add in ((WITHDRAWALS, reading.add_withdrawals), (REASONS, reading.add_reasons)):
            for file in kind.shards(path) if path.is_dir() else ():
                add(file)
    except OSError as error:
        raise DataError(
            f"The votes at {path} can't be read: {explain_disk_error(error)} ({error.filename})."
        ) from error
    return ReadVotes(reading.table(), tuple(reading.problems), dict(reading.left_out))


def find_vote(data: Path, id: str) -> Vote:
    """Return the vote with this id, from the log or a shard of a data folder.

    Raises: DataError if there is none.
    """
    for file in list_vote_files(data):
        for vote in read_segment_votes(file, [id]) if file.suffix == SEGMENTS else find_stored_votes(file, [id]):
            return vote
    damaged = [sentence for file in VOTES.shards(data) if (sentence := find_damage(file))]
    told = f" {len(damaged)} shards could not be looked at, the first: {damaged[0]}" if damaged else ""
    raise DataError(f"There is no vote {id!r} in {data}: see the ids there with python -m hub.dataset export.{told}")


def list_vote_files(path: Path) -> Iterator[Path]:
    """Yield the files that hold votes, segments first.

    So one that becomes a shard meanwhile is read in one form at least.

    Raises: StorageError.
    """
    if path.is_dir():
        yield from list_files(path / LOG, SEGMENTS)
        yield from VOTES.shards(path)
    else:
        yield path


def read_segment_votes(path: Path, ids: Collection[str] | None = None) -> list[Vote]:
    """Return the votes of a segment, those of these ids where some are given; lines that are no vote are left out.

    Raises: OSError.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # it has just become a shard
        return []
    if ids is not None and not any(id.encode() in content for id in ids):  # which costs less than to parse it
        return []
    votes = [line.entry for line in parse_lines(content) if isinstance(line.entry, Vote)]
    return votes if ids is None else [vote for vote in votes if vote.id in ids]


def find_stored_votes(path: Path, ids: Collection[str]) -> Iterator[Vote]:
    """Yield the votes of these ids that a shard holds; none of a file that is damaged or no shard.

    Raises: DataError for a vote that was imported: it lacks what an own one has.
    """
    try:
        if find_damage(path):
            return
        columns = [column.name for column in pq.read_schema(path) if column.type not in (IMAGE, pa.list_(IMAGE))]
        rows = pq.read_table(
            path, columns=columns, filters=pc.field("id").isin(list(ids)), page_checksum_verification=True
        ).to_pylist()
    except UNREADABLE:  # no shard of votes: read_votes tells it
        return
    for row in rows:
        try:
            yield parse_vote_row(row)
        except ValidationError as error:
            raise DataError(f"Vote {row['id']!r} was imported: how its pictures were drawn is unknown.") from error


class _Reading:
    """The votes read so far, and what was wrong."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.left_out: Counter[Unread] = Counter()
        self._withdrawn: set[str] = set()
        self._later: list[Reasons] = []
        self._reasons: list[pa.Table] = []
        self._segments: dict[Path, pa.Table] = {}
        self._shards: dict[Path, pa.Table] = {}

    def add(self, path: Path) -> None:
        """Read one file.

        Raises: OSError.
        """
        if path.suffix == SEGMENTS:
            with suppress(FileNotFoundError):  # it has just become a shard
                self._segments[path] = self._lines(path)
        else:
            try:
                self._shards[path] = self._told_apart(path, read_shard(path))
            except DataError as error:
                self.problems.append(error.sentence)

    def add_withdrawals(self, path: Path) -> None:
        """Read a shard of withdrawals."""
        found = read_withdrawn(path)
        if found is None:
            self.problems.append(Sentence("{path} is left out, it is damaged or no shard of withdrawals.", path=path))
        self._withdrawn |= found or frozenset()

    def add_reasons(self, path: Path) -> None:
        """Read a shard of later reasons."""
        found = read_reasons(path)
        if found is None:
            self.problems.append(Sentence("{path} is left out, it is damaged or no shard of reasons.", path=path))
        self._reasons += [] if found is None else [found]

    def table(self) -> pa.Table:
        """Return all votes, each id once, ordered by time, and by id where times are equal."""
        shards = pa.concat_tables([SHARD.empty_table(), *self._shards.values()])
        table = pa.concat_tables([*self._segments.values(), convert_rows(shards)]).unify_dictionaries()
        if len(pc.unique(table["id"])) < len(table):
            table = self._unique(table)
        table = join_reasons(sort_by_time(table), [make_reasons(self._later), *self._reasons])
        return mark_withdrawn(table, self._withdrawn)

    def _told_apart(self, path: Path, rows: pa.Table) -> pa.Table:
        """Return the rows that have an id; votes without one can't be told apart."""
        if not rows["id"].null_count:
            return rows
        good = rows.filter(rows["id"].is_valid())
        if len(good) < len(rows):
            self.problems.append(
                Sentence("{path}: votes left out because they have no id: {count}.",
                         path=path, count=len(rows) - len(good)))  # fmt: skip
            self.left_out[Unread.no_vote] += len(rows) - len(good)
        return good

    def _unique(self, table: pa.Table) -> pa.Table:
        table = table.combine_chunks()
        codes = table["id"].combine_chunks().dictionary_encode().indices.to_numpy()
        _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
        repeats = np.setdiff1d(np.arange(len(table)), first, assume_unique=True)
        self._tell(table, repeats, first[inverse[repeats]])
        return table.take(np.sort(first))

    def _tell(self, table: pa.Table, repeats: np.ndarray, firsts: np.ndarray) -> None:
        """Note repeated votes, but not a vote of a segment that is in a shard too: its segment is about to go."""
        read = self._segments | self._shards
        ends, files = np.cumsum([len(part) for part in read.values()]), list(read)
        rows = [(files[np.searchsorted(ends, row, side="right")] for row in rows) for rows in (firsts, repeats)]
        told: Counter[Path] = Counter()
        pairs = zip(*rows, table.take(firsts).to_pylist(), table.take(repeats).to_pylist(), strict=True)
        for one, other, first, repeat in pairs:
            told[other] += one.suffix == other.suffix or first != repeat
        for path, count in told.items():
            if count:
                self.problems.append(
                    Sentence("{path}: votes left out because their ids were counted already: {count}.",
                             path=path, count=count))  # fmt: skip
                self.left_out[Unread.repeated] += count

    def _lines(self, path: Path) -> pa.Table:
        living = is_held(path)
        content = path.read_bytes()
        votes, first = [], []
        for line in parse_lines(content):
            if line.entry is None and (vote := read_first(line.text)):
                first.append(vote)
            elif line.entry is None:
                self.problems.append(Sentence("{path}, line {number}: left out, this is no vote ({why}).",
                                              path=path, number=line.number, why=line.why))  # fmt: skip
                self.left_out[Unread.no_vote] += 1
            elif isinstance(line.entry, Vote):
                votes.append(line.entry)
            elif isinstance(line.entry, Withdrawal):
                self._withdrawn.add(line.entry.vote)
            elif isinstance(line.entry, Reasons):
                self._later.append(line.entry)
        if count_whole_bytes(content) < len(content) and not living:
            self.problems.append(
                Sentence("{path}: the last line is unfinished and left out; starting the hub sets it aside.", path=path)
            )
            self.left_out[Unread.no_vote] += 1
        return pa.concat_tables([make_table(votes), first_table(first)])
