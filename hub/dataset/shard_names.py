"""The names of what is published, the same in the data folder and in the data set."""

import re
from collections.abc import Callable
from pathlib import Path

from hub.votes.disk import list_files

CARD = "README.md"
PUBLISHED = Path(".published") / CARD  # the card as the data set gets it, below the data folder
CONFIGS = ("votes", "samples", "withdrawals", "reasons")
LATER_CONFIGS = CONFIGS[2:]  # that are there once they have rows
SHARD = re.compile(r"data/(votes|samples|withdrawals|reasons)/([0-9a-f]{64})\.parquet")
Report = Callable[[int, int], None]  # called with how many are done, of how many


def ignore_progress(done: int, total: int) -> None:
    """Report progress to nobody."""


def list_local_shards(data: Path) -> dict[str, Path]:
    """Return the shards of a data folder by name; files without a shard's name are left out.

    Raises: StorageError.
    """
    paths = (path for config in CONFIGS for path in list_files(data / "data" / config, ".parquet"))
    named = ((path.relative_to(data).as_posix(), path) for path in paths)
    return {name: path for name, path in named if SHARD.fullmatch(name)}


def parse_config(name: str) -> str:
    """Return the config of a shard by its name.

    Raises: ValueError for a name that is no shard's.
    """
    return _match_name(name)[1]


def parse_digest(name: str) -> str:
    """Return the SHA-256 that a shard must have, by its name.

    Raises: ValueError for a name that is no shard's.
    """
    return _match_name(name)[2]


def _match_name(name: str) -> re.Match[str]:
    found = SHARD.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is no shard's name")
    return found
