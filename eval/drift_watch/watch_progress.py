"""How far a drift watch is, told as a training tells it, so that a page shows and stops it alike."""

import time
from pathlib import Path

from hub.errors import Stopped
from hub.training_progress import STOP, ProgressLine, append_line

TELL = 2.0  # seconds between two lines of progress, at least


class WatchProgress:
    """The progress of ``total`` pictures that a watch draws into a folder."""

    def __init__(self, folder: Path, title: str, total: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.title, self.total = folder, title, total
        self.done, self.drawn, self.start = 0, 0, time.monotonic()
        self._tell()

    def skip(self, count: int) -> None:
        """Count pictures that were drawn before."""
        self.done += count
        self._tell()

    def advance(self) -> None:
        """Count a picture that was drawn just now. Raises Stopped where the watch was asked to stop."""
        self.done, self.drawn = self.done + 1, self.drawn + 1
        if (self.folder / STOP).exists():
            self._tell(stopped=True)
            (self.folder / STOP).unlink(missing_ok=True)
            raise Stopped(f"{self.title} was stopped at picture {self.done} of {self.total}; run it again to go on.")
        if time.monotonic() - self._told >= TELL or self.done == self.total:
            self._tell()

    def _tell(self, stopped: bool = False) -> None:
        seconds = time.monotonic() - self.start
        left = (self.total - self.done) * seconds / self.drawn if self.drawn else None
        append_line(
            self.folder, ProgressLine(self.title, self.done, self.total, round(seconds, 3), left, stopped=stopped)
        )
        self._told = time.monotonic()
