"""``python -m tests.hub.methods.train_pretended OUT MINUTES``: two pretended runs, in a process to kill."""

import signal
import sys
from pathlib import Path

from hub.errors import Stopped
from hub.methods.train_all.session import open_session
from hub.methods.train_all.supervise import Supervisor
from tests.hub.methods.made_runs import pretend

RUNS = {name: pretend(name, "--steps", "150") for name in ("a", "b")}

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by children of a shell's background
    out, minutes = Path(sys.argv[1]), float(sys.argv[2])
    out.mkdir(exist_ok=True)
    session = open_session(out, minutes, list(RUNS), asked=False, commit="")
    supervisor = Supervisor(session, RUNS, Path(__file__), out, lambda name, folder, day: print(name, flush=True))
    try:
        supervisor.train(together=False)
    except Stopped as error:
        sys.exit(str(error))
    assert supervisor.failures == {}
