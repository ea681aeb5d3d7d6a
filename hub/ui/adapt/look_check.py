"""Whether a look can be asked of a source, before a run is queued: a few seconds of computing, as a run begins."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from hub.errors import RequestError
from hub.files import MODELS, WEIGHTS
from hub.jobs import Jobs
from hub.language.sentence import Sentence
from hub.methods.ipl.adaptable import Folders, list_sources
from hub.methods.ipl.config import IplConfig
from hub.methods.ipl.look_words import warn_drawn_already
from hub.moving_window import MovingWindow
from hub.raters import Rater
from hub.ui.field_notes import at_field
from hub.ui.training.run_view import COLUMNS

WORDS = "adapt-to"  # the element of the box of a look's words
CHECKS, MINUTE = 6, 60.0  # looks that one network has checked within a minute
SHOWN = 8  # pictures of a sheet
OFTEN = Sentence("Many looks were checked from your network within a minute: wait, then try yours.")


@dataclass(frozen=True)
class LookWarning:
    """A warning of a look that a source seems to draw already, with what it draws of either words, each a PNG."""

    sentence: Sentence
    told_source: bytes
    told_target: bytes


Check = Callable[[IplConfig, Folders], tuple[bytes, bytes] | None]


class LookCheck:
    """Checks looks, one at a time: it takes a core. Safe to call from several threads."""

    def __init__(self, jobs: Jobs) -> None:
        self._folders: Folders = (WEIGHTS, jobs.data / MODELS)
        self._window, self._lock = MovingWindow(CHECKS, MINUTE), threading.Lock()

    def list_sources(self) -> list[str]:
        """Return the names of the generators that can be adapted."""
        return list_sources(self._folders)

    def find_warning(self, rater: Rater, source: str, source_words: str, target_words: str) -> LookWarning | None:
        """Return a warning where the source seems to draw the look already when a prompt names it, else None.

        Raises: HubError for words or a source that can't be used.
        """
        with self._lock:
            if self._window.wait(rater.network) > 0:
                raise RequestError(OFTEN)
            self._window.count(rater.network)
            with at_field(WORDS):
                drawn = load_check()(IplConfig(source, source_words, target_words), self._folders)
        return LookWarning(warn_drawn_already(source, target_words), *drawn) if drawn else None


def load_check() -> Check:
    """Return what checks a look; it needs torch, which a page does not.

    It returns what the source draws of either words where it seems to draw the look already, and raises HubError.
    """
    from hub.files import png_bytes
    from hub.methods.ipl.prepare import prepare
    from hub.methods.training import make_grid

    def check(config: IplConfig, folders: Folders) -> tuple[bytes, bytes] | None:
        asked = prepare(config, folders=folders).asked
        if not asked.drawn_already:
            return None
        apart = len(asked.told_source) // SHOWN or 1
        before, after = (one[::apart][:SHOWN] for one in (asked.told_source, asked.told_target))
        return png_bytes(make_grid(before, COLUMNS)), png_bytes(make_grid(after, COLUMNS))

    return check
