"""An arena's roster while it runs: it follows what is added to, and removed from, the data folder's models."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from hub.engine import ServingEngine
from hub.errors import HubError
from hub.generators import GENERATORS, Generator
from hub.generators.facts import check
from hub.generators.former import FORMER, Label, remember
from hub.generators.kinds import register_entries
from hub.generators.model_store import Mark, ModelStore

log = logging.getLogger(__name__)


class LiveRoster:
    """The arena's generators, of whom those made at run time come and go. :meth:`look` is called by one thread.

    ``meet`` is told who may meet from now on, ``forget`` who is no entry any more. Whoever is removed meets nobody from
    then on; of a battle under way what is being drawn is finished, and what waits fails, as a drawing may.
    """

    def __init__(
        self,
        generators: Sequence[Generator],
        data: Path,
        engine: ServingEngine,
        meet: Callable[[Sequence[str]], None],
        forget: Callable[[str], None],
    ) -> None:
        self._store, self._engine, self._meet, self._forget = ModelStore(data), engine, meet, forget
        self._generators = {generator.name: generator for generator in generators}
        self._marks = {name: mark for name, mark in self._store.marks().items() if name in self._generators}
        self._tried: dict[str, Mark] = {}  # folders that can't be used, as they are now

    @property
    def generators(self) -> list[Generator]:
        """The generators as they are now."""
        return list(self._generators.values())

    def look(self) -> list[str]:
        """Follow what changed; returns the names that are new, to be loaded."""
        now = self._store.marks()
        gone = [name for name, mark in self._marks.items() if now.get(name) != mark]
        for name in gone:
            self._leave(name)
        new = [name for name, mark in now.items() if name not in self._marks and self._tried.get(name) != mark]
        come = [name for name in new if self._join(name, now[name])]
        if come:
            self._tell()
        return come

    def _tell(self) -> None:
        self._meet(tuple(name for name, one in self._generators.items() if _usable(one)))

    def _leave(self, name: str) -> None:
        entry = self._generators.pop(name)
        FORMER[name] = Label(entry.title, entry.method)
        del self._marks[name]
        self._tell()
        GENERATORS.remove(name)
        self._engine.forget(name)
        self._forget(name)
        log.info("%s is no entry any more", name, extra={"event": "generator.removed", "generator": name})

    def _join(self, name: str, mark: Mark) -> bool:
        try:
            entry = self._store.read(name)
            check(entry)  # type: ignore[arg-type]  # each kind has what its base lacks
            register_entries([entry], str(self._store.folder))
        except HubError as error:
            self._tried[name] = mark
            log.warning("%s can't be an entry: %s", name, error)
            return False
        self._generators[name], self._marks[name] = GENERATORS[name], mark
        remember(self._store.folder)
        log.info("%s is an entry now", name, extra={"event": "generator.added", "generator": name})
        return True


def _usable(generator: Generator) -> bool:
    try:
        check(generator)
    except HubError:
        return False
    return True
