"""The process that counts: it reads a data folder's votes, is told of more line by line, and answers with standings.

Nothing it does holds up the arena that started it, whose process takes votes meanwhile. Each line that comes is JSON,
as is each line that goes: ``ask``, where it must know which votes it may count; then, for each line of votes,
``standings``, or ``same`` where nothing changed, or ``trouble`` where the votes could not be read.
"""

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from eval.leaderboard.counted_votes import CountedVotes
from eval.leaderboard.standings import make_standings
from hub.errors import HubError
from hub.progress import console
from hub.schema import Vote

FACTS = ("segments", "untold", "withdrawn")  # that are asked for, and these, pairs of a generator's name and it:
PAIRS = ("titles", "licences")
Say = Callable[[dict[str, Any]], None]


def answer_lines(data: Path, lines: Iterator[str], say: Say) -> None:
    """Answer every line that comes, until there are no more."""

    def ask(what: str) -> list[Any]:
        say({"ask": what})
        return list(json.loads(next(lines)))

    counted: CountedVotes | None = None
    for line in lines:
        votes = [Vote.model_validate_json(vote) for vote in json.loads(line)]
        try:
            fresh = counted is None
            counted = counted or CountedVotes(data, *(partial(ask, what) for what in FACTS))
            changed = counted.add(votes) or fresh
            if changed:
                say({"standings": make_standings(counted.read, *(dict(ask(what)) for what in PAIRS)).to_text()})
            else:
                say({"same": True})
        except HubError as error:
            say({"trouble": str(error)})


def work(data: Path) -> None:
    """Answer the lines of standard input on standard output; progress of long ratings is nobody's to read."""
    console.quiet = True
    answers, sys.stdout = sys.stdout, sys.stderr

    def say(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer, ensure_ascii=False) + "\n")
        answers.flush()

    answer_lines(data, iter(sys.stdin.readline, ""), say)
