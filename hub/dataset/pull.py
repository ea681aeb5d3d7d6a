"""From the data set to the data folder: shards and frozen leaderboards that are missing here, each checked first."""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hub.dataset.board_files import BOARD, is_signed
from hub.dataset.repository import DatasetRepository, NoDataSet
from hub.dataset.shard_check import check_shard, unpack_shard
from hub.dataset.shard_names import SHARD, Report, ignore_progress, parse_digest
from hub.files import write_whole
from hub.huggingface.retry import Patience
from hub.raters import load_secret
from hub.settings import Settings
from hub.votes.disk import PartialFile, make_storage_error
from hub.votes.shard_damage import find_damage

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Pulled:
    """Names of the files that were fetched, and a sentence for each that was refused."""

    files: tuple[str, ...]
    problems: tuple[str, ...]


def pull_shards(
    data: Path, settings: Settings, *, patience: Patience | None = None, report: Report = ignore_progress
) -> Pulled:
    """Fetch the shards that the data folder lacks or has damaged, and put their pictures and setups into its store.

    Frozen leaderboards that it lacks come after them. Nothing that comes from the data set is trusted: only files with
    a name of theirs are fetched, and only those let in that have the SHA-256, the columns and the pictures that they
    promise.

    Raises: RemoteError, and StorageError where a file can't be written; the files that were let in until then stay.
    """
    remote = DatasetRepository(settings, patience or Patience())
    there = remote.persist(remote.listing)
    if there is None:
        raise NoDataSet(f"There is no data set {settings.dataset} yet: push first, or check HUB_DATASET.")
    odd = sorted(name for name in there if name.startswith("data/") and not SHARD.fullmatch(name))
    problems = [f"{name!r} was left there: this is no shard's name." for name in odd]
    missing = sorted(name for name in there if SHARD.fullmatch(name) and _is_missing(data / name))
    boards = sorted(name for name in there if BOARD.fullmatch(name))
    secret = load_secret(settings) if boards else ""
    missing += [name for name in boards if not is_signed(name, data / name, secret)]
    fetched = []
    with tempfile.TemporaryDirectory(prefix="vernissage-") as folder:
        for number, name in enumerate(missing, 1):
            problem = _fetch_file(remote, data, name, Path(folder), secret)
            problems += [f"{name} was refused: {problem}."] if problem else []
            fetched += [] if problem else [name]
            report(number, len(missing))
    return Pulled(tuple(fetched), tuple(problems))


def _is_missing(shard: Path) -> bool:
    return not shard.exists() or find_damage(shard) is not None


def _fetch_file(remote: DatasetRepository, data: Path, name: str, folder: Path, secret: str) -> str | None:
    """Fetch one file into the data folder; return what is wrong with it, None for a sound one."""
    path = remote.persist(lambda: remote.download(name, folder))
    try:
        return _admit_board(data, name, path, secret) if BOARD.fullmatch(name) else _admit_shard(data, name, path)
    except OSError as error:
        raise make_storage_error(f"The file {name}", error) from error
    finally:
        path.unlink(missing_ok=True)


def _admit_shard(data: Path, name: str, fetched: Path) -> str | None:
    digest = hashlib.sha256()
    with PartialFile(data) as part:
        for chunk in _read_chunks(fetched):
            digest.update(chunk)
            part.write(chunk)
        if digest.hexdigest() != parse_digest(name):
            return f"its SHA-256 is {digest.hexdigest()}"
        if problems := check_shard(name, part.path).problems:
            return problems[0]
        unpack_shard(data, part.path)  # before the shard is there, because one that is there is not looked at again
        part.place(data / name)
    return None


def _admit_board(data: Path, name: str, fetched: Path, secret: str) -> str | None:
    if not is_signed(name, fetched, secret):
        return "it was changed, or frozen by an arena with another secret"
    write_whole(data / name, fetched.read_bytes())
    return None


def _read_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
