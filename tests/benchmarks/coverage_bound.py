"""``python -m tests.benchmarks.coverage_bound``: how near 95 % intervals by few groups can be to that, and are.

Of an estimate N(0, 1 + d) whose groups add d to the votes' own variance, 1, and a variance estimated by G groups of
equal shares. Intervals may depend on it in any way, by chance too, if they are never narrower than by the votes alone
and hold the truth in 95 % whatever d is. The least that they can hold where d is 0 is a linear programme over the
chances of each half width at each variance.
"""

import numpy as np
from rich.console import Console

from eval.metrics import Array
from eval.ratings.sandwich import half_widths
from eval.render import Grid
from eval.render.terminal import as_table
from eval.statistics import Z95
from hub.command import make_command

DIFFER = np.array([0, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 16, 32, 64, 128])
VARIANCES = np.concatenate(([0.0], np.geomspace(0.003, 600, 160), [np.inf]))
WIDTHS = np.concatenate((np.linspace(Z95, 6, 30), np.geomspace(6.3, 400, 40)))


def least(groups: int) -> float:
    """The least share that intervals by so many groups can hold where groups do not differ."""
    from scipy.optimize import linprog
    from scipy.sparse import eye_array, kron
    from scipy.stats import chi2, norm

    freedom = groups - 1
    chance = np.array([np.diff(chi2.cdf(VARIANCES * freedom / (1 + d), freedom)) for d in DIFFER])
    holds = np.array([2 * norm.cdf(WIDTHS / np.sqrt(1 + d)) - 1 for d in DIFFER])
    shares = np.array([np.outer(c, h).ravel() for c, h in zip(chance, holds, strict=True)])
    whole = kron(eye_array(chance.shape[1]), np.ones((1, len(WIDTHS))))
    found = linprog(shares[0], A_ub=-shares, b_ub=np.full(len(DIFFER), -0.95), A_eq=whole, b_eq=np.ones(whole.shape[0]))
    return float(found.fun)


def ours(groups: int) -> Array:
    """The shares that :func:`eval.ratings.sandwich.half_widths` holds, for each of ``DIFFER``."""
    from scipy.stats import chi2, norm

    freedom = groups - 1.0
    drawn = chi2.ppf((np.arange(2000) + 0.5) / 2000, freedom) / freedom
    half = [half_widths(np.ones(len(drawn)), [((1 + d) * drawn, freedom)]) for d in DIFFER]
    return np.array([np.mean(2 * norm.cdf(h / np.sqrt(1 + d)) - 1) for h, d in zip(half, DIFFER, strict=True)])


def main() -> None:
    """Print both, and the least that ours hold however much groups differ."""
    rows = []
    for groups in (2, 3, 4, 5, 6, 10, 12, 30):
        held = ours(groups)
        rows.append((str(groups), f"{held[0]:.1%}", f"{held.min():.1%}", f"{least(groups):.1%}"))
    head = ("groups", "held where they don't differ", "held at least", "none can hold less where they don't")
    Console(width=120).print(as_table(Grid("Intervals by few groups", head, tuple(rows), "", (1, 2, 3)), 120))


if __name__ == "__main__":
    make_command(main, "python -m tests.benchmarks.coverage_bound")()
