"""From the data folder to the data set: what is missing there is added, nothing is ever changed or taken away."""

from dataclasses import dataclass, field
from pathlib import Path

from huggingface_hub.hf_api import RepoFile

from hub.dataset.board_files import BOARD, list_boards
from hub.dataset.card import write_card
from hub.dataset.repository import DatasetRepository, matches_content
from hub.dataset.shard_names import CARD, PUBLISHED, SHARD, Report, ignore_progress, list_local_shards, parse_digest
from hub.errors import RemoteError
from hub.files import file_sha256
from hub.huggingface.retry import Patience
from hub.language.sentence import number_of
from hub.settings import Settings

COMMIT_FILES = 50  # at most in one commit
NAMED = {"shard": SHARD, "frozen leaderboard": BOARD}
COMMIT_BYTES = 1_000_000_000  # at most in one commit, unless its only file is larger


@dataclass(frozen=True)
class Pushed:
    """Names of the files that were added, and a sentence for each that was not sound."""

    files: tuple[str, ...]
    problems: tuple[str, ...]


def matches_file(there: RepoFile, name: str, path: Path) -> bool:
    """Return whether a file of the data set has the content of the data folder's file."""
    if SHARD.fullmatch(name) and there.lfs is not None:
        return bool(there.lfs.sha256 == parse_digest(name))
    return matches_content(there, path.read_bytes())


@dataclass
class _Push:
    remote: DatasetRepository
    local: dict[str, Path]
    sent: set[str] = field(default_factory=set)
    problems: dict[str, str] = field(default_factory=dict)

    def missing(self) -> list[str]:
        """Return the files that the data set lacks, the card first; make the data set where there is none."""
        there = self.remote.listing()
        if there is None:
            self.remote.create()
            there = {}
        self.remote.check_private()
        missing = [
            name for name, path in self.local.items() if name not in there or not matches_file(there[name], name, path)
        ]
        if lost := sorted(self.sent.intersection(missing)):
            raise RemoteError(f"The Hub took {lost[0]} and does not list it: look at the data set's files.")
        return missing

    def sound(self, names: list[str]) -> list[str]:
        """Return those of the files that are what their name says; the problems of the others are noted.

        A file that is not sound is left out for good.
        """
        for name in names:
            if SHARD.fullmatch(name) and file_sha256(self.local[name]) != parse_digest(name):
                self.problems[name] = f"{self.local[name]} was not published: its SHA-256 is not its name."
                del self.local[name]
        return [name for name in names if name in self.local]

    def step(self) -> list[str]:
        """Make one commit; return the names of what was missing before, none when there was nothing to do."""
        missing = self.missing()
        batch = self.sound(_next_batch(missing, self.local))
        if batch:
            self.remote.commit([(name, self.local[name]) for name in batch], _name_commit(batch))
            self.sent.update(batch)
        return missing


def _name_commit(batch: list[str]) -> str:
    counts = {what: sum(bool(kind.fullmatch(name)) for name in batch) for what, kind in NAMED.items()}
    told = [number_of(count, what) for what, count in counts.items() if count]
    return f"Add {' and '.join(told)}" if told else "Update the card"


def _next_batch(names: list[str], local: dict[str, Path]) -> list[str]:
    batch: list[str] = []
    size = 0
    for name in names[:COMMIT_FILES]:
        size += local[name].stat().st_size
        if batch and size > COMMIT_BYTES:
            break
        batch.append(name)
    return batch


def push_shards(
    data: Path, settings: Settings, *, patience: Patience | None = None, report: Report = ignore_progress
) -> Pushed:
    """Publish the shards and the frozen leaderboards of a data folder, and its card.

    Any number of hubs may push to one data set, again and again, and be cut off at any point: each commit starts with a
    look at what is there, and files named by their content can't disagree.

    Raises: RemoteError, and StorageError where a file can't be read; what was committed until then stays.
    """
    remote = DatasetRepository(settings, patience or Patience())
    remote.need_token()
    write_card(data, settings)
    work = _Push(remote, {CARD: data / PUBLISHED, **list_local_shards(data), **list_boards(data, settings)})
    wanted: list[str] = []
    while missing := remote.persist(work.step):
        wanted = wanted or missing
        left = len([name for name in missing if name in work.local and name not in work.sent])
        report(len(wanted) - left, len(wanted))
    return Pushed(tuple(name for name in wanted if name in work.local), tuple(work.problems.values()))
