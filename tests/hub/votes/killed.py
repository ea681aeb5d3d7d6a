"""``python -m tests.hub.votes.killed``: starts a process that logs entries for each line of its input, to be killed.

A line is the data folder, the rows of a segment and a name. The process it starts writes its ``pid``, ``open``, what it
recovered, and ``got ID`` for each entry whose append has returned; when it is dead, this one writes how it ended. One
entry of four is a drawing, whose battle is over two entries later, or stays open.
"""

import os
import sys
import threading
from itertools import count
from pathlib import Path

import pyarrow as pa

from hub.votes import VoteLog
from tests.hub.votes.made import drawing, vote

THREADS = 4


def tell(text: str) -> None:
    """One line to the parent, whole or not at all."""
    os.write(1, f"{text}\n".encode())


def log_for_ever(data: Path, rows: int, name: str) -> None:
    """Append votes and drawings from several threads."""
    tell(f"pid {os.getpid()}")
    log = VoteLog(data, seal_rows=rows, battle_seconds=3600)
    tell(f"open {data}")
    for sentence in log.recovered:
        tell(f"recovered {sentence}")

    def work(thread: int) -> None:
        for number in count():
            id = f"{name}-{thread}-{number}"
            log.append(drawing(id) if number % 4 == 3 else vote(id))
            tell(f"got {id}")
            if number % 8 == 5:
                log.tell(f"{name}-{thread}-{number - 2}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    threads[0].join()


def main() -> None:
    """Fork for each line: that is faster than starting Python anew."""
    pa.scalar(0)  # imports what pyarrow imports at its first value
    for line in sys.stdin:
        data, rows, name = line.split("\t")
        pid = os.fork()
        if pid == 0:
            try:
                log_for_ever(Path(data), int(rows), name.strip())
            finally:
                os._exit(1)
        _, status = os.waitpid(pid, 0)
        tell(f"dead {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
