"""Trains the runs of a session: side by side on a GPU, one after another on a CPU. One that fails stops no other."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.progress import Progress, TaskID

from hub.command import print_error
from hub.errors import HubError, Stopped, StorageError
from hub.methods.train_all.session import LEAST, TrainingSession
from hub.methods.train_all.watched_run import LOOK, PATIENCE, WatchedRun
from hub.methods.training_runs import TrainingRun
from hub.progress import make_bar

KEEP = 2.0  # seconds between two writings of the session
OnEnd = Callable[[str, Path, str], None]


class Supervisor:
    """Trains what is pending in a session within its minutes; ``failures`` says of each run that failed why.

    ``on_end`` is given the name, the folder and the day of a run that has ended well.
    """

    def __init__(
        self, session: TrainingSession, runs: dict[str, TrainingRun], pack: Path, out: Path, on_end: OnEnd
    ) -> None:
        self.session, self.runs, self.pack, self.out, self.on_end = session, runs, pack, out, on_end
        self.failures: dict[str, str] = {}
        self._kept = 0.0

    def train(self, together: bool) -> None:
        """Train every pending run.

        Raises: Stopped where the process is asked to end, after the runs' states are kept.
        """
        pending = self.session.pending()
        groups = [pending] if together else [[name] for name in pending]
        with make_bar() as bar, _signals_interrupt():
            for number, group in enumerate(groups):
                shares = {name: self.session.share(name, len(groups) - number, together) for name in group}
                for name in (late := [name for name, share in shares.items() if share < LEAST]):
                    self.failures[name] = "No minutes are left for it: give more."
                self._train_group({name: share for name, share in shares.items() if name not in late}, bar)

    def _train_group(self, shares: dict[str, float], bar: Progress) -> None:
        """Train some runs at once, each for its seconds."""
        threads = max(1, (os.cpu_count() or 1) // max(1, len(shares)))
        watched = {name: WatchedRun(self.runs[name], self.out / name, share) for name, share in shares.items()}
        before = {name: self.session.seconds.get(name, 0.0) for name in shares}
        rows = {name: bar.add_task(f"{name}, seconds", total=round(share), note="") for name, share in shares.items()}
        try:
            for one in watched.values():
                one.start(self.pack, threads)
            self._watch(watched, before, rows, bar)
        except KeyboardInterrupt:
            self._stop(watched)
            raise Stopped("The training of all was stopped; run it again to go on.") from None
        finally:
            for name, one in watched.items():
                self.session.seconds[name] = before[name] + one.seconds
            self._keep(now=True)

    def _watch(
        self, watched: dict[str, WatchedRun], before: dict[str, float], rows: dict[str, TaskID], bar: Progress
    ) -> None:
        left = dict(watched)
        while left:
            for name, one in list(left.items()):
                ended = one.look()
                self.session.seconds[name] = before[name] + one.seconds
                bar.update(rows[name], completed=min(round(one.seconds), round(one.share)), note=describe_row(one))
                if ended:
                    del left[name]
                    bar.update(rows[name], visible=False)
                    self._end(name, one)
            self._keep()
            time.sleep(LOOK)

    def _end(self, name: str, one: WatchedRun) -> None:
        if sentence := one.explain_end():
            self.failures[name] = sentence
            print_error(f"{name}: {sentence}")
            return
        try:
            self.on_end(name, one.folder, self.session.end(name))
        except HubError as error:
            self.failures[name] = f"It is trained, but has no row in the ledger: {error}"

    def _stop(self, watched: dict[str, WatchedRun]) -> None:
        """Ask all that run to stop, and wait until they have."""
        left = [one for one in watched.values() if not one.look()]
        for one in left:
            one.ask()
        end = time.monotonic() + PATIENCE
        while any(not one.look() for one in left) and time.monotonic() < end:
            time.sleep(LOOK)

    def _keep(self, now: bool = False) -> None:
        """Write the session from time to time; where the disk is full the runs go on, and it is said."""
        if now or time.monotonic() - self._kept >= KEEP:
            self._kept = time.monotonic()
            try:
                self.session.save(self.out)
            except StorageError as error:
                self.failures["session"] = str(error)


def describe_row(one: WatchedRun) -> str:
    """Return what a run told last, for its row: ``step 1,250, cos 0.31``."""
    last = one.last_line()
    if last is None:
        return "starting"
    told = [f"{name} {value:.3g}" for name, value in last.scores.items() if value is not None]
    return ", ".join([f"step {last.step:,}", *told])


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Have an end that the system asks for stop the runs first, as the keyboard's does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def list_installs(names: Sequence[str], runs: dict[str, TrainingRun], out: Path) -> list[str]:
    """Return a line for each trained run that says how its checkpoint gets into its place."""
    by_hand = "copy {0}/model.safetensors to hub/weights/{1}; what is trained or measured with it is due then"
    return [
        f"{name}: " + by_hand.format(out / name, name) if runs[name].shared
        else f"python -m hub.weights install {out / name}"
        for name in names
    ]  # fmt: skip
