"""Entries made at run time: ``models/NAME`` below the data folder, each there whole or not at all.

An entry is copied beside its place, checked, and renamed. Any process may add and remove while a lock is held; an arena
that runs looks at the folder and follows. Names that begin with a dot are no entries, but copies under way.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hub.errors import DataError, HubError, StorageError, UnknownName
from hub.files import MODELS, write_whole
from hub.generators.contract import GENERATORS
from hub.generators.facts import UNKNOWN, Facts, facts, known
from hub.generators.former import append_event, remember
from hub.generators.kinds import ConfiguredEntry, register_entries
from hub.generators.model_folder import (
    ENTRY,
    RECEIPT,
    check_model,
    list_model,
    read_model,
    receipt_of,
    told_of,
)
from hub.language.sentence import Sentence
from hub.votes.disk import explain_disk_error, make_folder, sync_folder

LOCK, NEW, GONE = ".lock", ".new-", ".gone-"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
Mark = tuple[int, int]  # changes with what is in a folder's place: its inode, and when its entry was written


def _mark(folder: Path) -> Mark | None:
    """Return the mark of a model's folder; None where it is no folder, or is removed at this moment."""
    try:
        if not folder.is_dir():
            return None
        return (folder.stat().st_ino, (folder / ENTRY).stat().st_mtime_ns if (folder / ENTRY).exists() else 0)
    except FileNotFoundError:
        return None


class ModelStore:
    """The entries made at run time in a data folder."""

    def __init__(self, data: Path) -> None:
        self.folder = data.absolute() / MODELS

    def marks(self) -> dict[str, Mark]:
        """Return each entry's name with a mark that is another when another model takes its place; quick to ask."""
        try:
            folders = [folder for folder in self.folder.iterdir() if not folder.name.startswith(".")]
        except FileNotFoundError:
            return {}  # nothing was ever added
        marks = {folder.name: _mark(folder) for folder in folders}
        return {name: mark for name, mark in marks.items() if mark is not None}

    def read(self, name: str) -> ConfiguredEntry:
        """Return the entry of this name, not registered. Raises HubError for a folder that can't be used."""
        if not NAME.fullmatch(name):
            raise DataError(f"{self.folder / name} can't be an entry: {_bad(name)}")
        return read_model(self.folder / name, name).at(self.folder / name)

    def register(self) -> dict[str, str]:
        """Register every entry that can be used; the names of the others, and why. Those that are there stay."""
        remember(self.folder)
        broken = {}
        for name in sorted(self.marks()):
            try:
                register_entries([self.read(name)], str(self.folder))
            except HubError as error:
                broken[name] = str(error)
        return broken

    def add(self, source: Path, name: str = "", made: Mapping[str, Any] | None = None, replace: bool = False) -> Facts:
        """Copy a folder to be an entry, and return its facts; by the folder's own name where none is given.

        ``made``: how its model was made, for its receipt. An entry of this name gives way where that is asked for by
        ``replace``. Raises HubError, and then nothing was added and nothing gave way.
        """
        name = name or source.resolve().name
        if not NAME.fullmatch(name):
            raise DataError(f"{name!r} can't be a generator's name: {_bad(name)}")
        if not source.is_dir():
            raise DataError(f"There is no folder {source}.")
        read_model(source, name)
        files = list_model(source)
        with self._changing():
            if not (replace and name in self.marks()):
                self._check_free(name)
            new = self.folder / f"{NEW}{secrets.token_hex(8)}"
            try:
                for file in files:
                    (new / file).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source / file, new / file)
                self._seal(new, name, made or {})
                self._put(new, name)
            except HubError as error:
                raise told_of(error, new, source) from error
            except OSError as error:
                raise StorageError(
                    Sentence("{name} was not added: {why}, then try again.", name=name, why=explain_disk_error(error))
                ) from error
            finally:
                shutil.rmtree(new, ignore_errors=True)
            sync_folder(self.folder)
            found = facts(self.read(name))  # type: ignore[arg-type]  # each kind has what its base lacks
            append_event(self.folder, "added", found)
        return found

    def _put(self, new: Path, name: str) -> None:
        """Rename a copy to its place; what was there goes, and comes back where that fails. Raises OSError."""
        place, gone = self.folder / name, self.folder / f"{GONE}{secrets.token_hex(8)}"
        if not place.exists():
            new.rename(place)
            return
        append_event(self.folder, "removed", self._last_facts(name))
        place.rename(gone)
        try:
            new.rename(place)
        except OSError:
            gone.rename(place)
            raise
        shutil.rmtree(gone, ignore_errors=True)

    def remove(self, name: str) -> None:
        """Take an entry away; the roster log keeps its name. Raises UnknownName, StorageError."""
        with self._changing():
            if name not in self.marks():
                there = ", ".join(sorted(self.marks())) or "none"
                raise UnknownName(f"There is no generator {name!r} that was added; there are {there}.")
            append_event(self.folder, "removed", self._last_facts(name))
            gone = self.folder / f"{GONE}{secrets.token_hex(8)}"
            try:
                (self.folder / name).rename(gone)
            except OSError as error:
                why = explain_disk_error(error)
                raise StorageError(
                    Sentence("{name} was not removed: {why}, then try again.", name=name, why=why)
                ) from error
            sync_folder(self.folder)
            shutil.rmtree(gone, ignore_errors=True)  # what is left of it goes the next time

    def _seal(self, new: Path, name: str, made: Mapping[str, Any]) -> None:
        """Check a copy as it lies there, and write its receipt."""
        entry = read_model(new, name)
        check_model(new, entry)
        write_whole(new / RECEIPT, receipt_of(new, entry, made).encode())
        for path in (*new.rglob("*"), new):
            sync_folder(path)  # of a file it waits for what is in it

    def _check_free(self, name: str) -> None:
        if name in self.marks():
            raise DataError(
                Sentence("There is a generator {name!r} already: remove it first, or choose another name.", name=name)
            )
        if any(other.name == name and not getattr(other, "stored", False) for other in GENERATORS):
            raise DataError(Sentence("There is a generator {name!r} already: choose another name.", name=name))

    def _last_facts(self, name: str) -> Facts:
        """What is known of an entry that goes, were it broken."""
        try:
            found = known(self.read(name))  # type: ignore[arg-type]  # each kind has what its base lacks
        except HubError:
            found = ""
        bare = Facts(
            name=name, title=name, method="", licence=UNKNOWN, revision=UNKNOWN, parameters=None, device=UNKNOWN,
            device_hours=None, sha256={},
        )  # fmt: skip
        return found if isinstance(found, Facts) else bare

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the lock; what a process that died has left is taken away first. Raises StorageError."""
        try:
            make_folder(self.folder)
            lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StorageError(
                f"{self.folder} can't be written: {explain_disk_error(error)}, then try again."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in (*self.folder.glob(f"{NEW}*"), *self.folder.glob(f"{GONE}*")):
                shutil.rmtree(left, ignore_errors=True)
            yield
        finally:
            os.close(lock)


def _bad(name: str) -> str:
    if len(name) > 64:
        return "it has more than 64 characters."
    return "use small letters, digits, '.', '_' and '-', and begin with a letter or digit."
