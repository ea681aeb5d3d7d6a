"""From this repository to a Space, in one commit: what differs is sent, what is gone is deleted."""

from dataclasses import dataclass, field

from pydantic import SecretStr

from hub.dataset import Patience
from hub.dataset.repository import matches_content
from hub.dataset.shard_names import Report, ignore_progress
from hub.space.space_repository import SpaceRepository
from hub.space.tracked_files import Tracked

KEPT = (".gitattributes",)  # the Hub's own: which of the Space's files it keeps apart


@dataclass(frozen=True)
class Uploaded:
    """Names of the files that were sent, or would be, and of those that were deleted.

    ``url`` is the Space's, ``new`` whether there was none before.
    """

    url: str
    new: bool
    sent: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True)
class _Upload:
    space: SpaceRepository
    tracked: Tracked
    private: bool
    report: Report
    found: list[Uploaded] = field(
        default_factory=list
    )  # by each attempt: after a commit whose answer got lost, nothing

    def differs(self) -> Uploaded:
        """Return what would be sent now."""
        new = self.space.info() is None
        there = {} if new else self.space.listing()
        files = self.tracked.files
        sent = [
            name for name in files if name not in there or not matches_content(there[name], files[name].read_bytes())
        ]
        gone = [name for name in there if name not in files and name not in KEPT]
        return Uploaded(self.space.url, new, tuple(sent), tuple(gone))

    def step(self) -> None:
        """Send the files that differ, in one commit; none is made where nothing does."""
        found = self.differs()
        self.found.append(found)
        if found.new:
            self.space.create(self.private)
        if found.sent or found.gone:
            message = f"Deploy {self.tracked.commit}{', changed since' if self.tracked.changed else ''}"
            files = {name: self.tracked.files[name] for name in found.sent}
            self.space.commit(files, found.gone, message, self.report)


def push_space(
    name: str,
    tracked: Tracked,
    token: SecretStr | None,
    *,
    private: bool = False,
    dry_run: bool = False,
    patience: Patience | None = None,
    report: Report = ignore_progress,
) -> Uploaded:
    """Make a Space's files those that are tracked; a Space that is there stays as public or private as it is.

    Can be cut off at any point and run again: each attempt starts with a look at what is there, and what was uploaded
    is not uploaded again. With ``dry_run`` nothing is sent.

    Raises: RemoteError and StorageError.
    """
    space = SpaceRepository(name, token, patience or Patience())
    work = _Upload(space, tracked, private, report)
    if dry_run:
        return space.persist(work.differs)
    space.need_token("Writing to the Space")
    space.persist(work.step)
    return work.found[0]
