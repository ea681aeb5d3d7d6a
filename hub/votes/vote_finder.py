"""Votes found again by their ids, each looked for in the files of its time alone."""

import math
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from hub.schema import Vote
from hub.votes.later_reasons import LaterReasons
from hub.votes.read import SEGMENTS, find_stored_votes, list_vote_files, read_segment_votes
from hub.votes.shard_damage import UNREADABLE, find_damage


class _Span(NamedTuple):
    """The first and the last time of a shard's votes."""

    first: float
    last: float


class VoteFinder:
    """Finds votes of a data folder again; it keeps the time span of each shard, because shards never change.

    Safe to use from several threads.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._reasons = LaterReasons(data)
        self._spans: dict[Path, _Span] = {}
        self._lock = threading.Lock()

    def find(self, times: Mapping[str, float]) -> dict[str, Vote]:
        """Return the votes of these ids, whose times are given, by id; those that are nowhere are left out.

        Their reasons are the last that were given.

        Raises: StorageError for a folder that can't be read; DataError for a vote that was imported.
        """
        found: dict[str, Vote] = {}
        for path in list_vote_files(self._data):
            left = times.keys() - found.keys()
            if path.suffix == SEGMENTS:
                found |= {vote.id: vote for vote in read_segment_votes(path, left)}
                continue
            span = self._read_span(path)
            if wanted := [id for id in left if span.first <= times[id] <= span.last]:
                found |= {vote.id: vote for vote in find_stored_votes(path, wanted)}
        return self._reasons.apply(found)

    def _read_span(self, path: Path) -> _Span:
        with self._lock:
            if path in self._spans:
                return self._spans[path]
        span = _measure_span(path)
        with self._lock:
            self._spans[path] = span
        return span


def _measure_span(path: Path) -> _Span:
    """Return a shard's time span: all of time where its footer does not tell, none where it can't be read."""
    try:
        if find_damage(path):
            return _Span(math.inf, -math.inf)
        footer = pq.read_metadata(path)
        column = footer.schema.names.index("time")
        told = [footer.row_group(group).column(column).statistics for group in range(footer.num_row_groups)]
    except (*UNREADABLE, ValueError):
        return _Span(math.inf, -math.inf)
    if any(one is None or not one.has_min_max for one in told):
        return _Span(-math.inf, math.inf)
    return _Span(min((one.min for one in told), default=math.inf), max((one.max for one in told), default=-math.inf))
