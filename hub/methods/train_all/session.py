"""What a training of all was given and has used, in ``train_all.json`` beside its runs: so a stopped one goes on."""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hub.errors import DataError, HubError
from hub.files import write_whole

SESSION, LOCK, VERSION = "train_all.json", ".train_all", 1
LEAST = 1.0  # seconds that are worth a start


@dataclass
class TrainingSession:
    """The runs that share ``minutes``, the seconds that each has used, and the day on which those that ended did."""

    minutes: float
    names: list[str]
    commit: str  # of the code that trains
    seconds: dict[str, float] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    version: int = VERSION

    def pending(self) -> list[str]:
        """Return the runs that have not ended, in order of need."""
        return [name for name in self.names if name not in self.ended]

    def share(self, name: str, waiting: int, together: bool) -> float:
        """Return the seconds that a run has from now on.

        Side by side each has all minutes. One after another ``waiting`` runs, this one among them, have what is left in
        equal parts: so what one did not need is the others'.
        """
        if together:
            return 60 * self.minutes - self.seconds.get(name, 0.0)
        return (60 * self.minutes - sum(self.seconds.values())) / waiting

    def end(self, name: str) -> str:
        """Note that a run has ended, and return the day."""
        self.ended[name] = datetime.now(UTC).date().isoformat()
        return self.ended[name]

    def save(self, out: Path) -> None:
        """Write the session, whole or not at all.

        Raises: StorageError.
        """
        write_whole(out / SESSION, json.dumps(asdict(self), indent=1).encode())


def read_session(out: Path) -> TrainingSession | None:
    """Return the session in a folder of runs; None where there is none.

    Raises: DataError for one of another version, and for what is none.
    """
    path = out / SESSION
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["version"] != VERSION:
            raise DataError(f"{path} is of version {told['version']}, not {VERSION}: use the code that wrote it.")
        return TrainingSession(**told)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} can't be read ({error}): remove it to begin anew.") from error


def open_session(out: Path, minutes: float, names: Sequence[str], asked: bool, commit: str) -> TrainingSession:
    """Return the session that goes on, or a new one of these runs.

    One that was stopped goes on, within ``minutes`` in all, unless runs were ``asked`` for by name that are not its own
    or its time is over.

    Raises: DataError.
    """
    old = read_session(out)
    if old and old.pending() and (not asked or set(names) == set(old.names)):
        old.minutes, old.commit = minutes, commit
        if old.share(old.pending()[0], 1, together=False) >= LEAST:
            return old
    return TrainingSession(minutes, list(names), commit)


@contextmanager
def hold_folder(out: Path) -> Iterator[None]:
    """Hold a folder of runs, so that no other one trains in it meanwhile.

    Raises: HubError where another one does, OSError.
    """
    out.mkdir(parents=True, exist_ok=True)
    lock = os.open(out / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise HubError(
            f"The runs in {out} are trained by another process: wait for it, or give another --out."
        ) from error
    finally:
        os.close(lock)
