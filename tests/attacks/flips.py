"""``python -m tests.attacks.flips``: one bit of a file of votes is flipped; is an outcome changed without a word?"""

import random
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hub.command import make_command
from hub.errors import HubError
from hub.progress import track_items
from hub.schema import Outcome
from hub.votes import VOTES, ContentStore, Pictures, VoteLog, find_vote, read_votes
from hub.watch.readings import read_oldest
from tests.hub.votes.made import PNG, setup, vote

VOTED = [vote(f"v{number:02}", time=float(number), outcome=list(Outcome)[number % 4]) for number in range(24)]


def fill(data: Path) -> Path:
    """A folder with one shard of votes, and the shard."""
    ContentStore(data).write_image(PNG)
    ContentStore(data).write_setup(setup())
    log = VoteLog(data)
    for one in VOTED:
        log.append(one)
    log.close()
    return VOTES.shards(data)[0]


def live(data: Path, checksums: bool) -> Path:
    """A folder with one segment of a dead process, its lines with checksums or, as before, without."""
    ContentStore(data).write_image(PNG)
    ContentStore(data).write_setup(setup())
    log = VoteLog(data)
    for one in VOTED:
        log.append(one)
    (path,) = (data / "log").glob("*.jsonl")
    content = path.read_bytes() if checksums else b"".join(one.model_dump_json().encode() + b"\n" for one in VOTED)
    dead = data / "dead" / "log" / "dead.jsonl"
    dead.parent.mkdir(parents=True)
    dead.write_bytes(content)
    log.close()
    return dead


def read(path: Path, whole: list[dict[str, object]]) -> str:
    """``same``, ``told`` or ``silent``; ``fault`` where something else than a sentence of the hub was raised."""
    try:
        found = read_votes(path)
    except HubError:
        return "told"
    except Exception:
        return "fault"
    if found.problems:
        return "told" if all(row in whole for row in found.table.to_pylist()) else "silent"
    return "same" if found.table.to_pylist() == whole else "silent"


def others(path: Path) -> str:
    """What else reads a shard: a fault if one of them raises anything but a sentence of the hub."""
    data = path.parents[2]
    for look in (
        lambda: read_oldest(path),
        lambda: Pictures(data).of_votes,
        lambda: find_vote(data, "v00"),
        lambda: VoteLog(data).close(),
    ):
        try:
            look()
        except HubError:
            continue
        except Exception:
            return "fault"
    return "same"


def flipped(path: Path, count: int, look: Callable[[Path], str], what: str = "") -> Counter[str]:
    """What came of ``count`` flips, each of one bit of the whole file; one in every byte where there are as many."""
    content, rng, came = path.read_bytes(), random.Random(0), Counter[str]()
    places = range(len(content)) if count >= len(content) else sorted(rng.sample(range(len(content)), count))
    for place in track_items(list(places), what) if what else places:
        changed = bytearray(content)
        changed[place] ^= 1 << rng.randrange(8)
        path.write_bytes(changed)
        came[look(path)] += 1
    path.write_bytes(content)
    return came


def cases(folder: Path) -> dict[str, tuple[Path, Callable[[Path], str]]]:
    """What is flipped, and how it is read."""
    shard, segment, before = fill(folder / "a"), live(folder / "b", True), live(folder / "c", False)
    renamed = folder / "votes.parquet"
    renamed.write_bytes(shard.read_bytes())
    whole = read_votes(shard).table.to_pylist()
    return {
        "a shard": (shard, lambda path: read(path, whole)),
        "a shard, by all else that reads it": (shard, others),
        "a shard under another name": (renamed, lambda path: read(path, whole)),
        "a segment": (segment, lambda path: read(path, whole)),
        "a segment of before, without checksums": (before, lambda path: read(path, whole)),
    }


def main(
    count: Annotated[int, typer.Option(help="Flips of each file, at most one in a byte.", min=1, max=100_000)] = 1255,
) -> None:
    """Flip one bit at a time in a shard and in a segment of 24 votes, and read the votes."""
    table = Table("file", "flips", "told", "same votes", "silently other votes", "faults")
    with tempfile.TemporaryDirectory() as folder:
        for name, (path, look) in cases(Path(folder)).items():
            came = flipped(path, count, look, name)
            table.add_row(name, str(came.total()), *(str(came[key]) for key in ("told", "same", "silent", "fault")))
    Console(width=120).print(table)


if __name__ == "__main__":
    make_command(main, "python -m tests.attacks.flips --count 300")()
