"""``python -m tests.attacks.pairs``: guess the pair of a battle before its pictures come.

The rater of a made-up arena knows its rule, all votes until now, as a leaderboard tells them, and which pairs they had
themselves, whose names they were told. They guess the pair that is drawn most then. Who stands on which side is tossed
after that, and no guess of a pair says it.
"""

import random
from collections import Counter
from itertools import combinations
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from eval.ratings.live_information import LiveInformation
from hub.battle.pairing import AGAIN, MOST, Pairs, find_chances
from hub.command import make_command
from hub.progress import track_items
from hub.schema import Criterion
from hub.votes import TABLE
from tests.benchmarks.pairing import DISTINCT, NAMES, judge
from tests.hub.votes.made import vote

Q = Criterion.quality
PAIRS = list(combinations(sorted(NAMES), 2))
EACH = (1, 2, 5, 10)  # votes of a rater


def attack(each: int, votes: int, gap: float, seed: int) -> tuple[float, float]:
    """Return the shares of battles whose pair is guessed by all votes, and by these and the rater's own battles."""
    live = LiveInformation(TABLE.empty_table())
    pairs, rng = Pairs(NAMES, random.Random(seed), {}, information=live), random.Random(seed + 1000)
    strengths = {name: gap * place for name, place in zip(NAMES, DISTINCT, strict=True)}
    hits, had = np.zeros(2), Counter[tuple[str, str]]()
    for number in range(votes):
        if number % each == 0:
            had.clear()
        told = np.array(live(PAIRS, Q))
        guesses = [find_chances(told * known).argmax() for known in (1.0, [AGAIN ** had[pair] for pair in PAIRS])]
        (a, b), _ = pairs.next(Q, rater=f"{number // each}")
        pair = min(a, b), max(a, b)
        hits += [PAIRS[guess] == pair for guess in guesses]
        had[pair] += 1
        said = judge(a, b, strengths, rng)
        live.add(vote(f"{number}", left=a, right=b, outcome=said, rater=f"{number // each}", prompt=f"{number}"))
    return float(hits[0] / votes), float(hits[1] / votes)


def main(
    runs: Annotated[int, typer.Option(help="Arenas for each number of votes a rater.", min=1)] = 5,
    votes: Annotated[int, typer.Option(help="Votes of an arena.", min=50)] = 500,
    gap: Annotated[float, typer.Option(help="Elo points from each entry to the next.", min=0, max=400)] = 150,
) -> None:
    """Print how often the pair of a battle is guessed; exit code 1 where it is more than half of the time."""
    table = Table("votes a rater", "by all votes", "and the rater's own battles")
    table.title = f"Pairs guessed, of {len(PAIRS)}, in {runs} arenas of {votes:,} votes"
    most = 0.0
    for each in track_items(EACH, "arenas"):
        found = np.mean([attack(each, votes, gap, seed) for seed in range(runs)], axis=0)
        table.add_row(str(each), *(f"{share:.1%}" for share in found))
        most = max(most, *found)
    Console().print(table)
    raise typer.Exit(int(most > MOST))


if __name__ == "__main__":
    make_command(main, "python -m tests.attacks.pairs --runs 20")()
