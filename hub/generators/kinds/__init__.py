"""Generators that are lines of configuration: one file here, one kind of entry.

A TOML file holds one table an entry, by name; ``kind`` says which model of this package checks its fields::

    sd-turbo = { kind = "diffusers", model = "stabilityai/sd-turbo", steps = 1, guidance_scale = 0.0, licence = "..." }
"""

import hashlib
import json
import tomllib
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from hub.errors import DataError, HubError, UnknownName
from hub.generators.contract import GENERATORS, Accepts, Draw, Placement
from hub.registry import Registry

NAMES_ONLY = frozenset({"name", "kind", "title", "licence"})  # fields that decide no pixel


class ConfiguredEntry(BaseModel):
    """What every kind has; a kind adds its fields and fulfils the rest of ``hub.generators.Generator``."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    kind: str
    title: str = Field(min_length=1, max_length=100)
    licence: str = Field(min_length=1, max_length=100)
    hidden: ClassVar[bool] = False
    accepts: ClassVar[Accepts] = Accepts()
    _trouble: str = PrivateAttr("")
    _stored: bool = PrivateAttr(False)

    @property
    def recipe(self) -> str:
        """Six digits that name how this entry draws, so that its revision changes with its line."""
        fields = self.model_dump(mode="json", exclude={*NAMES_ONLY, *({"model"} if self._stored else ())})
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:6]

    @property
    def stored(self) -> bool:
        """Whether it was made at run time: its model is a folder of the data folder, whose place decides no pixel."""
        return self._stored

    def at(self, folder: Path) -> Self:
        """Return this entry as one whose model was made at run time and lies in ``folder``."""
        entry = self.model_copy(update={"model": str(folder)})
        entry._stored = True
        return entry

    @property
    def trouble(self) -> str:
        """Why it could not be loaded the last time that was tried in this process; empty if it could."""
        return self._trouble

    def load(self, place: Placement) -> Draw:
        """See ``hub.generators.Generator``; a failure is kept for the list of generators."""
        try:
            draw = self.load_draw(place)
        except HubError as error:
            self._trouble = error.sentence
            raise
        self._trouble = ""
        return draw

    @abstractmethod
    def load_draw(self, place: Placement) -> Draw:
        """What draws, brought to its place. Raises HubError."""


@dataclass(frozen=True)
class EntryKind:
    """A kind of entry; ``stored``: its model can be a folder of the data folder, made at run time."""

    name: str
    entry: type[ConfiguredEntry]
    stored: bool = False


KINDS: Registry[EntryKind] = Registry("kind", "hub.generators.kinds")


def register_file(path: Path) -> list[str]:
    """Register the entries of a TOML file; their names, in its order.

    May be called again, in this process or another: entries that are there as the file has them stay. Raises DataError
    naming the file, the entry and the field.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"The generators' file {path} can't be read ({error.strerror}).") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"The generators' file {path} is no TOML: {error}.") from error
    if not tables:
        raise DataError(f"The generators' file {path} holds no entry.")
    entries = [entry_of(f"{path}, entry {name!r}", name, table, path.parent) for name, table in tables.items()]
    register_entries(entries, str(path))
    return [entry.name for entry in entries]


def register_entries(entries: Sequence[ConfiguredEntry], source: str) -> None:
    """Register entries, those that are there already staying. Raises DataError for a name that is another's."""
    there = {generator.name: generator for generator in GENERATORS}
    for entry in entries:
        known = there.get(entry.name)
        if known is None:
            GENERATORS.add(entry)  # type: ignore[arg-type]  # each kind has what its base lacks; a test holds it to that
        elif not (isinstance(known, ConfiguredEntry) and known.model_dump() == entry.model_dump()):
            raise DataError(f"{source}, entry {entry.name!r}: another generator has this name already; choose another.")


def registered_entries() -> tuple[ConfiguredEntry, ...]:
    """The entries that were registered in this process, for another one to register."""
    return tuple(generator for generator in GENERATORS if isinstance(generator, ConfiguredEntry))


def entry_of(where: str, name: str, table: Any, folder: Path) -> ConfiguredEntry:
    """Return the entry of a table; its paths begin at ``folder``. Raises DataError, which begins with ``where``."""
    if not isinstance(table, dict) or "kind" not in table:
        example = f'{name} = {{ kind = "diffusers", ... }}'
        raise DataError(f"{where} must be a table with a kind, as in {example}; a name with a dot needs quotes.")
    if "name" in table:
        raise DataError(f"{where}, field name: the name is what the table is called; leave the field out.")
    try:
        kind = KINDS[str(table["kind"])]
    except UnknownName as error:
        raise DataError(f"{where}, field kind: {error}") from error
    try:
        return kind.entry.model_validate({"title": name, **table, "name": name}, context={"folder": folder})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        told = first["msg"].removeprefix("Value error, ").rstrip(".")
        raise DataError(f"{where}{f', field {field}' if field else ''}: {told}.") from None
