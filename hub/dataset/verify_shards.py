"""Whether the shards of a data folder are sound, and the same as those of the data set."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub.hf_api import RepoFile

from hub.dataset.push import matches_file
from hub.dataset.repository import DatasetRepository
from hub.dataset.shard_check import Checked, check_shard
from hub.dataset.shard_names import CARD, PUBLISHED, SHARD, Report, ignore_progress, list_local_shards, parse_digest
from hub.errors import DataError
from hub.files import file_sha256
from hub.huggingface.retry import Patience
from hub.settings import Settings

_LISTED = 20  # repeated ids that are named


@dataclass(frozen=True)
class Verified:
    """How many shards were checked, how many pictures they name and lack, and a sentence for each wrong thing."""

    shards: int
    votes: int
    lost: int
    problems: tuple[str, ...]


def check_folder(data: Path) -> None:
    """Check that there is a data folder.

    Raises: DataError where there is none.
    """
    if not data.is_dir():
        raise DataError(f"There is no data folder at {data}: give another with --data, or set HUB_DATA.")


def verify_shards(
    data: Path, settings: Settings, *, patience: Patience | None = None, report: Report = ignore_progress
) -> Verified:
    """Check every shard of a data folder: its name, its rows, its pictures, and that no vote is there twice.

    With a data set in the settings, check also that it has the same files.

    Raises: RemoteError where the data set can't be asked, DataError where there is no data folder.
    """
    check_folder(data)
    problems = [
        f"{path.relative_to(data)}: this is no shard's name."
        for path in sorted((data / "data").rglob("*"))
        if path.is_file() and not SHARD.fullmatch(path.relative_to(data).as_posix())
    ]
    shards = list_local_shards(data)
    ids: Counter[str] = Counter()
    lost = 0
    for number, (name, path) in enumerate(shards.items(), 1):
        checked = _check_file(name, path)
        problems += [f"{name}: {problem}." for problem in checked.problems]
        ids.update(checked.ids)
        lost += checked.lost
        report(number, len(shards))
    twice = sorted(str(id) for id, count in ids.items() if count > 1)
    problems += [f"The vote {id!r} is there {ids[id]} times; it counts once." for id in twice[:_LISTED]]
    problems += [f"So are {len(twice) - _LISTED} other votes."] if len(twice) > _LISTED else []
    problems += _compare_with_dataset(data, shards, settings, patience) if settings.dataset else []
    return Verified(len(shards), ids.total(), lost, tuple(problems))


def _check_file(name: str, path: Path) -> Checked:
    try:
        if file_sha256(path) != parse_digest(name):
            return Checked(["its SHA-256 is not its name; remove it, and where it was published, pull it again"])
        return check_shard(name, path)
    except OSError as error:
        return Checked([f"it can't be read ({error.strerror})"])


def _compare_with_dataset(
    data: Path, shards: dict[str, Path], settings: Settings, patience: Patience | None
) -> list[str]:
    remote = DatasetRepository(settings, patience or Patience())
    there = remote.persist(remote.listing)
    if there is None:
        return [f"There is no data set {settings.dataset}: push first, or check HUB_DATASET."]
    local = {name: path for name, path in {CARD: data / PUBLISHED, **shards}.items() if path.exists()}
    known = {name: entry for name, entry in there.items() if name == CARD or name.startswith("data/")}
    told = [_compare_file(name, local.get(name), known.get(name)) for name in sorted({*local, *known})]
    return [sentence for sentence in told if sentence]


def _compare_file(name: str, path: Path | None, entry: RepoFile | None) -> str | None:
    if path is None:
        return f"{name!r} is only in the data set: pull brings it here, if it is a shard."
    if entry is None:
        return f"{name} is only here: push it."
    return None if matches_file(entry, name, path) else f"{name} in the data set is another file: push it again."
