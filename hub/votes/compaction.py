"""Sealed segments become shards: whatever happens on the way, every entry is in its segment or in a shard.

Entries of open battles stay behind in their segment, until all of its battles are over.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path

from hub.errors import StorageError
from hub.log_entries import Drawing, Reasons, Withdrawal, battle_of
from hub.schema import Vote
from hub.votes.disk import explain_disk_error, list_files
from hub.votes.long_work import iterate_with_pauses
from hub.votes.segment import LOG, Segment, count_whole_bytes, parse_lines
from hub.votes.shards import (
    REASONS,
    SAMPLES,
    VOTES,
    WITHDRAWALS,
    E,
    ShardKind,
    read_entries,
    read_segment_name,
    write_entries,
)

logger = logging.getLogger(__name__)


Made = Mapping[str, Sequence[Path]]  # name of a segment -> the shards that were made from it


def compact(data: Path, segment: Segment, made: Made, open_battles: Container[str] = ()) -> tuple[str, ...]:
    """Turn a segment that this process holds into shards and remove it; return a sentence for each thing wrong with it.

    ``made`` has the shards that an earlier attempt left; what is in them is not made again. Entries of ``open_battles``
    stay in the segment, whose ``waits`` then names them.

    Raises: StorageError; the segment is then as it was.
    """
    try:
        return _compact(data, segment, made.get(segment.path.stem, ()), open_battles)
    except Exception as error:  # whatever it was, the hub must start and later segments must become shards
        raise StorageError(
            f"{segment.path} could not be made into shards: {explain_disk_error(error)}. "
            "It counts as it is, and is tried again."
        ) from error


def _compact(data: Path, segment: Segment, made: Sequence[Path], open_battles: Container[str]) -> tuple[str, ...]:
    votes: dict[str, Vote] = {}
    drawings: list[Drawing] = []
    withdrawals: list[Withdrawal] = []
    reasons: list[Reasons] = []
    waiting: dict[bytes, str] = {}
    problems = []
    if not segment.spoilt and not segment.in_place():
        problems.append(f"{segment.path} was removed, replaced or cut by others: none of its entries is lost.")
    for line in iterate_with_pauses(parse_lines(segment.content())):
        why, entry = "", line.entry
        if entry is None:
            why = f"is no entry ({line.why})"
        elif battle_of(entry) in open_battles:
            waiting[line.text] = battle_of(entry)
        elif isinstance(entry, Drawing):
            drawings.append(entry)
        elif isinstance(entry, Withdrawal):
            withdrawals.append(entry)
        elif isinstance(entry, Reasons):
            reasons.append(entry)
        elif votes.setdefault(entry.id, entry) != entry:
            why = f"says of vote {entry.id!r} what an earlier line does not"
        if why:
            aside = segment.set_aside(data, line.offset, line.text)
            problems.append(f"{segment.path}, line {line.number} {why}; it is set aside as {aside}.")
    problems += _write_shard(data, WITHDRAWALS, withdrawals, segment.path.stem, made)  # before the votes they are of
    problems += _write_shard(data, REASONS, reasons, segment.path.stem, made)
    problems += _write_shard(data, VOTES, list(votes.values()), segment.path.stem, made)
    problems += _write_shard(data, SAMPLES, drawings, segment.path.stem, made)
    if waiting:
        segment.keep_only(b"".join(text + b"\n" for text in waiting))
        segment.waits = frozenset(waiting.values())
    else:
        segment.remove()
    return tuple(problems)


def _write_shard(
    data: Path, kind: ShardKind[E], entries: list[E], segment: str, made: Sequence[Path]
) -> tuple[str, ...]:
    there = {one for path in made if path.parent == kind.folder(data) for one in read_entries(path, kind)}
    new = [entry for entry in entries if entry.model_dump_json() not in there] if there else entries
    return write_entries(data, kind, new, segment) if new else ()


def _find_made(data: Path) -> Made:
    found: defaultdict[str, list[Path]] = defaultdict(list)
    for path in (*VOTES.shards(data), *SAMPLES.shards(data), *WITHDRAWALS.shards(data), *REASONS.shards(data)):
        found[read_segment_name(path)].append(path)
    return found


def _set_torn_aside(data: Path, segment: Segment) -> tuple[str, ...]:
    """Set an unfinished last line aside.

    Raises: OSError, and then the segment is let go.
    """
    try:
        content = segment.read()
        end = count_whole_bytes(content)
        if end == len(content):
            return ()
        aside = segment.set_aside(data, end, content[end:])
        segment.cut(end)
    except OSError:
        segment.close()
        raise
    return (f"{segment.path}: its process died while it wrote the last line, which is set aside as {aside}.",)


class Compactor:
    """Turns sealed segments into shards in a thread of its own, and tries again where that failed."""

    def __init__(self, data: Path, rotate: Callable[[], float], open_battles: Container[str]) -> None:
        """Compact by ``rotate``, which seals what is old enough and returns the seconds until the next call."""
        self._data, self._open = data, open_battles
        self._rotate = rotate
        self._sealed: list[Segment] = []
        self._tried: set[Segment] = set()
        self._working = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._stopping = False

    @property
    def sealed(self) -> tuple[Segment, ...]:
        """Segments that are to become shards."""
        return tuple(self._sealed)

    def start(self) -> None:
        """Start the thread unless it runs."""
        if self._thread is None:
            self._stopping = False
            self._thread = threading.Thread(target=self._run, name="votes-compactor", daemon=True)
            self._thread.start()

    def recover(self) -> tuple[str, ...]:
        """Turn the segments that dead processes left into shards; return a sentence for each thing that was wrong."""
        sentences: list[str] = []
        with self._working:
            try:
                paths = list_files(self._data / LOG, ".jsonl")
                made = _find_made(self._data) if paths else {}
            except StorageError as error:
                return (str(error),)
            for path in paths:
                try:
                    if segment := Segment.take(path):
                        sentences += _set_torn_aside(self._data, segment)
                        self._sealed.append(segment)
                        sentences += self._make(segment, made)
                except StorageError as error:  # the segment is tried again
                    sentences.append(str(error))
                    self.start()
                except OSError as error:
                    sentences.append(
                        f"{path}, left by a dead process, can't be recovered: {explain_disk_error(error)}."
                    )
        return tuple(sentences)

    def add(self, segment: Segment) -> None:
        """Queue a segment to be turned into shards."""
        self._sealed.append(segment)
        self._wake.set()

    def finish(self) -> None:
        """Turn every queued segment into shards, but for entries of open battles.

        Raises: StorageError for the first segment that failed; shards of the others are still made.
        """
        failed: StorageError | None = None
        with self._working:
            for segment in tuple(self._sealed):
                if any(battle in self._open for battle in segment.waits):
                    continue
                try:
                    for problem in self._make(segment, _find_made(self._data) if segment in self._tried else {}):
                        logger.warning(problem)
                except StorageError as error:
                    failed = failed or error
        if failed:
            raise failed

    def stop(self) -> None:
        """End the thread and turn what is left into shards."""
        thread, self._thread = self._thread, None
        if thread:
            self._stopping = True
            self._wake.set()
            thread.join()
        self._quietly()

    def forget(self) -> None:
        """Let go of the parent's segments, in a forked child."""
        for segment in self._sealed:
            segment.close()

    def _make(self, segment: Segment, made: Made) -> tuple[str, ...]:
        self._tried.add(segment)
        problems = compact(self._data, segment, made, self._open)
        self._tried.remove(segment)
        if segment.fd < 0:
            self._sealed.remove(segment)
        return problems

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._rotate())
            self._wake.clear()
            self._quietly()

    def _quietly(self) -> None:
        try:
            self.finish()
        except StorageError as error:
            logger.warning(str(error))
