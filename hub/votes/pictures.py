"""The pictures that votes are about: which vote has which, and their bytes, from the store or out of the shards."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import MissingFile
from hub.schema import Side
from hub.votes.content_store import ContentStore
from hub.votes.read import SEGMENTS, list_vote_files, read_segment_votes
from hub.votes.rows import is_intact
from hub.votes.shard_damage import UNREADABLE, find_damage

DIGESTS = tuple(f"sha256_{side}" for side in Side)


class SidePictures(NamedTuple):
    """The SHA-256 of the pictures of a vote's left and right side, in the order of its seeds."""

    a: tuple[str, ...]
    b: tuple[str, ...]


class _Cell(NamedTuple):
    """The place of a picture in a shard."""

    shard: Path
    group: int
    column: str
    row: int  # in the group
    place: int  # in the row's list


class Pictures:
    """The pictures of the votes at ``path``, as :func:`hub.votes.read_votes` takes it.

    A picture is looked for in the data folder that the path is or lies in, then in the shards themselves. Safe to read
    from several threads.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        near = (path, *list(path.resolve().parents)[:3])  # DATA/log/x.jsonl, DATA/data/votes/x.parquet
        self._store = ContentStore(next((folder for folder in near if (folder / "images").is_dir()), path))
        self._lock = Lock()
        self._held: tuple[tuple[Path, int, str], pa.Array] | None = None

    @cached_property
    def of_votes(self) -> dict[str, SidePictures]:
        """Return the pictures of each vote by its id; votes without pictures, as imported ones, are left out."""
        found: dict[str, SidePictures] = {}
        for path in list_vote_files(self._path):
            for id, sides in self._segment(path) if path.suffix == SEGMENTS else self._shard(path):
                if sides.a and sides.b:
                    found.setdefault(id, sides)
        return found

    def read(self, sha256: str) -> bytes:
        """Return the PNG of this digest.

        Raises: MissingFile where it is nowhere, or is another picture.
        """
        try:
            return self._store.read_image(sha256)
        except MissingFile:
            with self._lock:
                content = self._content(sha256)
            if content is None:
                raise
            return content

    def _content(self, sha256: str) -> bytes | None:
        """Return a picture's bytes out of a shard that has them whole, None if none has.

        The column read last is kept, because its rows come together.
        """
        cell = self._cells.get(sha256)
        if cell is None:
            return None
        key = cell[:3]
        if self._held is None or self._held[0] != key:
            try:
                with pq.ParquetFile(cell.shard, page_checksum_verification=True) as file:
                    column = file.read_row_group(cell.group, columns=[cell.column])[cell.column]
            except UNREADABLE:  # damaged: the picture counts as missing
                return None
            self._held = key, column.combine_chunks()
        picture = self._held[1][cell.row][cell.place].as_py()
        return bytes(picture["bytes"]) if picture and is_intact(sha256, picture) else None

    @cached_property
    def _cells(self) -> dict[str, _Cell]:
        found: dict[str, _Cell] = {}
        for path in list_vote_files(self._path):
            if path.suffix != SEGMENTS:
                for group, rows in enumerate(_read_groups(path)):
                    for side, name in zip(Side, DIGESTS, strict=True):
                        for row, digests in enumerate(rows[name].to_pylist()):
                            for place, digest in enumerate(digests or ()):
                                found.setdefault(digest, _Cell(path, group, f"images_{side}", row, place))
        return found

    def _segment(self, path: Path) -> Iterator[tuple[str, SidePictures]]:
        for vote in read_segment_votes(path):
            yield vote.id, SidePictures(*(tuple(sample.sha256 for sample in side) for side in (vote.a, vote.b)))

    def _shard(self, path: Path) -> Iterator[tuple[str, SidePictures]]:
        for rows in _read_groups(path):
            columns = (rows[name].to_pylist() for name in ("id", *DIGESTS))
            yield from ((id, SidePictures(tuple(a or ()), tuple(b or ()))) for id, a, b in zip(*columns, strict=True))


def _read_groups(path: Path) -> Iterator[pa.Table]:
    """Yield the ids and digests of a shard's row groups; none of a file that is no shard."""
    try:
        if find_damage(path):
            return
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if {"id", *DIGESTS} <= set(file.schema_arrow.names):
                yield from (file.read_row_group(n, columns=["id", *DIGESTS]) for n in range(file.num_row_groups))
    except UNREADABLE:
        return
