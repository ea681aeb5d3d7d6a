"""Whether a shard holds what it should, and the pictures and setups in it put where the hub looks for them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pydantic import ValidationError

from hub.dataset.card import KINDS
from hub.dataset.shard_names import parse_config
from hub.errors import DataError
from hub.schema import Setup
from hub.votes import VOTES, ContentStore
from hub.votes.rows import OWN, extras, is_intact, iterate_pictures
from hub.votes.shard_damage import UNREADABLE, find_damage

Row = dict[str, Any]
ROWS = 64  # held in memory at once
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass
class Checked:
    """What is wrong with a shard, the ids of its votes, and how many pictures it names and lacks."""

    problems: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    lost: int = 0


def check_shard(name: str, path: Path) -> Checked:
    """Read a whole shard and return what is in it and what is wrong with it; its SHA-256 is not checked.

    Raises: OSError.
    """
    checked = Checked()
    kind = KINDS[parse_config(name)]
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if not kind.knows(file.schema_arrow):
                checked.problems.append(f"its columns are not those of the {kind.name}")
                return checked
            for number, row in enumerate(_read_rows(file), 1):
                problem = _find_row_problem(kind.name, row)
                checked.problems += [f"row {number}: {problem}"] if problem else []
                checked.ids += [row["id"]] if kind is VOTES else []
                checked.lost += 0 if problem else sum(not cell for digest, cell in iterate_pictures(row) if digest)
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.errno is not None:  # without a number, Arrow means the content
            raise
        checked.problems.append(f"it can't be read as Parquet ({str(error).splitlines()[0].rstrip('.')})")
    return checked


def _read_rows(file: pq.ParquetFile) -> Iterator[Row]:
    for batch in file.iter_batches(batch_size=ROWS):
        yield from batch.to_pylist()


def _find_row_problem(config: str, row: Row) -> str | None:
    if config != VOTES.name or row["source"] == OWN:  # an imported vote has no pictures and knows less
        try:
            KINDS[config].from_row(row)
        except (ValueError, TypeError):
            return f"this is none of the {config}"
    elif row["id"] is None:
        return "it has no id"
    try:
        wrong = [
            digest
            for digest, cell in iterate_pictures(row)
            if cell and (not cell["bytes"] or not is_intact(digest, cell))
        ]
    except ValueError:
        return "it has not as many pictures as digests, or its extras are no JSON object"
    return f"a picture is not the one of SHA-256 {wrong[0]}" if wrong else None


def unpack_shard(data: Path, shard: Path) -> None:
    """Put the pictures and setups of a shard into the data folder's store, where they are missing there.

    Raises: StorageError, and DataError for a shard that can't be read.
    """
    try:
        if problem := find_damage(shard):
            raise DataError(problem)
        with pq.ParquetFile(shard, page_checksum_verification=True) as file:
            for group in range(file.num_row_groups):
                if _lacks_content(ContentStore(data), file, group):
                    for batch in file.iter_batches(batch_size=ROWS, row_groups=[group]):
                        for row in batch.to_pylist():
                            _store_content(ContentStore(data), row)
    except UNREADABLE as error:
        raise DataError(f"{shard} can't be read: see what is wrong with python -m hub.dataset verify.") from error


def _lacks_content(store: ContentStore, file: pq.ParquetFile, group: int) -> bool:
    columns = [name for name in file.schema_arrow.names if re.fullmatch(r"extras|(setup_)?sha256(_[ab])?", name)]
    for row in file.read_row_group(group, columns=columns).to_pylist():
        row["extras"] = extras(row).get("image")
        for name, cell in row.items():
            place = store.setup if name.startswith("setup_") else store.image
            digests = cell if isinstance(cell, list) else [cell]
            if any(digest and _SHA256.fullmatch(digest) and not place(digest).exists() for digest in digests):
                return True
    return False


def _store_content(store: ContentStore, row: Row) -> None:
    for _, cell in iterate_pictures(row):
        if cell and cell["bytes"]:
            store.write_image(cell["bytes"])
    texts = [row["setup"]] if "setup" in row else [*(row["setups_a"] or ()), *(row["setups_b"] or ())]
    for text in {text for text in texts if text}:
        try:
            store.write_setup(Setup.model_validate_json(text))
        except ValidationError:
            continue  # replay then says that it is missing
