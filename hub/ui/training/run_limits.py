"""How much of the machine visitors' runs may take: of one visitor, of one network, of everybody, and of the disk."""

import shutil
import threading
from collections.abc import Sequence

from hub.errors import RequestError
from hub.jobs import JobState, JobView
from hub.language.sentence import Sentence
from hub.moving_window import MovingWindow
from hub.raters import Rater
from hub.ui.training.own_runs import OwnRuns

WAITING, KEPT = 1, 3  # runs of one visitor that wait or run, and that are kept
ALL_WAITING, ALL_KEPT = 8, 40  # of everybody and all trainings; a kept run has some 200 MB at most
STARTS, HOUR = 6, 3600.0  # runs that one network starts within an hour
FREE = 2 << 30  # bytes that must stay free on the disk
UNDER_WAY = (JobState.queued, JobState.running, JobState.stopping)
YOURS = Sentence("You have a run under way: wait for its end, or stop it, then start another.")
YOURS_KEPT = Sentence("You keep {count} runs, which is the most: delete one, then start another.", count=KEPT)
BUSY = Sentence("{count} runs wait here, which is the most: try again in an hour.", count=ALL_WAITING)
FULL = Sentence("This arena keeps {count} runs, which is the most: its operator can remove some.", count=ALL_KEPT)
OFTEN = Sentence("Many runs were started from your network within an hour: wait, then start yours.")
NO_ROOM = Sentence("The disk of this arena is nearly full: its operator must free some space first.")


class RunLimits:
    """Says whether a visitor may start one more run. Safe to call from several threads."""

    def __init__(self, runs: OwnRuns) -> None:
        self._runs, self._window, self._lock = runs, MovingWindow(STARTS, HOUR), threading.Lock()

    def check(self, rater: Rater) -> None:
        """Raise RequestError where a visitor may start no run now."""
        everybody, own = self._runs.all(), self._runs.of(rater)
        looking = [one for run in own for one in self._runs.about(run.id)]
        refusals = (
            (count_under_way([*own, *looking]) >= WAITING, YOURS),
            (len(own) >= KEPT, YOURS_KEPT),
            (count_under_way(everybody) >= ALL_WAITING, BUSY),
            (len(everybody) >= ALL_KEPT, FULL),
            (shutil.disk_usage(self._runs.jobs.data).free < FREE, NO_ROOM),
        )
        for refused, why in refusals:
            if refused:
                raise RequestError(why)
        with self._lock:
            if self._window.wait(rater.network) > 0:
                raise RequestError(OFTEN)

    def count(self, rater: Rater) -> None:
        """Count a run that a visitor started."""
        with self._lock:
            self._window.count(rater.network)


def count_under_way(views: Sequence[JobView]) -> int:
    """Return how many of these jobs wait or run."""
    return sum(one.state in UNDER_WAY for one in views)
