"""How much raters, and prompts, lean on a pair of generators, and how many votes each has, from votes that are there.

Two votes on one pair by one rater, on different prompts, are alike by the rater's leaning alone: the product of their
residuals has the mean w w' s^2, with w = p (1 - p) each one's change by the log odds and s the spread of leanings, in
logits. So s^2 is the sum of these products over that of w w' (a moment estimate, as of a variance component); of
prompts likewise, by different raters.
"""

from dataclasses import dataclass

import numpy as np

from eval.ratings.bradley_terry import fit
from eval.ratings.clusters import number_groups
from eval.ratings.counts import A, B, Matrix, Votes
from eval.votes.codes import Codes


@dataclass(frozen=True)
class MeasuredPattern:
    """How votes came: the share of ties, leanings in logits (None: no two votes tell), votes a rater and prompt gave.

    The last two are means on a pair; ``votes`` are those that all rests on.
    """

    votes: int
    ties: float
    taste: float | None
    wording: float | None
    a_rater: float
    a_prompt: float


def _sum_products(values: Matrix, group: Codes) -> float:
    """Return the sum of products of each two different votes of a group."""
    sums = np.bincount(group, values)
    return float((sums**2).sum() - (values**2).sum())


def _find_spread(residual: Matrix, weight: Matrix, own: Codes, both: Codes) -> float | None:
    """Return the spread of leanings of ``own`` groups, without the pairs of votes that are of ``both`` groups."""
    shared = _sum_products(weight, own) - _sum_products(weight, both)
    if shared <= 1e-9:
        return None
    found = (_sum_products(residual, own) - _sum_products(residual, both)) / shared
    return float(np.sqrt(max(found, 0.0)))


def measure_pattern(votes: Votes, rater: Codes, prompt: Codes) -> MeasuredPattern:
    """Measure the votes of one question; ``rater`` and ``prompt``, (votes,), are negative where unknown.

    Raises: DataError where the votes can't be rated.
    """
    n = len(votes.names)
    low, high = np.minimum(votes.left, votes.right), np.maximum(votes.left, votes.right)
    turned = votes.left == low
    said = np.where(votes.outcome == A, 1.0, np.where(votes.outcome == B, 0.0, 0.5))
    expected = fit(votes.counts).predicted[low, high]
    residual = np.where(turned, said, 1 - said) - expected
    weight = expected * (1 - expected)
    raters, prompts, pair = number_groups(rater), number_groups(prompt), low * n + high
    by_rater, by_prompt = (number_groups(own * n * n + pair) for own in (raters, prompts))
    both = number_groups(by_rater * (int(by_prompt.max()) + 1) + by_prompt)
    count = len(pair)
    return MeasuredPattern(
        votes=count,
        ties=float((said == 0.5).mean()),
        taste=_find_spread(residual, weight, by_rater, both),
        wording=_find_spread(residual, weight, by_prompt, both),
        a_rater=count / (int(by_rater.max()) + 1),
        a_prompt=count / (int(by_prompt.max()) + 1),
    )
