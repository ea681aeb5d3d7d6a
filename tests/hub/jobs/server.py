"""``python -m tests.hub.jobs.server DATA``: runs the jobs of a data folder until SIGTERM, as an arena does."""

import signal
import sys
from pathlib import Path
from threading import Event

from hub.jobs import JobRunner, Jobs
from tests.hub.jobs.made import MODULES


def main() -> None:
    """Serve."""
    stopped = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    runner = JobRunner(Jobs(Path(sys.argv[1]), MODULES))
    runner.open()
    print("open", flush=True)
    stopped.wait()
    runner.close()


if __name__ == "__main__":
    main()
