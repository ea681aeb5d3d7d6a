"""Starting a visitor's run: whoever may, under a name that is free."""

import threading
from collections.abc import Sequence

from hub.errors import DataError
from hub.generators import GENERATORS
from hub.generators.model_store import NAME, ModelStore
from hub.jobs import JobState
from hub.language.sentence import Sentence
from hub.raters import Rater
from hub.ui.field_notes import at_field
from hub.ui.training.own_runs import OwnRuns, check_cookie
from hub.ui.training.run_limits import RunLimits


class RunStart:
    """Queues visitors' runs of one training, whose entries are named in the page's ``field``.

    Safe to call from several threads.
    """

    def __init__(self, runs: OwnRuns, field: str) -> None:
        self._field = field
        self._runs, self._jobs, self._store = runs, runs.jobs, ModelStore(runs.jobs.data)
        self._limits, self._lock = RunLimits(runs), threading.Lock()

    def check(self, rater: Rater, name: str) -> None:
        """Raise HubError where a visitor may start no run now, or none whose entry has this name."""
        check_cookie(rater)
        with at_field(self._field):
            self._check_name(name)
        self._limits.check(rater)

    def start(self, rater: Rater, name: str, options: Sequence[str], pictures: Sequence[bytes] = ()) -> str:
        """Queue a run whose entry is to have a name; returns its job's ID.

        Raises: HubError, and then nothing was queued or written.
        """
        with self._lock:
            self.check(rater, name)
            id = self._jobs.start(self._runs.module, options, pictures=pictures, owner=rater.id, name=name)
            self._limits.count(rater)
        return id

    def _check_name(self, name: str) -> None:
        """Raise DataError for what is no name, or that of an entry, or of a run that is to become one."""
        if not NAME.fullmatch(name):
            raise DataError(
                Sentence(
                    "{name!r} can't be an entry's name: use small letters, digits, '.', '_' and '-', 64 at most, as in "
                    "my-look.",
                    name=name[:70],
                )
            )
        runs = {
            one.name
            for one in self._jobs.records().values()
            if one.state in (JobState.queued, JobState.running, JobState.stopped)
        }
        if name in runs | self._store.marks().keys() or any(one.name == name for one in GENERATORS):
            raise DataError(Sentence("There is an entry or a run {name!r} already: choose another name.", name=name))
