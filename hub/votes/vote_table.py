"""Votes as a table whose columns are what ratings need: the one form in which votes are counted."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.schema import Vote
from hub.votes.disk import explain_disk_error
from hub.votes.rows import OWN
from hub.votes.shard_damage import UNREADABLE, find_damage
from hub.votes.shards import LATER, VOTES_SCHEMA

NAMES = pa.dictionary(pa.int32(), pa.string())  # few values, many rows
TABLE = pa.schema(
    {"id": pa.string(), "time": pa.float64(), "criterion": NAMES, "outcome": NAMES, "generator_a": NAMES}
    | {"generator_b": NAMES, "prompt": pa.string(), "wording": pa.string(), "seeds": pa.string()}
    | {"rater": NAMES, "network": NAMES, "prompt_set": NAMES, "prompt_category": NAMES}
    | {"repeat_of": pa.string(), "names_withheld": pa.bool_(), "excluded": NAMES, "unchecked": NAMES}
    | {"seconds": pa.float64(), "source": NAMES, "pair_probability": pa.float64(), "tags": NAMES}
)
# lists in a shard, and what stands between their items
JOINED = {"seeds": ",", "excluded": "+", "unchecked": "+", "tags": "+"}
PLAIN = [field.name for field in TABLE if field.type == NAMES and field.name not in JOINED]
SHARD = pa.schema([VOTES_SCHEMA.field(field.name) if field.name in JOINED else field for field in TABLE])


def make_table(votes: Sequence[Vote]) -> pa.Table:
    """Return the table of these votes, in their order."""
    columns = {
        "id": [vote.id for vote in votes],
        "time": [vote.time for vote in votes],
        "criterion": [vote.criterion for vote in votes],
        "outcome": [vote.outcome for vote in votes],
        "generator_a": [vote.a[0].generator for vote in votes],
        "generator_b": [vote.b[0].generator for vote in votes],
        "prompt": [vote.a[0].prompt for vote in votes],
        "wording": [vote.a[1].prompt if vote.worded else None for vote in votes],
        "seeds": [",".join(map(str, vote.seeds)) for vote in votes],
        "rater": [vote.rater for vote in votes],
        "network": [vote.network or None for vote in votes],
        "prompt_set": [vote.prompt_set or None for vote in votes],
        "prompt_category": [vote.prompt_category or None for vote in votes],
        "repeat_of": [vote.repeat_of for vote in votes],
        "names_withheld": [vote.names_withheld for vote in votes],
        "excluded": ["+".join(vote.excluded) or None for vote in votes],
        "unchecked": ["+".join(vote.unchecked) or None for vote in votes],
        "seconds": [vote.seconds for vote in votes],
        "source": [OWN] * len(votes),
        "pair_probability": [vote.pair_probability for vote in votes],
        "tags": ["+".join(vote.tags) or None for vote in votes],
    }
    return pa.Table.from_pydict(columns, TABLE)


def read_shard(path: Path) -> pa.Table:
    """Return the columns of a shard that the table needs, without pictures.

    Raises: OSError, or DataError for a file that is no shard.
    """
    try:
        if problem := find_damage(path):
            raise DataError(problem)
        footer = pq.read_metadata(path)
        there = {field.name: field.type for field in footer.schema.to_arrow_schema()}
        if lacking := [name for name in SHARD.names if name not in there and name not in LATER]:
            raise ValueError(f"it has no column {', '.join(lacking)}")
        names = [name for name in PLAIN if name in there and not pa.types.is_nested(there[name])]
        with pq.ParquetFile(path, metadata=footer, read_dictionary=names, page_checksum_verification=True) as file:
            return _add_missing_columns(file.read(columns=SHARD.names))
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.errno is not None:  # without a number, Arrow means the content
            raise
        raise DataError(Sentence("{path} is left out, it is damaged or no shard of votes: {error}.",
                                 path=path, error=explain_disk_error(error))) from error  # fmt: skip


def _add_missing_columns(rows: pa.Table) -> pa.Table:
    """Return the rows with empty columns for those that older shards lack."""
    for name in SHARD.names:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(len(rows), SHARD.field(name).type))
    for name, kind in ((field.name, field.type) for field in SHARD):
        try:
            rows[name].cast(kind)
        except pa.ArrowException as error:
            raise ValueError(f"its column {name!r} holds {rows[name].type} where {kind} is expected") from error
    return rows.select(SHARD.names).cast(SHARD)


def convert_rows(rows: pa.Table) -> pa.Table:
    """Return the table of rows that :func:`read_shard` returned."""
    for name, separator in JOINED.items():
        text = pc.binary_join(rows[name].cast(pa.list_(pa.string())), separator)
        if name == "seeds":
            text = text.fill_null("")
        else:
            text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text).dictionary_encode()
        rows = rows.set_column(rows.schema.get_field_index(name), name, text)
    return rows.cast(TABLE)


def sort_by_time(table: pa.Table) -> pa.Table:
    """Return the rows by time, and by id where times are equal; ids are compared only there, because that is slow."""
    times = table["time"].to_numpy()
    if np.all(times[1:] > times[:-1]):
        return table.combine_chunks()
    order = np.argsort(times)
    if np.all(times[order[1:]] > times[order[:-1]]):
        return table.take(order)
    keys = [("time", "ascending"), ("id", "ascending")]
    return table.take(pc.sort_indices(table.select(["time", "id"]), sort_keys=keys))
