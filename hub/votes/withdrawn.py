"""Votes that were taken back: they stay where they are, and are marked where they are read."""

from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hub.schema import WITHDRAWN
from hub.votes.shard_damage import UNREADABLE, find_damage


def read_withdrawn(path: Path) -> frozenset[str] | None:
    """Return the ids of the votes that a shard of withdrawals names; None for a file that can't be read as one."""
    try:
        if find_damage(path):
            return None
        return frozenset(pq.read_table(path, columns=["vote"], page_checksum_verification=True)["vote"].to_pylist())
    except UNREADABLE:
        return None


def mark_withdrawn(table: pa.Table, ids: Collection[str]) -> pa.Table:
    """Return the table of votes with those of these ids marked as not counted, because they were taken back."""
    if not ids:
        return table
    joined = table["excluded"].cast(pa.string())
    known = pc.match_substring(pc.fill_null(joined, ""), WITHDRAWN)
    found = pc.and_not(pc.is_in(table["id"], pa.array(list(ids), pa.string())), known)
    more = pc.binary_join_element_wise(joined, pa.scalar(WITHDRAWN), "+", null_handling="skip")
    place = table.schema.get_field_index("excluded")
    return table.set_column(place, table.schema.field(place), pc.if_else(found, more, joined).dictionary_encode())
