"""Whether a look can be asked of a source, before a run is queued: a few seconds of computing, as a run begins."""

import threading
from collections.abc import Callable

from hub.errors import RequestError
from hub.files import MODELS, WEIGHTS
from hub.jobs import Jobs
from hub.language.sentence import Sentence
from hub.methods.ipl.adaptable import Folders, list_sources
from hub.methods.ipl.config import IplConfig
from hub.methods.ipl.look_words import check_words, warn_drawn_already
from hub.moving_window import MovingWindow
from hub.raters import Rater

CHECKS, MINUTE = 6, 60.0  # looks that one network has checked within a minute
OFTEN = Sentence("Many looks were checked from your network within a minute: wait, then try yours.")


class LookCheck:
    """Checks looks, one at a time: it takes a core. Safe to call from several threads."""

    def __init__(self, jobs: Jobs) -> None:
        self._folders: Folders = (WEIGHTS, jobs.data / MODELS)
        self._window, self._lock = MovingWindow(CHECKS, MINUTE), threading.Lock()

    def list_sources(self) -> list[str]:
        """Return the names of the generators that can be adapted."""
        return list_sources(self._folders)

    def find_warning(self, rater: Rater, source: str, source_words: str, target_words: str) -> Sentence | None:
        """Return a warning where the source draws the look already when a prompt names it, else None.

        Raises: HubError for words or a source that can't be used.
        """
        words = check_words(source_words, target_words)
        with self._lock:
            if self._window.wait(rater.network) > 0:
                raise RequestError(OFTEN)
            self._window.count(rater.network)
            drawn = load_check()(IplConfig(source, *words), self._folders)
        return warn_drawn_already(source, words[1]) if drawn else None


def load_check() -> Callable[[IplConfig, Folders], bool]:
    """Return what checks a look; it needs torch, which a page does not.

    It returns whether the source draws the look already, and raises HubError.
    """
    from hub.methods.ipl.prepare import prepare

    return lambda config, folders: prepare(config, folders=folders).drawn_already
