"""The receipts of all votes at a place, as far as their setups are known: from the log, and out of shards."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from hub.errors import MissingFile
from hub.receipt import Receipt, fill_receipt, list_setups
from hub.schema import Setup, Side, Vote
from hub.votes import ContentStore
from hub.votes.read import SEGMENTS, list_vote_files, read_segment_votes
from hub.votes.rows import OWN, parse_vote_row
from hub.votes.shard_damage import UNREADABLE, find_damage
from hub.votes.shards import IMAGE, VOTES

ROWS = 500  # held in memory at once
Row = dict[str, Any]


class VoteReceipts:
    """The receipts of the votes at ``path``, as :func:`hub.votes.read_votes` takes it; setups are read once.

    A setup is looked for in the vote's row, then in the data folder that the path is or lies in.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        near = (path, *list(path.resolve().parents)[:3])  # DATA/log/x.jsonl, DATA/data/votes/x.parquet
        self._store = ContentStore(next((folder for folder in near if (folder / "setups").is_dir()), path))
        self._setups: dict[str, Setup | None] = {}

    def read(self) -> Iterator[Receipt]:
        """Yield the receipt of each vote that has samples and whose setups are all known, each vote once."""
        seen: set[str] = set()
        for vote, told in self._read_votes():
            if vote.id in seen:
                continue
            setups = self._find_setups(vote, told)
            if setups is not None:
                seen.add(vote.id)
                yield fill_receipt(vote, setups)

    def _read_votes(self) -> Iterator[tuple[Vote, Mapping[str, str]]]:
        """Yield the votes, with what their rows say of setups, by digest."""
        for file in list_vote_files(self._path):
            if file.suffix == SEGMENTS:
                yield from ((vote, {}) for vote in read_segment_votes(file))
            else:
                yield from _read_shard(file)

    def _find_setups(self, vote: Vote, told: Mapping[str, str]) -> tuple[Setup, ...] | None:
        digests = list_setups(vote)
        found = [self._find_setup(digest, told.get(digest)) for digest in digests]
        known = [one for one in found if one is not None]
        return tuple(known) if len(known) == len(digests) else None

    def _find_setup(self, digest: str, text: str | None) -> Setup | None:
        known = self._setups.get(digest) or _parse_setup(digest, text)
        if known is None and digest not in self._setups:  # one that is not there is looked for once
            known = self._read_stored(digest)
        self._setups[digest] = known
        return known

    def _read_stored(self, digest: str) -> Setup | None:
        try:
            return self._store.read_setup(digest)
        except MissingFile:
            return None


def _parse_setup(digest: str, text: str | None) -> Setup | None:
    try:
        setup = Setup.model_validate_json(text) if text else None
    except ValidationError:
        return None
    return setup if setup and setup.digest == digest else None


def _read_shard(path: Path) -> Iterator[tuple[Vote, Mapping[str, str]]]:
    """Yield the own votes of a shard; none of a file that is damaged or no shard, of which ``read_votes`` tells."""
    try:
        if find_damage(path):
            return
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if not VOTES.knows(file.schema_arrow):
                return
            plain = [one.name for one in file.schema_arrow if one.type not in (IMAGE, pa.list_(IMAGE))]
            for batch in file.iter_batches(batch_size=ROWS, columns=plain):
                for row in batch.to_pylist():
                    if row["source"] == OWN and (vote := _parse_row(row)):
                        yield vote, _list_setups(row)
    except UNREADABLE:
        return


def _parse_row(row: Row) -> Vote | None:
    try:
        return parse_vote_row(row)
    except (ValidationError, ValueError, TypeError):  # no vote of ours: it can be rated at most
        return None


def _list_setups(row: Row) -> dict[str, str]:
    return {
        digest: text
        for side in Side
        for digest, text in zip(row[f"setup_sha256_{side}"] or (), row[f"setups_{side}"] or (), strict=False)
        if text
    }
