"""What of this repository goes into a Space: what git tracks, but the tests that no page shows."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hub.errors import HubError

README = "README.md"
TESTS = "tests/"
SHOWN = re.compile(r"\]\(([^)#:]+)\)")  # a link or picture of the README


@dataclass(frozen=True)
class Tracked:
    """The files of a Space by name, and their commit; ``changed`` ones differ from it."""

    files: dict[str, Path]
    commit: str
    changed: tuple[str, ...]


def _run_git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=True)  # noqa: S607
    except FileNotFoundError as error:
        raise HubError("git is not installed, and what belongs to a Space is what git tracks: install it.") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise HubError(
            f"git can't read {root}: {said[0] if said else 'no reason given'}; run this in a clone."
        ) from error
    return done.stdout.decode(errors="surrogateescape")


def list_tracked(root: Path, tests: bool = False) -> Tracked:
    """Return the files that a Space gets: what git tracks, the tests only if asked for.

    Raises: HubError outside a git repository, and for a tracked file that is not there.
    """
    names = [name for name in _run_git(root, "ls-files", "-z").split("\0") if name]
    files = {name: root / name for name in names}
    if missing := [name for name, path in files.items() if not path.is_file()]:
        raise HubError(f"{missing[0]} is tracked by git and not there: restore it, or remove it from git.")
    shown = set(SHOWN.findall(files[README].read_text(encoding="utf-8"))) if README in files else set()
    kept = {name: path for name, path in files.items() if tests or not name.startswith(TESTS) or name in shown}
    status = [line[3:] for line in _run_git(root, "status", "--porcelain", "-z", "-uno").split("\0") if line]
    return Tracked(kept, _run_git(root, "rev-parse", "--short=12", "HEAD").strip(), tuple(status))
