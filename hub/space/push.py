"""From this repository to a Space, in one commit: what differs is sent, what is gone is deleted."""

from dataclasses import dataclass

from pydantic import SecretStr

from hub.dataset import Patience
from hub.dataset.files import Report, quiet
from hub.dataset.remote import same_bytes
from hub.space.files import Tracked
from hub.space.remote import Space

KEPT = (".gitattributes",)  # the Hub's own: which of the Space's files it keeps apart


@dataclass(frozen=True)
class Pushed:
    """Names of files that were sent, or would be, and of those that were deleted.

    ``url`` is the Space's, ``new`` whether there was none before.
    """

    url: str
    new: bool
    sent: tuple[str, ...]
    gone: tuple[str, ...]


def push(
    name: str,
    tracked: Tracked,
    token: SecretStr | None,
    *,
    private: bool = False,
    dry_run: bool = False,
    patience: Patience | None = None,
    report: Report = quiet,
) -> Pushed:
    """Make the Space what is tracked; one that is there stays as public or private as it is.

    Can be cut off at any point and run again: each attempt starts with a look at what is there, and what was uploaded
    is not uploaded again. With ``dry_run`` nothing is sent. Raises RemoteError and StorageError.
    """
    space = Space(name, token, patience or Patience())
    if not dry_run:
        space.need_token("Writing to the Space")

    def differs() -> Pushed:
        new = space.info() is None
        there = {} if new else space.listing()
        sent = [
            own
            for own, path in tracked.files.items()
            if own not in there or not same_bytes(there[own], path.read_bytes())
        ]
        gone = [own for own in there if own not in tracked.files and own not in KEPT]
        return Pushed(space.url, new, tuple(sent), tuple(gone))

    done: list[Pushed] = []

    def step() -> None:
        found = differs()
        done.append(found)
        if found.new:
            space.create(private)
        if not (found.sent or found.gone):
            return
        message = f"Deploy {tracked.commit}{', changed since' if tracked.changed else ''}"
        space.commit({own: tracked.files[own] for own in found.sent}, found.gone, message, report)

    if dry_run:
        return space.persist(differs)
    space.persist(step)
    return done[0]
