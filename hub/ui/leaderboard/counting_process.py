"""The process that counts the votes (``eval.leaderboard``), asked line by line: one question, one answer."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from hub.schema import Vote
from hub.training_process import NICE, build_environment


class CountingProcess:
    """The process, begun when this is made; it goes when it is closed, or this process is gone.

    ``facts`` is what it may ask in between, by name. What raises EOFError has found it gone before.
    """

    def __init__(self, data: Path, facts: Mapping[str, Callable[[], Collection[object]]]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "eval.leaderboard", str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=build_environment(1),
            start_new_session=True,  # Ctrl-C is for the arena, which then closes this
        )
        with suppress(OSError):  # it has ended, or is more polite than that
            os.setpriority(os.PRIO_PROCESS, self._process.pid, NICE)
        self._facts, self.id = facts, self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, votes: Sequence[Vote]) -> dict[str, Any]:
        """Tell it of these votes, and return what it answers, by kind.

        Raises: EOFError.
        """
        self._say([vote.model_dump_json() for vote in votes])
        while "ask" in (answer := self._hear()):
            self._say(self._facts[answer["ask"]]())
        return answer

    def stop(self) -> None:
        """Stop the process, from any thread; who asks it then finds it gone, and closes it."""
        self._process.kill()

    def close(self) -> None:
        """Stop the process, and free what it held."""
        with suppress(BrokenPipeError), self._process:  # a line that it did not take
            self.stop()

    def _say(self, line: Collection[object]) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(list(line), ensure_ascii=False) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise EOFError from error

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line.endswith("\n"):
            raise EOFError
        found: dict[str, Any] = json.loads(line)
        return found
