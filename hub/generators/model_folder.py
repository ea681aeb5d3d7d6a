"""What a folder must hold to be an entry made at run time, and nothing else.

``entry.toml`` (kind, title, licence and the kind's fields), ``README.md`` (the card), the kind's checkpoints as
safetensors, and ``receipt.json``, which is written when it is added: how it was made, and each file's SHA-256.
"""

import json
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from hub.errors import DataError, HubError, MissingFile
from hub.files import file_sha256
from hub.generators.facts import check
from hub.generators.folder_entry import FolderEntry
from hub.generators.kinds import KINDS, ConfiguredEntry, entry_of

ENTRY, CARD, RECEIPT = "entry.toml", "README.md", "receipt.json"
PICKLES = (".bin", ".ckpt", ".joblib", ".npz", ".pickle", ".pkl", ".pt", ".pth", ".part", ".th")
MAGIC = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")  # of pickles, and of archives of them


def list_model(folder: Path) -> list[str]:
    """Return the paths of a folder's files within it, in order.

    Raises: DataError for a link that leads out or nowhere, for what is no file, and for what may be a pickle.
    """
    root, found = folder.resolve(), []
    for at, folders, names in os.walk(folder):
        for path in (Path(at) / name for name in (*folders, *names)):
            inside = path.relative_to(folder).as_posix()
            if path.is_symlink() and not (path.exists() and path.resolve().is_relative_to(root)):
                raise DataError(
                    f"{folder}: {inside} is a link that leads out of the folder; put the file itself there."
                )
            if path.is_symlink() and path.is_dir():
                raise DataError(f"{folder}: {inside} is a link to a folder; put the folder itself there.")
            if not path.is_dir():
                _check_file(path, f"{folder}: {inside}")
                found.append(inside)
    return sorted(found)


def _check_file(path: Path, where: str) -> None:
    if not stat.S_ISREG(path.stat().st_mode):
        raise DataError(f"{where} is no regular file: take it away.")
    with path.open("rb") as file:
        begin = file.read(9)
    length = int.from_bytes(
        begin[:8], "little"
    )  # of the header of a safetensors file, which may begin as a pickle does
    plain = path.suffix == ".safetensors" and begin[8:] == b"{" and length < path.stat().st_size
    if path.suffix.lower() in PICKLES or (begin.startswith(MAGIC) and not plain):
        raise DataError(f"{where} may be a pickle, which can run code: only safetensors are read, take it away.")


def read_model(folder: Path, name: str, shown: Path | None = None) -> ConfiguredEntry:
    """Return the entry of a folder under a name, not registered. ``shown``: what errors call the folder.

    Raises: DataError or MissingFile, one sentence that says what is not as it must be.
    """
    shown = shown or folder
    try:
        table = tomllib.loads((folder / ENTRY).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MissingFile(f"{shown} has no {ENTRY}: write one with kind, title and licence.") from error
    except OSError as error:
        raise MissingFile(f"{shown / ENTRY} can't be read ({error.strerror}).") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{shown / ENTRY} is no TOML: {error}.") from error
    if "model" in table:
        raise DataError(f"{shown / ENTRY}, field model: the model is the folder itself; leave the field out.")
    if not str(table.get("licence", "")).strip():
        raise DataError(f"{shown / ENTRY} names no licence: say under which terms its pictures may be used.")
    allowed = [kind.name for kind in KINDS if kind.stored]
    if table.get("kind") not in allowed:
        raise DataError(f"{shown / ENTRY}, field kind: it must be one of {', '.join(allowed)}.")
    if not (folder / CARD).is_file() or not (folder / CARD).read_text(encoding="utf-8", errors="replace").strip():
        raise MissingFile(f"{shown} has no card: write a {CARD} that says what the model is and how it was made.")
    return entry_of(str(shown / ENTRY), name, {**table, "model": "./"}, folder)


def check_model(folder: Path, entry: ConfiguredEntry) -> None:
    """Read every checkpoint's header. Raises HubError for what is torn, missing or another kind's."""
    for path in sorted(folder.rglob("*.safetensors")):
        try:
            with safe_open(path, "numpy"):  # which compares the header with the file's length
                pass
        except (SafetensorError, OSError) as error:
            raise MissingFile(f"The checkpoint {path} is damaged ({error}); copy it again.") from error
    check(entry)  # type: ignore[arg-type]  # each kind has what its base lacks
    if isinstance(entry, FolderEntry):
        entry.check_model()


def receipt_of(folder: Path, entry: ConfiguredEntry, made: Mapping[str, Any]) -> str:
    """Return the receipt of a folder: how its model was ``made``, by that or by what it says of it itself."""
    files = {name: file_sha256(folder / name) for name in list_model(folder) if name != RECEIPT}
    how = dict(made) or _made_before(folder) or _trained(entry)
    return json.dumps({"made": how, "files": files}, indent=1, ensure_ascii=False) + "\n"


def _made_before(folder: Path) -> dict[str, Any]:
    try:
        read = json.loads((folder / RECEIPT).read_text(encoding="utf-8"))
        return dict(read["made"])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{folder / RECEIPT} is no receipt: take it away, a new one is written.") from error


def _trained(entry: ConfiguredEntry) -> dict[str, Any]:
    for training in _trainings(entry):
        return training
    return {}


def _trainings(entry: ConfiguredEntry) -> Iterator[dict[str, Any]]:
    for path in entry.weights if isinstance(entry, FolderEntry) else ():
        with safe_open(path, "numpy") as file:
            training = json.loads((file.metadata() or {}).get("training", "{}"))
        if training:
            yield training


def told_of(error: HubError, copy: Path, source: Path) -> HubError:
    """Return the error of a copy in the words of its source."""
    return type(error)(str(error).replace(str(copy), str(source)))
