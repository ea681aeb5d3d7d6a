"""``python -m tests.benchmarks.settling``: how often two equal generators are ever said to be settled.

Votes are made up as in :mod:`tests.benchmarks.coverage_votes`: raters have tastes of their own, N(0, taste) logits, so
that their votes are no independent ones. Whether one of the two is settled to be the better is asked after each vote.
"""

from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.ratings.bets import BLOCKS, STAKES
from eval.ratings.counts import Votes
from eval.ratings.settled import BETS, claim_threshold, settle
from eval.votes.codes import Codes, Mask
from hub.command import make_command
from tests.benchmarks.coverage_votes import Case

VOTES = 1000
CASES = ((0.0, 1), (0.3, 20), (0.7, 20), (0.3, 100), (0.7, 100))  # taste, votes of a rater


def given(rater: Codes, prompt: Codes) -> Codes:
    """How many votes that bet each vote's rater has given with it, (votes,); 0 where it bets nothing.

    Only the rater who is the first to vote on a prompt bets on it.
    """
    _, first, place = np.unique(prompt, return_index=True, return_inverse=True)
    own, found = rater[first[place]] == rater, np.zeros(len(rater), dtype=np.int64)
    for one in np.unique(rater[own]):
        found[own & (rater == one)] = np.arange(np.count_nonzero(own & (rater == one))) + 1
    return found


def by_raters(votes: Votes, rater: Codes, prompt: Codes) -> Mask:
    """Whether an order is settled after each vote, betting once a rater, (votes,).

    As :func:`eval.ratings.bets.settle_by_raters` says of the votes until then, as a test sees, in one go.
    """
    gain, count = np.where(preferred(votes), 0.5, -0.5), given(rater, prompt)
    found = np.zeros(len(rater), dtype=bool)
    for block, stake in zip(BLOCKS, STAKES, strict=True):
        looks = np.flatnonzero(count == block)
        some = (count > 0) & (count <= block)
        mean = np.bincount(rater[some], gain[some], int(rater.max()) + 1)[rater[looks]] / block
        for sign in (1, -1):
            logs = np.cumsum(np.log1p(sign * BETS * mean[:, None]), axis=0)
            evidence = np.logaddexp.reduce(logs, axis=1) - np.log(len(BETS))
            now = np.concatenate(([0.0], evidence))[np.cumsum(count == block)]
            found |= now >= claim_threshold(2) - np.log(stake)
    return found


def preferred(votes: Votes) -> Mask:
    """Which votes prefer the first generator, (votes,)."""
    return np.asarray((votes.left == 0) == (votes.outcome == 0))


def ever_by_votes(votes: Votes) -> bool:
    """Whether an order is settled after any of the votes, betting once a vote."""
    first = preferred(votes)
    wins = np.zeros((len(first), 2, 2))
    wins[:, 0, 1], wins[:, 1, 0] = np.cumsum(first), np.cumsum(~first)
    return bool(settle(wins).any())


def settled_wrongly(taste: float, a_rater: int, runs: int) -> tuple[float, float]:
    """Share of runs in which equals were ever said to be settled, betting once a rater, and once a vote."""
    rng, case, wrong = np.random.default_rng(0), Case(VOTES // a_rater, VOTES, VOTES, taste), np.zeros(2)
    for _ in range(runs):
        votes, rater, prompt = case.drawn(rng)
        wrong += np.array((by_raters(votes, rater, prompt).any(), ever_by_votes(votes)), dtype=float)
    return float(wrong[0] / runs), float(wrong[1] / runs)


def main(
    runs: Annotated[int, typer.Option(help="Simulations for each figure.", min=10)] = 1000,
) -> None:
    """Print how often equals are said to be settled, which is to be at most 5 %."""
    table = Table("taste", "votes a rater", "bets once a rater", "bets once a vote")
    table.title = f"Ever settled wrongly, one look after each of {VOTES:,} votes, {runs:,} runs"
    for taste, a_rater in track(CASES, console=Console(stderr=True)):
        table.add_row(f"{taste:g}", str(a_rater), *(f"{share:.1%}" for share in settled_wrongly(taste, a_rater, runs)))
    Console().print(table)


if __name__ == "__main__":
    make_command(main, "python -m tests.benchmarks.settling --runs 200")()
