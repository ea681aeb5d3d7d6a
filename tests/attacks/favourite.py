"""``python -m tests.attacks.favourite``: how far one person moves a generator, with cookies and networks of their own.

Made-up votes go through the arena's own guard and the report's own ratings: a thousand honest ones by raters with
tastes, then the bot's, which knows what it is shown (the worst case) and votes for the weakest of five.
"""

import logging
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated
from unittest.mock import patch

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from eval.ratings.bradley_terry import CENTRE, SCALE, fit
from eval.ratings.counts import count_votes
from eval.summary import Question, summarise
from eval.votes.codes import Mask
from eval.votes.ledger import name_reasons, read_ledger
from hub.command import make_command
from hub.errors import BattleError
from hub.gates import FAVOUR, GATES, Guard
from hub.progress import make_bar
from hub.raters import Rater
from hub.schema import Vote
from hub.settings import Settings
from hub.votes import ReadVotes, make_table
from tests.hub.gates.crowd import FAVOURITE, Choice, Voter, ballot, honest, in_turns, partisan, voters

HONEST, EACH = 1000, 20  # votes, and of each rater
HOUR = 3600.0


@dataclass(frozen=True)
class Bot:
    """How a bot attacks: cookies, networks, votes of each cookie, seconds between two votes, and how it votes."""

    title: str
    cookies: int
    networks: int
    votes: int
    choose: Choice
    pace: float = 15.0  # 236 votes in an hour, of a cookie


BOTS = (
    Bot("1 cookie, 236 votes", 1, 1, 236, partisan()),
    Bot("1 cookie, 600 votes", 1, 1, 600, partisan(), 5.9),
    Bot("20 cookies, 1 network", 20, 1, 236, partisan()),
    Bot("20 cookies, 20 networks", 20, 20, 236, partisan()),
    Bot("20 and 20, else honest", 20, 20, 236, partisan(other=honest(random.Random(0)))),
    Bot("20 and 20, 10 % noise", 20, 20, 236, partisan(noise=0.1)),
    Bot("20 and 20, 30 % noise", 20, 20, 236, partisan(noise=0.3)),
    Bot("20 and 20, 50 % noise", 20, 20, 236, partisan(noise=0.5)),
    Bot("20 and 20, a vote a second", 20, 20, 236, partisan(), 1.0),
    Bot("20 and 20, 60 votes each", 20, 20, 60, partisan(), 60.0),
    Bot("20 and 20, 12 votes each", 20, 20, 12, partisan(), 300.0),
    Bot("20 and 20, 12 each, 30 % noise", 20, 20, 12, partisan(noise=0.3), 300.0),
    Bot("20 and 20, 5 votes each", 20, 20, 5, partisan(), 700.0),
    Bot("200 and 200, 1 vote each", 200, 200, 1, partisan(), 18.0),
    Bot("20 cookies, 1 network, 12 each", 20, 1, 12, partisan(), 300.0),
    Bot("200 cookies, 1 network, 1 each", 200, 1, 1, partisan(), 18.0),
)


@dataclass(frozen=True)
class Result:
    """What a report says of the favourite after an attack."""

    rating: float
    unchecked: float  # the rating by gates of before, which knew no favour
    place: int
    refused: int
    excluded: dict[str, int]
    honest: float  # share of the honest votes that are left out
    first_settled: bool
    first: str


def rating_of(question: Question) -> float:
    """The favourite's rating."""
    return next(row.rating for row in question.ratings if row.generator == FAVOURITE)


def without_favour(votes: Sequence[Vote]) -> float:
    """The favourite's rating if nobody asked whom raters favour: by all votes that no other gate marked, as of a rater
    of its own each.
    """
    table = make_table([vote for vote in votes if not {*vote.excluded} - {FAVOUR}])
    fitted = fit(count_votes(table, np.ones(table.num_rows, dtype=bool)))
    return CENTRE + SCALE * float(fitted.theta[fitted.names.index(FAVOURITE)])


def counted(votes: Sequence[Vote]) -> tuple[Question, Mask]:
    """The question as the report rates it, and which of the votes count, (votes,)."""
    numbered = [vote.model_copy(update={"time": 1e9 + number}) for number, vote in enumerate(votes)]
    table = make_table(numbered)
    return summarise(ReadVotes(table, ())).questions[0], read_ledger(table).counts


def guarded(guard: Guard, votes: Iterator[Vote]) -> tuple[list[Vote], int]:
    """The votes that the guard takes, marked, and how many it refuses by its limits, at the time that each tells."""
    taken, refused = [], 0
    for vote in votes:
        with patch.object(time, "time", lambda now=vote.time: now):
            try:
                guard.allow_vote(Rater(vote.rater, vote.rater, vote.network))
            except BattleError:
                refused += 1
                continue
        taken.append(guard.check(vote))
    return taken, refused


def attack(rng: random.Random, bot: Bot | None) -> Result:
    """What a bot does to a thousand honest votes; None: nobody attacks."""
    settings = Settings()
    limits = settings.battles_per_minute, settings.votes_per_hour, settings.address_factor
    guard = Guard(list(GATES), settings.risk_limit, *limits)
    votes, _ = guarded(guard, in_turns(rng, [(voter, EACH) for voter in voters(rng, HONEST // EACH)]))
    bots: list[Vote] = []
    refused = 0
    if bot:
        wait = max(0.0, bot.pace - min(3.0, bot.pace))
        made = [
            Voter(f"bot-{n}", f"lair-{n % bot.networks}", bot.choose, min(3.0, bot.pace), wait, now=1e9 + 10 * HOUR)
            for n in range(bot.cookies)
        ]
        cast = sorted((ballot(rng, voter) for voter in made for _ in range(bot.votes)), key=lambda vote: vote.time)
        bots, refused = guarded(guard, iter(cast))
    question, counts = counted([*votes, *bots])
    unchecked = without_favour([*votes, *bots])
    out = 1 - float(counts[: len(votes)].mean())
    place = [row.generator for row in question.ratings].index(FAVOURITE) + 1
    study = question.study
    assert study is not None
    first = question.ratings[0].generator
    settled = study.settled.first
    return Result(rating_of(question), unchecked, place, refused, name_reasons(question.excluded), out, settled, first)


COLUMNS = {  # and their widths, which are the same in each row, as rows are printed one by one
    "bot": 30, "without the gate": 8, "points moved": 7, "worst": 6, "place": 7, "left out, of": 16,
    "honest left out": 8, "refused": 8, "reasons": 60, "false 'settled'": 10,
}  # fmt: skip


def row_of(bot: Bot, before: Sequence[Result], after: Sequence[Result]) -> tuple[str, ...]:
    """A bot's row: means over arenas without it and with it, and the worst."""
    seeds = len(before)
    moves = [late.rating - early.rating for early, late in zip(before, after, strict=True)]
    open_ = [late.unchecked - early.rating for early, late in zip(before, after, strict=True)]
    reasons: Counter[str] = Counter()
    for one in after:
        reasons.update(one.excluded)
    given = bot.cookies * bot.votes * seeds - sum(one.refused for one in after)
    wrong = sum(one.first_settled and one.first == FAVOURITE for one in after)
    return (
        bot.title,
        f"{sum(open_) / seeds:+.0f}",
        f"{sum(moves) / seeds:+.0f}",
        f"{max(moves):+.0f}",
        f"{max(one.place for one in before)} to {min(one.place for one in after)}",
        f"{reasons.total() - sum(round(one.honest * HONEST) for one in after):,} of {given:,}",
        f"{sum(one.honest for one in after) / seeds:.1%}",
        f"{sum(one.refused for one in after):,}",
        ", ".join(f"{name}: {number:,}" for name, number in reasons.most_common()) or "-",
        f"{wrong} of {seeds}",
    )


def print_row(cells: Sequence[str]) -> None:
    """Print one row, so that what is finished stays when the rest is stopped."""
    table = Table(box=None, show_header=False, padding=(0, 1))
    for width in COLUMNS.values():
        table.add_column(width=width)
    table.add_row(*cells)
    Console(width=200).print(table)


def main(
    seeds: Annotated[int, typer.Option(help="Arenas that each bot attacks.", min=1, max=20)] = 3,
) -> None:
    """Attack made-up arenas of a thousand honest votes, and print how far the weakest of five generators moves."""
    logging.getLogger("hub.gates").setLevel(logging.CRITICAL)  # the alarms of gates, which ring as they should
    print("The favourite of a bot, beside 1,000 honest votes; means, and the worst arena", flush=True)
    print_row(list(COLUMNS))
    with make_bar() as progress:
        task = progress.add_task("attacks", total=seeds * (1 + len(BOTS)), note="")

        def attacked(bot: Bot | None) -> list[Result]:
            found = []
            for seed in range(seeds):
                found.append(attack(random.Random(seed), bot))
                progress.advance(task)
            return found

        before = attacked(None)
        for bot in BOTS:
            print_row(row_of(bot, before, attacked(bot)))


if __name__ == "__main__":
    make_command(main, "python -m tests.attacks.favourite --seeds 5")()
