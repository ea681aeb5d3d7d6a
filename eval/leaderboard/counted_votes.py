"""The votes that a leaderboard counts, kept in memory: read once, then added to as they are told."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from hub.errors import DataError
from hub.files import is_held
from hub.schema import Vote
from hub.votes import VOTES, WITHDRAWALS, ReadVotes, make_table, read_votes
from hub.votes.vote_table import convert_rows, read_shard, sort_by_time
from hub.votes.withdrawn import mark_withdrawn, read_withdrawn

Ask = Callable[[], Collection[str]]


class CountedVotes:
    """The votes of a data folder whose names are told, as ``read_votes`` gives them once all names are.

    Reasons that were given after votes are not joined to those that are added: no leaderboard tells reasons.

    ``segments``, asked before a reading, gives the names of those segments of the log whose untold votes ``untold``
    gives, asked after it. Another process's live segment is left out until its votes are in shards, in which nothing is
    of an open battle. ``withdrawn`` gives the votes that were taken back in the arena's process.
    """

    def __init__(self, data: Path, segments: Ask, untold: Ask, withdrawn: Ask = frozenset) -> None:
        self._data, self._ask_segments, self._ask_untold, self._ask_withdrawn = data, segments, untold, withdrawn
        self._read()

    def _passes(self, file: Path) -> bool:
        """Return whether the names of all of a file's votes are told, or known not to be."""
        try:
            return file in self._shards or file.name in self._segments or not is_held(file)
        except FileNotFoundError:  # it has just become a shard
            return False

    def _read(self) -> None:
        self._segments = frozenset(self._ask_segments())
        self._shards, self._withdrawals = frozenset(VOTES.shards(self._data)), frozenset[Path]()
        found = read_votes(self._data, self._passes) if self._data.exists() else ReadVotes(make_table([]), ())
        self.read = self._but(found, self._ask_untold())

    def _but(self, found: ReadVotes, ids: Collection[str]) -> ReadVotes:
        """Return what was read without the votes of these ids."""
        if not ids:
            return found
        secret = pc.is_in(found.table["id"], pa.array(list(ids), pa.string()))
        return ReadVotes(found.table.filter(pc.invert(secret)), found.problems, found.left_out)

    def add(self, votes: Sequence[Vote]) -> bool:
        """Add votes that were told, and those of shards that came; return whether anything changed."""
        shards = frozenset(VOTES.shards(self._data))
        if not self._shards <= shards:  # some were taken away
            self._read()
            return True
        came, problems = [make_table(votes)], list(self.read.problems)
        for path in sorted(shards - self._shards):
            try:
                came.append(convert_rows(read_shard(path)))
            except DataError as error:
                problems.append(error.sentence)
        self._shards = shards
        new, before = self._select_new(pa.concat_tables(came)), self.read.table["excluded"]
        table = mark_withdrawn(pa.concat_tables([self.read.table, new]).unify_dictionaries(), self._find_withdrawn())
        same = table["excluded"].slice(0, len(before)).cast(pa.string()).equals(before.cast(pa.string()))
        if not new.num_rows and same and len(problems) == len(self.read.problems):
            return False
        self.read = ReadVotes(sort_by_time(table), tuple(problems), self.read.left_out)
        return True

    def _find_withdrawn(self) -> frozenset[str]:
        """Return the ids of votes taken back: those of this arena's process, and those of shards that came."""
        shards = frozenset(WITHDRAWALS.shards(self._data))
        found = [read_withdrawn(path) or frozenset[str]() for path in shards - self._withdrawals]
        self._withdrawals = shards
        return frozenset(self._ask_withdrawn()).union(*found)

    def _select_new(self, came: pa.Table) -> pa.Table:
        """Return the rows whose ids are not counted yet, the first of each id."""
        if not came.num_rows:
            return came
        known = pc.is_in(came["id"], self.read.table["id"].combine_chunks())
        new = came.filter(pc.and_(pc.invert(known), came["id"].is_valid()))
        ids = new["id"].to_pylist()
        first = {id: place for place, id in reversed(list(enumerate(ids)))}
        return new.take(sorted(first.values())) if len(first) < len(ids) else new
