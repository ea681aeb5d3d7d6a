"""Votes that part two generators of a given gap with a given power, by simulating votes and the report's intervals.

Raters and prompts have leanings of their own, N(0, taste) and N(0, wording) logits on the pair, so that votes of one
rater, or on one prompt, are alike; the gap is that of everybody's mean, as ratings show it. A vote prefers neither with
a fixed chance, and counts as half a win then. Parted means that the 95 % intervals of the two ratings do not overlap,
which for two generators is that of their difference without 0: the report's sandwich by rater and by prompt.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from eval.ratings.bradley_terry import SCALE
from eval.ratings.counts import Matrix
from eval.ratings.freedom import group_shape
from eval.ratings.newton import Vector
from eval.ratings.sandwich import half_widths
from eval.statistics import Z95
from eval.votes.codes import Codes
from hub.errors import DataError

MOST = 50_000  # votes, beyond which no plan is made
HELD = 1 << 22  # simulated votes at a time
DRAWN, FEWEST = 1 << 24, 200  # votes that all simulations of a step take, and how many these are at least
STEPS = 4  # simulations that the number of votes is found by
NODES, MASS = np.polynomial.hermite_e.hermegauss(40)


@dataclass(frozen=True)
class VotePattern:
    """How votes on two generators come.

    ``ties``: share that prefers neither; ``taste``, ``wording``: standard deviations of raters' and prompts' leanings,
    logits. Raters give ``a_rater`` votes each on the pair, or are ``raters`` in all; so with prompts.
    """

    ties: float = 0.0
    taste: float = 0.0
    wording: float = 0.0
    a_rater: int = 1
    a_prompt: int = 1
    raters: int | None = None
    prompts: int | None = None

    def count_raters(self, votes: int) -> int:
        """Return the raters of so many votes."""
        return min(votes, self.raters or math.ceil(votes / self.a_rater))

    def count_prompts(self, votes: int) -> int:
        """Return the prompts of so many votes."""
        return min(votes, self.prompts or math.ceil(votes / self.a_prompt))


@dataclass(frozen=True)
class VotePlan:
    """Votes on a pair, by how many raters on how many prompts; all None where ``MOST`` votes are too few.

    ``alone``: votes that independent ones would take, each without a tie, by the normal approximation. ``reached``: the
    share of the simulations, ``runs`` in number, in which the two were parted.
    """

    gap: float
    power: float
    votes: int | None
    raters: int | None
    prompts: int | None
    alone: int
    reached: float | None
    runs: int


def find_lean(gap: float, pattern: VotePattern) -> float:
    """Return the log odds of an average rater and prompt by which all together prefer by ``gap`` Elo points."""
    wanted, spread = 1 / (1 + math.exp(-gap / SCALE)), math.hypot(pattern.taste, pattern.wording)
    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = float(MASS @ (1 / (1 + np.exp(-(middle + spread * NODES)))) / MASS.sum())
        low, high = (middle, high) if mean < wanted else (low, middle)
    return low


def estimate_alone(gap: float, power: float) -> int:
    """Return the independent votes without ties that part two generators: a two-sided test of one proportion."""
    share = 1 / (1 + math.exp(-gap / SCALE))
    root = Z95 / 2 + NormalDist().inv_cdf(power) * math.sqrt(share * (1 - share))
    return math.ceil((root / (share - 0.5)) ** 2)


def _share_out(votes: int, groups: int) -> Codes:
    """Return the group of each vote, (votes,), in groups as equal as can be."""
    return np.arange(votes, dtype=np.int64) * groups // votes


def draw_votes(
    lean: float, pattern: VotePattern, groups: tuple[Codes, Codes], runs: int, rng: np.random.Generator
) -> Matrix:
    """Return simulated votes, (runs, votes): 1 for the better one, 1/2 for neither, 0; ``groups``: rater and prompt."""
    d = np.full((runs, len(groups[0])), lean)
    for group, spread in zip(groups, (pattern.taste, pattern.wording), strict=True):
        if spread:
            d += rng.normal(0, spread, (runs, int(group.max()) + 1))[:, group]
    won = (1 / (1 + np.exp(-d)) - pattern.ties / 2) / (1 - pattern.ties)  # of the votes that prefer one
    found: Matrix = (rng.random(d.shape) < won).astype(np.float64)
    found[rng.random(d.shape) < pattern.ties] = 0.5
    return found


def find_parted(found: Matrix, groups: tuple[Codes, Codes]) -> Vector:
    """Return in which runs the first generator's interval is above the other's, (runs,), from votes (runs, votes).

    It is what :func:`eval.ratings.board.make_board` says of each, in one go.
    """
    votes = found.shape[1]
    share = np.clip(found.mean(axis=1), 0.5 / votes, 1 - 0.5 / votes)
    residual, curvature = found - share[:, None], votes * share * (1 - share)
    parts = []
    for group in groups:
        sizes = np.bincount(group)
        if 1 < len(sizes) < votes:
            order, starts = np.argsort(group, kind="stable"), np.cumsum(sizes) - sizes
            sums = np.add.reduceat(residual[:, order], starts, axis=1)
            times, freedom = group_shape(group)
            parts.append((times * (sums**2).sum(axis=1) / curvature**2, freedom))
    half = half_widths((residual**2).sum(axis=1) / curvature**2, parts)
    return np.asarray(np.log(share / (1 - share)) > half)


def measure_power(gap: float, pattern: VotePattern, votes: int, runs: int, seed: int) -> float:
    """Return the share of simulations in which so many votes part two generators.

    Raises: DataError for more ties than a gap leaves room for, and for votes of a single rater, or on a single prompt.
    """
    lean, rng = find_lean(gap, pattern), np.random.default_rng(seed)
    if 1 / (1 + math.exp(lean)) < pattern.ties / 2:
        raise DataError(f"With {pattern.ties:.0%} ties no two generators are {gap:g} points apart: give fewer, or a "
                        "smaller gap.")  # fmt: skip
    parted = 0.0
    size = max(1, HELD // votes)
    for start in range(0, runs, size):
        rater = _share_out(votes, pattern.count_raters(votes))
        groups = rater, rng.permutation(_share_out(votes, pattern.count_prompts(votes)))
        parted += float(find_parted(draw_votes(lean, pattern, groups, min(size, runs - start), rng), groups).sum())
    return parted / runs


def plan_votes(gap: float, power: float, pattern: VotePattern, runs: int = 2000, seed: int = 0) -> VotePlan:
    """Return the votes that part two generators ``gap`` Elo points apart in a share ``power`` of arenas.

    From the votes of independent ones on, each simulation says how far the difference is from 0 in standard errors:
    that grows with the root of the votes, nearly, so that a few simulations find their number.

    Raises: DataError as :func:`measure_power`.
    """
    normal, alone = NormalDist(), estimate_alone(gap, power)
    wanted, votes = Z95 + normal.inv_cdf(power), min(alone, MOST)
    for step in range(STEPS):
        runs = min(runs, max(FEWEST, DRAWN // votes))
        share = measure_power(gap, pattern, votes, runs, seed + step)
        errors = Z95 + normal.inv_cdf(min(max(share, 0.5 / runs), 1 - 0.5 / runs))
        times = (wanted / max(errors, 0.1)) ** 2
        if votes == MOST and times > 1:
            return VotePlan(gap, power, None, None, None, alone, None, runs)
        votes = min(MOST, max(8, math.ceil(votes * min(max(times, 1 / 8), 8))))
    reached = measure_power(gap, pattern, votes, runs, seed + STEPS)
    return VotePlan(gap, power, votes, pattern.count_raters(votes), pattern.count_prompts(votes), alone, reached, runs)
