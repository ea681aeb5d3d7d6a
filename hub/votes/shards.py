"""Shards: immutable Parquet files named by the SHA-256 of their bytes, written whole, checked, and never changed.

Their schemas carry the features of the ``datasets`` library, so that it shows the pictures as pictures.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import StorageError
from hub.log_entries import Drawing, Reasons, Withdrawal
from hub.schema import Vote
from hub.votes.content_store import ContentStore
from hub.votes.disk import PartialFile, list_files, make_storage_error
from hub.votes.long_work import iterate_with_pauses
from hub.votes.rows import (
    Media,
    Row,
    is_intact,
    iterate_pictures,
    make_drawing_row,
    make_reasons_row,
    make_vote_row,
    make_withdrawal_row,
    parse_drawing_row,
    parse_reasons_row,
    parse_vote_row,
    parse_withdrawal_row,
)
from hub.votes.shard_damage import UNREADABLE, find_damage

BATCH_BYTES = 64 << 20  # pictures in one row group: what writing and reading back hold in memory
BATCH_ROWS = 1000
SEGMENT = b"segment"  # key of a shard's metadata: the segment it was made from
E = TypeVar("E", Vote, Drawing, Withdrawal, Reasons)
IMAGE = pa.struct({"bytes": pa.binary(), "path": pa.string()})
_DTYPES = {"double": "float64"}  # names that differ between Arrow and datasets


def _make_feature(kind: pa.DataType) -> dict[str, Any]:
    """Return a column's type as the ``datasets`` library writes it."""
    if pa.types.is_list(kind):
        return {"feature": _make_feature(kind.value_type), "_type": "List"}
    if kind == IMAGE:
        return {"_type": "Image"}
    return {"dtype": _DTYPES.get(str(kind), str(kind)), "_type": "Value"}


def _make_schema(columns: dict[str, pa.DataType]) -> pa.Schema:
    features = {name: _make_feature(kind) for name, kind in columns.items()}
    return pa.schema(columns, {"huggingface": json.dumps({"info": {"features": features}})})


def _make_side(side: str) -> dict[str, pa.DataType]:
    return {
        f"generator_{side}": pa.string(),
        f"revision_{side}": pa.string(),
        f"setups_{side}": pa.list_(pa.string()),
        f"setup_sha256_{side}": pa.list_(pa.string()),
        f"sha256_{side}": pa.list_(pa.string()),
        f"seconds_drawn_{side}": pa.list_(pa.float64()),
        f"images_{side}": pa.list_(IMAGE),
    }


VOTES_SCHEMA = _make_schema(
    {"id": pa.string(), "time": pa.float64(), "criterion": pa.string(), "outcome": pa.string()}
    | {"tags": pa.list_(pa.string()), "prompt": pa.string(), "prompt_set": pa.string(), "prompt_category": pa.string()}
    | {"seeds": pa.list_(pa.int64())}
    | {"extras": pa.string(), "from_image": IMAGE, "wording": pa.string(), "wording_read_as": pa.string()}
    | _make_side("a")
    | _make_side("b")
    | {"rater": pa.string(), "network": pa.string(), "seconds": pa.float64(), "repeat_of": pa.string()}
    | {"names_withheld": pa.bool_(), "risk": pa.string()}
    | {"excluded": pa.list_(pa.string()), "unchecked": pa.list_(pa.string()), "source": pa.string()}
    | {"pair_probability": pa.float64(), "schema_version": pa.int32()}
)
# columns that shards of before have not
LATER = (
    *("network", "names_withheld", "extras", "from_image", "wording", "wording_read_as"),
    *("prompt_set", "prompt_category", "pair_probability"),
)
SAMPLES_SCHEMA = _make_schema(
    {"battle": pa.string(), "side": pa.string(), "time": pa.float64(), "criterion": pa.string(), "rater": pa.string()}
    | {"prompt": pa.string(), "seed": pa.int64(), "generator": pa.string(), "revision": pa.string()}
    | {"extras": pa.string(), "from_image": IMAGE}
    | {"sha256": pa.string(), "seconds": pa.float64(), "setup": pa.string(), "setup_sha256": pa.string()}
    | {"image": IMAGE, "error": pa.string(), "schema_version": pa.int32()}
)
WITHDRAWALS_SCHEMA = _make_schema(
    {"vote": pa.string(), "time": pa.float64(), "rater": pa.string(), "schema_version": pa.int32()}
)

REASONS_SCHEMA = _make_schema(
    {"vote": pa.string(), "time": pa.float64(), "rater": pa.string(), "tags": pa.list_(pa.string())}
    | {"schema_version": pa.int32()}
)


@dataclass(frozen=True)
class ShardKind(Generic[E]):
    """A config of the data set: its folder, its columns, and how an entry becomes a row and back."""

    name: str
    schema: pa.Schema
    to_row: Callable[[E, Media], Row]
    from_row: Callable[[Row], E]

    def folder(self, data: Path) -> Path:
        """Return the folder of its shards."""
        return data / "data" / self.name

    def knows(self, schema: pa.Schema) -> bool:
        """Return whether a schema is this config's, or an earlier one's that lacks later columns."""
        wanted = [field for field in self.schema if field.name not in LATER or field.name in schema.names]
        return bool(schema.equals(pa.schema(wanted)))

    def shards(self, data: Path) -> list[Path]:
        """Return the shards of a data folder, in a fixed order.

        Raises: StorageError.
        """
        return list_files(self.folder(data), ".parquet")


VOTES: ShardKind[Vote] = ShardKind("votes", VOTES_SCHEMA, make_vote_row, parse_vote_row)
SAMPLES: ShardKind[Drawing] = ShardKind("samples", SAMPLES_SCHEMA, make_drawing_row, parse_drawing_row)
WITHDRAWALS: ShardKind[Withdrawal] = ShardKind(
    "withdrawals", WITHDRAWALS_SCHEMA, make_withdrawal_row, parse_withdrawal_row
)
REASONS: ShardKind[Reasons] = ShardKind("reasons", REASONS_SCHEMA, make_reasons_row, parse_reasons_row)


def write_entries(data: Path, kind: ShardKind[E], entries: Sequence[E], segment: str) -> tuple[str, ...]:
    """Write a segment's entries as a shard, read back and compared; return problems with pictures and setups.

    Raises: OSError, ArrowException or StorageError, and then there is no such shard.
    """
    media = Media(ContentStore(data))
    with PartialFile(data) as part:
        _write_batches(part.path, kind.schema, _make_batches(kind, entries, media), {SEGMENT: segment.encode()})
        if not holds_entries(part.path, kind, entries):
            raise StorageError(f"A shard of {kind.name} did not read back as it was written; check the disk.")
        part.place(kind.folder(data) / _name_shard(part.path))
    return media.problems()


def write_votes_shard(data: Path, rows: pa.Table) -> Path:
    """Write rows of ``VOTES_SCHEMA`` as a shard and return its path; the same rows give the same file.

    Raises: StorageError.
    """
    try:
        rows = rows.select(VOTES_SCHEMA.names).cast(VOTES_SCHEMA)
        with PartialFile(data) as part:
            _write_batches(part.path, VOTES_SCHEMA, rows.to_batches(BATCH_ROWS), {})
            if not pq.read_table(part.path).equals(rows):
                raise StorageError("A shard of votes did not read back as it was written; check the disk.")
            path = VOTES.folder(data) / _name_shard(part.path)
            part.place(path)
    except (OSError, pa.ArrowException) as error:
        raise make_storage_error("A shard of votes", error) from error
    return path


def read_segment_name(path: Path) -> str:
    """Return the name of the segment that a shard was made from.

    It is empty for other shards, and for a file that is damaged or no Parquet file.
    """
    try:
        metadata: dict[bytes, bytes] = {} if find_damage(path) else pq.read_metadata(path).metadata or {}
        return metadata.get(SEGMENT, b"").decode()
    except UNREADABLE:
        return ""


def holds_entries(path: Path, kind: ShardKind[E], entries: Sequence[E]) -> bool:
    """Return whether a shard holds exactly these entries, and pictures that are what their digests say."""
    read = 0
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for rows in iterate_with_pauses(_read_slices(file)):
                same = [kind.from_row(row) for row in rows] == list(entries[read : read + len(rows)])
                if not same or not all(is_intact(*picture) for row in rows for picture in iterate_pictures(row)):
                    return False
                read += len(rows)
    except UNREADABLE:
        return False
    return read == len(entries)


def read_entries(path: Path, kind: ShardKind[E]) -> set[str]:
    """Return the entries of a shard as JSON; none of one that is not whole, pictures and all."""
    found: set[str] = set()
    try:
        with pq.ParquetFile(path) as file:
            for rows in iterate_with_pauses(_read_slices(file)):
                if not all(is_intact(*picture) for row in rows for picture in iterate_pictures(row)):
                    return set()
                found.update(kind.from_row(row).model_dump_json() for row in rows)
    except UNREADABLE:
        return set()
    return found


def _read_slices(file: pq.ParquetFile) -> Iterator[list[Row]]:
    for group in range(file.num_row_groups):
        table = file.read_row_group(group)
        for start in range(0, len(table), 10):
            yield table.slice(start, 10).to_pylist()


def _write_batches(
    path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch], metadata: dict[bytes, bytes]
) -> None:
    plain = [field.name for field in schema if field.type in (pa.string(), pa.float64())]
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=plain, write_page_checksum=True) as writer:
        for batch in batches:
            writer.write_batch(batch)
        writer.add_key_value_metadata(metadata)


def _make_batches(kind: ShardKind[E], entries: Sequence[E], media: Media) -> Iterator[pa.RecordBatch]:
    rows: list[Row] = []
    size = 0
    for entry in iterate_with_pauses(entries):
        rows.append(kind.to_row(entry, media))
        size += sum(len(cell["bytes"]) for _, cell in iterate_pictures(rows[-1]) if cell)
        if size >= BATCH_BYTES or len(rows) == BATCH_ROWS:
            yield pa.RecordBatch.from_pylist(rows, kind.schema)
            rows, size = [], 0
    if rows:
        yield pa.RecordBatch.from_pylist(rows, kind.schema)


def _name_shard(path: Path) -> str:
    with path.open("rb") as file:
        return f"{hashlib.file_digest(file, 'sha256').hexdigest()}.parquet"
