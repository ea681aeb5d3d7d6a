"""``python -m tests.benchmarks.coverage_votes``: how often 95 % intervals of ratings and accuracies hold the truth.

Votes are made up: two generators equal in the mean of raters and prompts at large, whose raters have a taste of their
own, N(0, taste) logits; shares of the votes are equal, or such that each rater gives half as many as the one before.
Clustered by rater and prompt the truth is the mean of all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.agreement import vote_accuracy
from eval.columns import Codes
from eval.metrics import Array
from eval.ratings.battles import Votes
from eval.ratings.board import Intervals, Rule, make_board
from hub.command import command
from hub.errors import DataError


@dataclass(frozen=True)
class Case:
    """Votes of so many raters on so many prompts; tastes in logits; ``unequal``: each half the one before."""

    raters: int
    prompts: int
    votes: int
    taste: float
    unequal: bool = False

    def drawn(self, rng: np.random.Generator) -> tuple[Votes, Codes, Codes]:
        """Votes, their raters and prompts."""
        shares = 0.5 ** np.arange(self.raters) if self.unequal else np.ones(self.raters)
        rater = rng.choice(self.raters, self.votes, p=shares / shares.sum())
        prompt = rng.integers(0, self.prompts, self.votes)
        chance = 1 / (1 + np.exp(-rng.normal(0, self.taste, self.raters)))
        first, left = rng.random(self.votes) < chance[rater], rng.integers(0, 2, self.votes)
        outcome = (first != (left == 0)).astype(np.int64)
        return Votes(("A", "B"), left, 1 - left, outcome, np.arange(self.votes)), rater, prompt


def by_both(votes: Votes, rater: Codes, prompt: Codes) -> tuple[float, float]:
    """The first rating's interval, clustered by rater and prompt."""
    row = make_board(votes, Rule(), [rater, prompt]).ratings[0]
    return row.low - 1000, row.high - 1000


def by_bootstrap(votes: Votes, rater: Codes, prompt: Codes) -> tuple[float, float]:
    """The same by bootstrap of raters."""
    row = make_board(votes, Rule(intervals=Intervals.bootstrap), [rater]).ratings[0]
    return row.low - 1000, row.high - 1000


def of_accuracy(votes: Votes, rater: Codes, prompt: Codes) -> tuple[float, float]:
    """Of the share of votes for a side that a metric foresees, which always says the first one; less a half."""
    says = np.where(votes.left == 0, 1.0, -1.0)
    found = vote_accuracy(says, votes.outcome, rater, prompt)
    assert found.decided_low is not None and found.decided_high is not None
    return found.decided_low - 0.5, found.decided_high - 0.5


WAYS: dict[str, Callable[[Votes, Codes, Codes], tuple[float, float]]] = {
    "ratings, by rater and prompt": by_both,
    "ratings, bootstrap of raters": by_bootstrap,
    "accuracy": of_accuracy,
}
CASES = (
    *(Case(raters, 10, 100, 0.0) for raters in (10, 3, 2)),
    *(Case(raters, 300, 300, taste, unequal) for raters in (6, 12, 30) for taste, unequal in
      ((0.0, False), (0.5, False), (0.5, True))),
)  # fmt: skip


def held(case: Case, runs: int, way: str) -> float | None:
    """Share of intervals that hold the truth; None where none is given."""
    rng, ends = np.random.default_rng(0), []
    for _ in range(runs):
        try:
            ends.append(WAYS[way](*case.drawn(rng)))
        except DataError:
            continue
    low, high = np.array(ends).reshape(-1, 2).T
    return float(((low <= 1e-9) & (high >= -1e-9)).mean()) if ends else None


def _share(value: Array | float | None) -> str:
    return "none" if value is None else f"{value:.1%}"


def main(
    runs: Annotated[int, typer.Option(help="Simulations for each figure.", min=10)] = 1000,
) -> None:
    """Print how often intervals hold the truth."""
    table = Table("raters", "prompts", "votes", "taste", "shares", *WAYS, title=f"Held the truth, {runs:,} runs")
    for case in track(CASES, console=Console(stderr=True)):
        found = [_share(held(case, runs, way)) for way in WAYS]
        shares = "halving" if case.unequal else "equal"
        table.add_row(str(case.raters), str(case.prompts), str(case.votes), f"{case.taste:g}", shares, *found)
    Console().print(table)


if __name__ == "__main__":
    command(main, "python -m tests.benchmarks.coverage_votes --runs 200")()
