"""What a report is made from: the votes by name, time and content, the code by version, the generators by title.

Nothing of it is the time of the report itself: the same votes and code give the same bytes.
"""

import hashlib
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from hub.generators.former import find_titles
from hub.votes import ReadVotes

ROOT = Path(__file__).parents[1]
COLUMNS = ("id", "criterion", "outcome", "generator_a", "generator_b", "rater", "excluded")  # what ratings rest on
PART = 1 << 16  # votes at a time


@dataclass(frozen=True)
class About:
    """What a report is made from.

    ``votes`` names where they were read; ``first`` and ``last`` are the days of the first and last one, in UTC, where
    they say so; ``digest`` is their SHA-256; ``commit`` is empty where the code is no clone of a repository.
    """

    votes: str
    first: str
    last: str
    digest: str
    commit: str
    titles: dict[str, str]  # of the generators that were voted on or measured, by name


def hash_votes(votes: pa.Table) -> str:
    """Return the SHA-256 of the votes in their order, the same whatever files they were read from."""
    columns = votes.select(COLUMNS)
    between = pa.scalar("\n", pa.large_string())
    found = hashlib.sha256()
    for start in range(0, len(votes), PART):
        part = [column.cast(pa.large_string()).combine_chunks() for column in columns.slice(start, PART).columns]
        lines = pc.binary_join_element_wise(*part, between, null_handling="replace")
        whole = pc.binary_join(pa.ListArray.from_arrays([0, len(lines)], lines), pa.scalar("\n\n", lines.type))
        found.update(memoryview(whole[0].as_buffer()))
    return found.hexdigest()


def find_commit(root: Path = ROOT) -> str:
    """Return the commit that is checked out, with ``+`` where files were changed since; empty if it can't be told."""
    command = ["git", "-C", str(root), "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=+"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if (root / ".git").exists() else ""


def _to_day(time: float | None) -> str:
    """Return the UTC day of a Unix time, empty for none."""
    return datetime.fromtimestamp(time, UTC).date().isoformat() if time is not None else ""


def describe_report(read: ReadVotes, votes: str, measured: tuple[str, ...] = ()) -> About:
    """Return what a report on these votes is made from.

    ``measured``: names of generators beside those that were voted on.
    """
    times = pc.min_max(read.table["time"]).as_py()
    names = {name for side in "ab" for name in pc.unique(read.table[f"generator_{side}"]).to_pylist()}
    titles = find_titles()
    known = {name: titles.get(name, "") for name in sorted({*names, *measured} - {None})}
    return About(votes, _to_day(times["min"]), _to_day(times["max"]), hash_votes(read.table), find_commit(), known)
