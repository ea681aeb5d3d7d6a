"""One run's child process, from its start to its end."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from hub.errors import HubError
from hub.methods.training_runs import TrainingRun
from hub.training_process import explain_failure, is_alive, start_training
from hub.training_progress import PROGRESS, STOP, ProgressLine, read_lines
from hub.weights.trained_checkpoint import find_trained

LOADING = 45.0  # seconds, at most, that a cold disk takes until the first step, which a run does not count
PART = 0.1  # of a short share that is left for it
PATIENCE = 120.0  # seconds that a run has for the step it is in and for writing, once it is asked to stop
LOOK = 0.2  # seconds between two looks


class WatchedRun:
    """A run's process, which has ``share`` seconds from its start, and goes on with what is in ``folder``.

    It is told to end a little earlier, so that loading and writing are within its share.
    """

    def __init__(self, run: TrainingRun, folder: Path, share: float) -> None:
        self.run, self.folder, self.share = run, folder, share
        self.child: subprocess.Popen[bytes] | None = None
        self.begun, self.asked, self.failure = time.monotonic(), 0.0, ""
        self._told_before = 0

    def start(self, pack: Path, threads: int) -> None:
        """Start it; where it can't be started, ``failure`` says why."""
        try:
            if is_alive(self.folder):
                self._end_former()
            progress = self.folder / PROGRESS
            self._told_before = progress.stat().st_size if progress.exists() else 0
            options = [*self.run.arguments, "--pack", str(pack.absolute())]
            if self.run.timed:
                minutes = (self.share - min(LOADING, PART * self.share)) / 60
                options += ["--minutes", f"{max(minutes, 1e-4):.5f}"]
            self.begun = time.monotonic()
            self.child = start_training(self.folder, self.folder, self.run.module, options, threads)
        except OSError as error:
            self.failure = f"It could not be started: {error.strerror or error}; mend that and run it again."
        except HubError as error:
            self.failure = str(error)

    def _end_former(self) -> None:
        """Stop the process that a killed training of all left: it goes on as one of this."""
        (self.folder / STOP).touch()
        end = time.monotonic() + PATIENCE
        while is_alive(self.folder):
            if time.monotonic() > end:
                raise HubError(f"{self.folder} is still trained by a process from before: end it, then run it again.")
            time.sleep(LOOK)

    @property
    def seconds(self) -> float:
        """Return how long it has run since its start."""
        return time.monotonic() - self.begun

    def look(self) -> bool:
        """Return whether it has ended; it is asked to stop once its share is over."""
        if self.child is None or self.child.poll() is not None:
            return True
        if self.seconds >= self.share and not self.asked:
            self.ask()
        if self.asked and time.monotonic() - self.asked > PATIENCE:
            self.kill()
        return False

    def ask(self) -> None:
        """Ask it to stop after the step it is in."""
        self.asked = time.monotonic()
        with suppress(OSError):  # a full disk: it is killed then
            (self.folder / STOP).touch()

    def kill(self) -> None:
        """End it at once, with the processes that it started."""
        if self.child:
            with suppress(ProcessLookupError):
                os.killpg(self.child.pid, signal.SIGKILL)

    def last_line(self) -> ProgressLine | None:
        """Return what it told last since its start."""
        return next(reversed(read_lines(self.folder, self._told_before)), None)

    def stopped(self) -> bool:
        """Return whether it stopped as it was asked to, with its state kept."""
        last = self.last_line()
        return bool(last and last.stopped)

    def explain_end(self) -> str:
        """Return why it did not end well, in one sentence; nothing where it did, or stopped as its share was over."""
        if self.failure or self.child is None:
            return self.failure
        code = self.child.returncode
        if code != 0 and not (self.stopped() and self.seconds >= self.share):
            return explain_failure(self.folder, code)
        try:
            trained = find_trained(self.folder)
        except HubError as error:
            return str(error)
        return "" if trained else "It wrote no checkpoint within its share: give it more minutes."
