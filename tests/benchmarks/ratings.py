"""``python -m tests.benchmarks.ratings``: how fast votes are counted and rated, as ratios in one run.

evalica and choix run beside ours on the same votes. arena-rank and FastChat are not installed: their figures are
those published with the design of this project, on the same class of machine (2 cores), and are marked so.
"""

import os
import statistics
import time
from collections.abc import Callable
from functools import partial

import choix
import evalica
import numpy as np
from rich.console import Console
from rich.table import Table

from eval.ratings.battles import Counts, Votes, tally
from eval.ratings.bradley_terry import Fit, fit, rate
from eval.ratings.clusters import clustered, number
from eval.ratings.draws import bootstrap, grouped_bootstrap, intervals, normal
from eval.ratings.models import TieRule
from tests.eval.ratings.made import voted

RUNS = 7
PUBLISHED = {"arena-rank, sandwich, 1e6 votes": 4.7, "FastChat's fit, 1e6 votes": 3.9}  # seconds


def seconds(step: Callable[[], object], runs: int = RUNS) -> float:
    """Median seconds of a step after one to warm up."""
    found = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        step()
        found.append(time.perf_counter() - start)
    return statistics.median(found[1:])


def narrow(votes: Votes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sides and outcomes as a vote file keeps them."""
    kind = np.int8 if len(votes.names) < 128 else np.int32
    return votes.left.astype(kind), votes.right.astype(kind), votes.outcome.astype(np.int8)


def rated(votes: Votes, codes: tuple[np.ndarray, np.ndarray, np.ndarray], rule: TieRule = TieRule.half) -> Fit:
    """From codes to ratings with intervals."""
    fitted = fit(Counts(votes.names, tally(*codes, len(votes.names))), rule)
    rate(fitted)
    return fitted


def twenty(table: Table) -> None:
    """20 models: ours at 1e6 and 1e7 votes, every tie rule, and the peers at 1e6."""
    theta = np.linspace(1, -1, 20)
    large, votes = voted(theta, 10_000_000, 0), voted(theta, 1_000_000, 0)
    codes, many = narrow(votes), narrow(large)
    ours = seconds(lambda: rated(votes, codes))
    table.add_row("ours, sandwich, 1e6 votes, 20 models", f"{ours:.4f}", "1")
    for rule in TieRule:
        taken = seconds(partial(rated, large, many, rule))
        table.add_row(f"ours, sandwich, 1e7 votes, 20 models, {rule}", f"{taken:.4f}", f"{taken / ours:.1f}")
    counts = votes.counts
    steps: dict[str, Callable[[], object]] = {
        "ours, sandwich, counted before": lambda: rate(fit(counts)),
        **peers(votes),
    }
    for name, step in steps.items():
        taken = seconds(step, 3)
        table.add_row(name, f"{taken:.4f}", f"{taken / ours:.1f}")
    for name, taken in PUBLISHED.items():
        table.add_row(f"{name} (published, not run here)", f"{taken:.1f}", f"{taken / ours:.0f}")


def peers(votes: Votes) -> dict[str, Callable[[], object]]:
    """evalica from rows and from counts, choix from counts; none of them gives intervals."""
    names, counts = list(votes.names), votes.counts
    xs, ys = ([names[i] for i in side] for side in (votes.left, votes.right))
    kinds = [evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw]
    winners = [kinds[outcome] for outcome in votes.outcome]
    cells = [(i, j, o) for i, j, o in zip(*np.nonzero(counts.judged), strict=True)]
    few = ([names[i] for i, _, _ in cells], [names[j] for _, j, _ in cells], [kinds[o] for _, _, o in cells])
    weights = [float(counts.judged[cell]) for cell in cells]
    return {
        "evalica, 1e6 rows, no intervals": lambda: evalica.bradley_terry(xs, ys, winners),
        "evalica, counted before, no intervals": lambda: evalica.bradley_terry(*few, weights=weights),
        "choix, counted before, no intervals": lambda: choix.ilsr_pairwise_dense(counts.halved, alpha=0.0),
    }


def two_hundred(table: Table) -> None:
    """200 models, 1e6 votes: 1,000 draws for intervals, in several ways."""
    votes = voted(np.linspace(1, -1, 200), 1_000_000, 0)
    fitted = fit(votes.counts)
    rater, prompt = (np.random.default_rng(seed).integers(0, 20_000, 1_000_000) for seed in (1, 2))
    sides, few = (votes.left, votes.right, votes.outcome), number(rater % 500)
    steps: dict[str, Callable[[], object]] = {
        "1,000 normal draws and intervals": lambda: intervals(normal(fitted, 1000, 0)),
        "sandwich by rater": lambda: clustered(fitted, *sides, [rater]),
        "sandwich by rater and prompt": lambda: clustered(fitted, *sides, [rater, prompt]),
        "1,000 bootstraps of votes, one step": lambda: bootstrap(fitted, 1000, 0),
        "1,000 bootstraps of 500 raters, one step": lambda: grouped_bootstrap(fitted, *sides, few, 1000, 0),
    }
    base = seconds(steps["1,000 normal draws and intervals"])
    for name, step in steps.items():
        taken = base if "normal" in name else seconds(step, 1)
        table.add_row(f"{name}, 200 models, 1e6 votes", f"{taken:.3f}", f"{taken / base:.0f} x normal")
    table.add_row("1,000 bootstraps, refits (published, not run here)", "23.6", f"{23.6 / base:.0f} x normal")


def main() -> None:
    """Print the table."""
    table = Table("what", "median s", "ratio", title=f"{os.cpu_count()} cores, {RUNS} runs")
    twenty(table)
    two_hundred(table)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
