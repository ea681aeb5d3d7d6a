"""The reasons that raters gave after their votes: they stay where they are, and are joined where votes are read."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hub.log_entries import Reasons
from hub.schema import Vote
from hub.votes.disk import list_files
from hub.votes.rows import parse_reasons_row
from hub.votes.segment import LOG, parse_lines
from hub.votes.shard_damage import UNREADABLE, find_damage
from hub.votes.shards import REASONS

TABLE = pa.schema({"vote": pa.string(), "time": pa.float64(), "tags": pa.string()})  # tags: joined, null for none
MARK = b'"kind":"reasons"'  # of a line, by which a segment without any is known without parsing it


class LaterReasons:
    """The reasons in a data folder; what a shard says is kept, because shards never change.

    Safe to use from several threads.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._shards: dict[Path, tuple[Reasons, ...]] = {}
        self._lock = threading.Lock()

    def apply(self, votes: Mapping[str, Vote]) -> dict[str, Vote]:
        """Return votes by their ids, each with the last reasons that were given; a file that can't be read has none.

        Raises: StorageError for a folder that can't be read.
        """
        last: dict[str, Reasons] = {}
        for one in self._read():
            if one.vote in votes and (one.vote not in last or last[one.vote].time <= one.time):
                last[one.vote] = one
        return {
            id: vote.model_copy(update={"tags": last[id].tags}) if id in last else vote for id, vote in votes.items()
        }

    def _read(self) -> Iterable[Reasons]:
        for path in list_files(self._data / LOG, ".jsonl"):
            yield from _read_segment(path)
        with self._lock:
            shards = REASONS.shards(self._data)
            self._shards = {path: self._shards[path] if path in self._shards else _read_shard(path) for path in shards}
            kept = tuple(self._shards.values())
        for part in kept:
            yield from part


def _read_segment(path: Path) -> tuple[Reasons, ...]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # it has just become a shard
        return ()
    lines = b"\n".join(line for line in content.split(b"\n") if MARK in line)
    return tuple(line.entry for line in parse_lines(lines + b"\n") if isinstance(line.entry, Reasons))


def _read_shard(path: Path) -> tuple[Reasons, ...]:
    try:
        if find_damage(path):
            return ()
        return tuple(map(parse_reasons_row, pq.read_table(path, page_checksum_verification=True).to_pylist()))
    except UNREADABLE:
        return ()


def make_reasons(reasons: Sequence[Reasons]) -> pa.Table:
    """Return reasons that were given after votes as a table: vote, time, and tags joined as a vote's."""
    columns = {
        "vote": [one.vote for one in reasons],
        "time": [one.time for one in reasons],
        "tags": ["+".join(one.tags) or None for one in reasons],
    }
    return pa.Table.from_pydict(columns, TABLE)


def read_reasons(path: Path) -> pa.Table | None:
    """Return the reasons of a shard as :func:`make_reasons` does; None for a file that can't be read as one."""
    try:
        if find_damage(path):
            return None
        rows = pq.read_table(path, columns=TABLE.names, page_checksum_verification=True)
        text = pc.binary_join(rows["tags"].cast(pa.list_(pa.string())), "+")
        joined = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
        return rows.set_column(rows.column_names.index("tags"), "tags", joined).select(TABLE.names).cast(TABLE)
    except UNREADABLE:
        return None


def join_reasons(table: pa.Table, parts: Sequence[pa.Table]) -> pa.Table:
    """Return the table of votes with the last reasons that were given after each in place of those that came with it.

    ``parts`` are as :func:`make_reasons` gives them; of equal times the last counts.
    """
    later = pa.concat_tables(parts).combine_chunks()
    later = later.take(np.argsort(later["time"].to_numpy(), kind="stable"))
    if not len(later):
        return table
    coded = later["vote"].combine_chunks().dictionary_encode()
    last = np.zeros(len(coded.dictionary), dtype=np.int64)
    last[coded.indices.to_numpy()] = np.arange(len(later))  # of a repeated place the last is kept
    row = pc.take(pa.array(last), pc.index_in(table["id"], value_set=coded.dictionary))
    tags = pc.if_else(row.is_valid(), later["tags"].take(row), table["tags"].cast(pa.string())).dictionary_encode()
    place = table.schema.get_field_index("tags")
    return table.set_column(place, table.schema.field(place), tags)
