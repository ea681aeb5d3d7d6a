"""``python -m eval.ratings.simulate``: votes needed until an order is settled, choosing pairs actively or evenly.

Voters are made up from strengths on the Elo scale. With h the chance of a tie and p that of Bradley-Terry, a vote
prefers i with chance p - h/2: a tie counted as half a win leaves the strengths what they are.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from eval.ratings.bradley_terry import SCALE
from eval.ratings.counts import Matrix
from eval.ratings.settled import expected_information, settle
from hub.command import make_command
from hub.errors import DataError

PUBLISHED = (1151.183, 1078.358, 1027.258, 972.090, 921.342, 849.767)  # GenAI-Arena, text to image, 20 February 2024
TIES = 0.264  # share of its anonymous votes that preferred neither
BLOCK = 10  # votes between two looks


class Goal(StrEnum):
    """The order that is to be settled."""

    order = "order"
    first = "first"


class Choice(StrEnum):
    """The way in which the next pair is chosen."""

    active = "active"
    uniform = "uniform"


@dataclass(frozen=True)
class SimulationResult:
    """Runs of one simulation: votes needed (quantiles; the limit where it was reached), and how often it was wrong.

    ``wrong``: share of runs that ever claimed something false; ``unsettled``: that reached the limit first.
    """

    goal: Goal
    choice: Choice
    runs: int
    mean: float
    median: float
    p90: float
    wrong: float
    unsettled: float


def step_estimates(won: Matrix, theta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take one Newton step of many Bradley-Terry fits at once: wins (runs, n, n), theta and result (runs, n).

    A quarter of a win each way keeps all finite. From one block of votes to the next a step is enough; the choice of
    pairs need not be exact, only rest on the past.
    """
    wins = won + 0.25 * (1 - np.eye(won.shape[-1]))
    p = 1 / (1 + np.exp(theta[:, None, :] - theta[:, :, None]))
    votes = wins + np.swapaxes(wins, 1, 2)
    weights = votes * p * (1 - p)
    weights *= 1 - np.eye(won.shape[-1])
    information = np.eye(won.shape[-1]) * weights.sum(axis=2)[..., None] - weights + 1 / won.shape[-1]
    gradient = (wins - votes * p).sum(axis=2) + np.diagonal(votes * p - wins, axis1=1, axis2=2)
    step = np.linalg.solve(information, gradient[..., None])[..., 0]
    return np.asarray(theta + np.clip(step - step.mean(axis=1, keepdims=True), -1, 1))


def _is_settled(sure: NDArray[np.bool_], goal: Goal) -> NDArray[np.bool_]:
    """Return whether the claims (runs, n, n) settle the goal: first place, or all pairs one way or other; (runs,)."""
    n = sure.shape[-1]
    if goal is Goal.first:
        return np.asarray((sure.sum(axis=2) == n - 1).any(axis=1))
    return np.asarray(sure.sum(axis=(1, 2)) == n * (n - 1) // 2)


def simulate(
    ratings: NDArray[np.float64], goal: Goal, choice: Choice, runs: int, seed: int, limit: int, ties: float = TIES
) -> SimulationResult:
    """Simulate votes until the goal is settled, ``runs`` times at once, from strengths (n,) in Elo points.

    Raises: DataError for a share of ties that leaves some pair a chance below 0.
    """
    rng, n = np.random.default_rng(seed), len(ratings)
    p = 1 / (1 + np.exp((ratings[None, :] - ratings[:, None]) / SCALE))
    if (p < ties / 2).any():
        raise DataError(f"With {ties:.0%} ties the weakest would win less than never: give fewer, or closer strengths.")
    untrue = ratings[:, None] <= ratings[None, :]
    wins, halves = np.zeros((2, runs, n, n))
    theta, needed = np.zeros((runs, n)), np.full(runs, float(limit))
    wrong, going = np.zeros(runs, dtype=bool), np.arange(runs)
    for votes in range(BLOCK, limit + 1, BLOCK):
        pairs = _choose_pairs(theta[going], settle(wins[going]), goal, choice, rng)
        for i, j in pairs:
            tied = rng.random(len(going)) < ties
            left = ~tied & (rng.random(len(going)) < (p[i, j] - ties / 2) / (1 - ties))
            wins[going, i, j] += left
            wins[going, j, i] += ~tied & ~left
            halves[going, i, j] += tied / 2
            halves[going, j, i] += tied / 2
        theta[going] = step_estimates((wins + halves)[going], theta[going])
        sure = settle(wins[going])
        wrong[going] |= (sure & untrue).any(axis=(1, 2))
        done = _is_settled(sure, goal)
        needed[going[done]] = votes
        going = going[~done]
        if not len(going):
            break
    median, p90 = np.quantile(needed, [0.5, 0.9]).tolist()
    return SimulationResult(
        goal, choice, runs, float(needed.mean()), median, p90, float(wrong.mean()), len(going) / runs
    )


def _choose_pairs(
    theta: NDArray[np.float64], sure: NDArray[np.bool_], goal: Goal, choice: Choice, rng: np.random.Generator
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the pairs of the next ``BLOCK`` votes of each run, as (i, j), (runs,) each."""
    runs, n = theta.shape
    if choice is Choice.uniform:
        i = rng.integers(0, n, (BLOCK, runs))
        return list(zip(i, (i + rng.integers(1, n, (BLOCK, runs))) % n, strict=True))
    best = expected_information(theta, sure, goal).reshape(runs, -1).argmax(axis=1)
    return [(best // n, best % n)] * BLOCK


def _make_table(outcomes: list[SimulationResult], ratings: NDArray[np.float64]) -> Table:
    """Return the outcomes as a table."""
    title = f"Votes until settled at 95 %, of {len(ratings)} generators at {', '.join(f'{r:g}' for r in ratings)}"
    table = Table("goal", "choice", "runs", "mean", "median", "90 %", "fewer", "wrong", "unsettled", title=title)
    uniform = {found.goal: found.mean for found in outcomes if found.choice is Choice.uniform}
    for found in outcomes:
        fewer = "-" if found.choice is Choice.uniform else f"{1 - found.mean / uniform[found.goal]:.1%}"
        votes = (f"{votes:,.0f}" for votes in (found.mean, found.median, found.p90))
        table.add_row(found.goal, found.choice, f"{found.runs:,}", *votes, fewer,
                      f"{found.wrong:.2%}", f"{found.unsettled:.2%}")  # fmt: skip
    return table


def main(
    ratings: Annotated[str, typer.Option(help="Strengths in Elo points, comma-separated.")] = ",".join(
        map(str, PUBLISHED)
    ),
    ties: Annotated[float, typer.Option(help="Share of votes that prefer neither.", min=0, max=0.99)] = TIES,
    runs: Annotated[int, typer.Option(help="Simulated arenas for each line.", min=1)] = 500,
    limit: Annotated[int, typer.Option(help="Votes after which a run is given up.", min=BLOCK)] = 40_000,
    seed: Annotated[int, typer.Option(help="Seed of the simulated voters.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Count the votes until first place and the whole order are settled, choosing pairs actively or evenly.

    Both are judged by the same rule, which rests on direct votes between two generators alone.
    """
    try:
        strengths = np.array([float(part) for part in ratings.split(",")])
    except ValueError as error:
        raise DataError(f"{ratings!r} is no list of numbers: give strengths as 1100,1000,900.") from error
    if len(strengths) < 2 or not np.isfinite(strengths).all():
        raise DataError("Give the strengths of two generators or more.")
    outcomes = [
        simulate(strengths, goal, choice, runs, seed, limit, ties) for goal in Goal for choice in reversed(Choice)
    ]
    if as_json:
        print(json.dumps([asdict(found) for found in outcomes], indent=1))
    else:
        Console().print(_make_table(outcomes, strengths))


if __name__ == "__main__":
    make_command(main, "python -m eval.ratings.simulate --runs 500")()
