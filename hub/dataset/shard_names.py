"""The names of what is published, the same in the data folder and in the data set."""

import re
from collections.abc import Callable
from pathlib import Path

from hub.votes.disk import list_files

CARD = "README.md"
PUBLISHED = Path(".published") / CARD  # the card as the data set gets it, below the data folder
CONFIGS = ("votes", "samples")
SHARD = re.compile(r"data/(votes|samples)/([0-9a-f]{64})\.parquet")
Report = Callable[[int, int], None]  # called with how many are done, of how many


def ignore_progress(done: int, total: int) -> None:
    """A report to nobody."""


def list_local_shards(data: Path) -> dict[str, Path]:
    """The shards of a data folder by their name; whatever has no shard's name is left out. Raises StorageError."""
    paths = (path for config in CONFIGS for path in list_files(data / "data" / config, ".parquet"))
    named = ((path.relative_to(data).as_posix(), path) for path in paths)
    return {name: path for name, path in named if SHARD.fullmatch(name)}


def parse_config(name: str) -> str:
    """The config that a shard of this name belongs to. Raises ValueError for any other name."""
    return _match_name(name)[1]


def parse_digest(name: str) -> str:
    """The SHA-256 that a shard of this name must have. Raises ValueError for any other name."""
    return _match_name(name)[2]


def _match_name(name: str) -> re.Match[str]:
    found = SHARD.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is no shard's name")
    return found
