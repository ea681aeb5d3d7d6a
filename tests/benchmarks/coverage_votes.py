"""``python -m tests.benchmarks.coverage_votes``: how often 95 % intervals of ratings and accuracies hold the truth.

Votes are made up: two generators equal in the mean of raters and prompts at large, whose raters have a taste of their
own, N(0, taste) logits; shares of the votes are equal, or such that each rater gives half as many as the one before.
Clustered by rater and prompt the truth is the mean of all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from threadpoolctl import threadpool_limits

from eval.agreement import vote_accuracy
from eval.ratings.board import Board, Intervals, Rule, make_board
from eval.ratings.counts import Votes
from eval.render import Grid
from eval.render.terminal import as_table
from eval.statistics import wilson
from eval.votes.codes import Codes
from hub.command import make_command
from hub.errors import DataError
from tests.benchmarks.pages import kept

PAGE = Path(__file__).with_suffix(".md")


@dataclass(frozen=True)
class Case:
    """Votes of so many raters on so many prompts; tastes in logits; ``unequal``: each half the one before.

    ``asked`` is to a prompt what ``taste`` is to a rater.
    """

    raters: int
    prompts: int
    votes: int
    taste: float
    unequal: bool = False
    asked: float = 0.0

    def drawn(self, rng: np.random.Generator) -> tuple[Votes, Codes, Codes]:
        """Votes, their raters and prompts."""
        shares = 0.5 ** np.arange(self.raters) if self.unequal else np.ones(self.raters)
        rater = rng.choice(self.raters, self.votes, p=shares / shares.sum())
        prompt = rng.integers(0, self.prompts, self.votes)
        d = rng.normal(0, self.taste, self.raters)[rater]
        at, left = rng.random(self.votes), rng.integers(0, 2, self.votes)
        d = d + rng.normal(0, self.asked, self.prompts)[prompt]
        first = at < 1 / (1 + np.exp(-d))
        outcome = (first != (left == 0)).astype(np.int64)
        return Votes(("A", "B"), left, 1 - left, outcome, np.arange(self.votes)), rater, prompt


def _of(board: Board) -> tuple[float, float]:
    row = board.ratings[0] if board.ratings[0].generator == "A" else board.ratings[1]
    return row.low - 1000, row.high - 1000


def by_both(votes: Votes, rater: Codes, prompt: Codes) -> tuple[float, float]:
    """The first generator's interval, clustered by rater and prompt."""
    return _of(make_board(votes, Rule(), [rater, prompt]))


def by_bootstrap(votes: Votes, rater: Codes, prompt: Codes) -> tuple[float, float]:
    """The same by bootstrap of raters."""
    return _of(make_board(votes, Rule(intervals=Intervals.bootstrap), [rater]))


def of_accuracy(votes: Votes, rater: Codes, prompt: Codes) -> tuple[float, float]:
    """Of the share of votes for a side that a metric foresees, which always says the first one; less a half."""
    says = np.where(votes.left == 0, 1.0, -1.0)
    found = vote_accuracy(says, votes.outcome, rater, prompt)
    assert found.decided_low is not None and found.decided_high is not None
    return found.decided_low - 0.5, found.decided_high - 0.5


def _rated_alone(votes: Votes) -> tuple[float, float]:
    return _of(make_board(votes, Rule()))


def _accuracy_alone(votes: Votes) -> tuple[float, float]:
    return wilson(float(np.mean(votes.outcome == votes.left)), len(votes.left))


@dataclass(frozen=True)
class Way:
    """How an interval is made of votes, their raters and prompts; and how of the votes alone."""

    made: Callable[[Votes, Codes, Codes], tuple[float, float]]
    alone: Callable[[Votes], tuple[float, float]]


WAYS = {
    "ratings, by rater and prompt": Way(by_both, _rated_alone),
    "ratings, bootstrap of raters": Way(by_bootstrap, _rated_alone),
    "accuracy": Way(of_accuracy, _accuracy_alone),
}
CASES = (
    *(Case(raters, 10, 100, 0.0) for raters in (10, 3, 2)),
    *(Case(raters, 300, 300, 0.5) for raters in (2, 3)),
    *(Case(raters, 300, 300, taste, unequal) for raters in (6, 12, 30) for taste, unequal in
      ((0.0, False), (0.5, False), (0.0, True), (0.5, True))),
    *(Case(raters, 20, 300, 0.5, unequal, asked=0.5) for raters, unequal in ((6, False), (12, True), (30, False))),
)  # fmt: skip


@dataclass(frozen=True)
class Held:
    """The share of so many intervals that hold the truth, and their widths over those of votes alone, at the median."""

    share: float
    width: float
    runs: int


def held(case: Case, runs: int, way: Way) -> Held | None:
    """How often the intervals of a way hold the truth; None where none is given."""
    rng, ends, wider = np.random.default_rng(0), [], []
    for _ in range(runs):
        drawn = case.drawn(rng)
        try:
            low, high = way.made(*drawn)
        except DataError:
            continue
        lowest, highest = way.alone(drawn[0])
        ends.append(low <= 1e-9 and high >= -1e-9)
        wider.append((high - low) / (highest - lowest))
    return Held(float(np.mean(ends)), float(np.median(wider)), len(ends)) if ends else None


def coverage(runs: int) -> Iterator[Grid]:
    """How often intervals of each way hold the truth, and how wide they are: in the first case, in two, and so on."""
    rows: list[tuple[str, ...]] = []
    head = ("raters", "prompts", "votes", "taste", "prompt's", "shares", *(
        cell for name in WAYS for cell in (name, "width", "runs")))  # fmt: skip
    for case in track(CASES, console=Console(stderr=True)):
        shares = "halving" if case.unequal else "equal"
        cells = [str(case.raters), str(case.prompts), str(case.votes), f"{case.taste:g}", f"{case.asked:g}", shares]
        for way in WAYS.values():
            found = held(case, runs, way)
            cells += [f"{found.share:.1%}", f"{found.width:.2f}", f"{found.runs:,}"] if found else ["-", "-", "-"]
        rows.append(tuple(cells))
        yield Grid("Intervals that hold the truth", head, tuple(rows), "", tuple(range(6, len(head))))


ABOUT = (
    "Votes on two generators that are equal in the mean of all raters and prompts. Taste and prompt's: the standard "
    "deviation, in logits, of what each rater, and each prompt, prefers; halving: each rater gives half as many votes "
    "as the one before. The bootstrap is of raters alone, and knows nothing of what prompts prefer. Width: times that "
    "of intervals by the votes alone, at the median. A share of 95 % from {runs:,} runs is known to {error:.1%} (one "
    "standard error)."
)


def main(
    runs: Annotated[int, typer.Option(help="Simulations for each figure.", min=10)] = 500,
    write: Annotated[bool, typer.Option("--write", help="Write tests/benchmarks/coverage_votes.md.")] = False,
) -> None:
    """Print how often intervals hold the truth, and keep the table, case by case, if asked to."""
    again = f"python -m tests.benchmarks.coverage_votes --write --runs {runs}"
    title = "How often the 95 % intervals of ratings and accuracies hold the truth"
    about = ABOUT.format(runs=runs, error=(0.95 * 0.05 / runs) ** 0.5)
    with threadpool_limits(1):
        for grid in coverage(runs):
            if write:
                kept(PAGE, title, again, about, (grid,))
    Console(width=160).print(as_table(grid, 160))


if __name__ == "__main__":
    make_command(main, "python -m tests.benchmarks.coverage_votes --runs 200")()
