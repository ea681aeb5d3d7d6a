"""Which code trains: the commit of a checkout, or that from which a machine's folder was packed."""

import json
import subprocess
from pathlib import Path

from hub.errors import DataError

ROOT = Path(__file__).parents[3]
REMOTE, VERSION = "remote.json", 1  # in a folder that was packed for another machine


def read_manifest(folder: Path) -> dict[str, object] | None:
    """Return what a folder that was packed for another machine says of itself; None where it was not packed.

    Raises: DataError for one of another version, and for what can't be read.
    """
    path = folder / REMOTE
    try:
        told = dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{path} can't be read ({error}): pack the folder again.") from error
    if told.get("version") != VERSION:
        raise DataError(
            f"{path} is of version {told.get('version')}, not {VERSION}: collect it by the code that packed."
        )
    return told


def describe_commit() -> str:
    """Return the commit of the code in use, with ``-changed`` where hub/ differs from it; nothing where git knows none.

    Raises: DataError where the code was packed, and what it says of itself can't be read.
    """
    if (told := read_manifest(ROOT)) is not None:
        return str(told.get("commit", ""))
    head = _ask_git("rev-parse", "--short=12", "HEAD")
    changed = _ask_git("status", "--porcelain", "--", "hub", ":!hub/weights/ledger.csv")
    return f"{head}-changed" if head and changed else head


def _ask_git(*words: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)  # noqa: S607
    except OSError:  # git is not installed
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
