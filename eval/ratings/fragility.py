"""Fragility: the fewest votes, or raters, whose removal changes first place.

Finding the very fewest is a combinatorial problem. What is given is an upper bound with a witness: a set of votes
(raters) that was removed, after which a full refit with the half-tie rule has another first place. It is found
greedily by influence (Broderick, Giordano and Meager, arXiv:2011.14999; for arenas Huang et al., arXiv:2508.11847),
influences being taken anew from refits, so fewer may do, never more.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eval.ratings.bradley_terry import Fit, fit
from eval.ratings.clusters import number_groups
from eval.ratings.counts import TIE, Coded, Counts, Matrix, Votes, encode_cells
from eval.rounding import is_above, number_levels, sort_best_first
from eval.votes.codes import Codes
from hub.errors import DataError

RIVALS = 5  # next to first place; those that the votes put closest are tried
ROUNDS = 3  # of influences, each taken where the last round's removals have half led


@dataclass(frozen=True)
class Fragility:
    """At most ``number`` votes, of ``of``, must go for ``rival`` to be rated no lower than ``leader``."""

    leader: str
    rival: str
    number: int
    of: int


def _lead_influence(fitted: Fit, ahead: int, behind: int) -> Matrix:
    """Return how much one more vote of each kind widens the lead, in theta; (n, n, 4)."""
    contrast = np.zeros(fitted.form.size)
    contrast[ahead], contrast[behind] = 1, -1
    pull = fitted.form.inverse(fitted.information) @ contrast
    by_d = fitted.form.terms(fitted.at).by_d[..., [0, 1, TIE, TIE]]
    return np.asarray((pull[:, None] - pull[None, :])[..., None] * by_d)


def _is_ahead(fitted: Fit, ahead: int, behind: int) -> bool:
    """Return whether one generator is rated above another, and not merely by rounding."""
    return bool(is_above(fitted.theta[ahead], fitted.theta[behind], 1.0))


def _refit(counts: Counts) -> Fit | None:
    """Return the half-tie fit; None where too few votes are left to join all generators."""
    try:
        return fit(counts)
    except DataError:
        return None


def _take_first(cells: Matrix, order: Codes, votes: int) -> Matrix:
    """Return the first ``votes`` votes by the order of their cells, as counts like ``cells`` (n, n, 4)."""
    sorted_ = cells.ravel()[order]
    before = np.cumsum(sorted_) - sorted_
    taken = np.zeros(cells.size)
    taken[order] = np.clip(votes - before, 0, sorted_)
    return taken.reshape(cells.shape)


def _bisect_removals(after: Callable[[int], Fit | None], most: int, ahead: int, behind: int) -> int | None:
    """Return the fewest removals after which ``behind`` is rated no lower; None beyond ``most``.

    Votes that no longer join all generators end the search like a change, but are not taken for one.
    """

    def unchanged(removed: int) -> bool:
        left = after(removed)
        return left is not None and _is_ahead(left, ahead, behind)

    if most < 1 or unchanged(most):
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if unchanged(middle) else (low, middle)
    return None if after(high) is None else high


def _find_fewest_against(counts: Counts, fitted: Fit, ahead: int, behind: int, most: int) -> int | None:
    """Return the fewest votes found whose removal puts ``behind`` no lower than ``ahead``; None beyond ``most``."""
    best: int | None = None
    at: Fit | None = fitted
    for _ in range(ROUNDS):
        if at is None:
            break
        influence, cells = _lead_influence(at, ahead, behind).ravel(), counts.cells.ravel()
        order = np.argsort(np.where(cells > 0, -number_levels(influence), 1), kind="stable")
        helpful = int(cells[is_above(influence, 0.0, 1.0)].sum())

        def after(removed: int, order: Codes = order) -> Fit | None:
            return _refit(counts.without(_take_first(counts.cells, order, removed)))

        found = _bisect_removals(after, min(helpful, most if best is None else best), ahead, behind)
        if found is not None:
            best = found
        if best is None:
            break
        at = after(best // 2)
    return best


def _order_rivals(fitted: Fit) -> list[int]:
    """Return the generators by rating, best first."""
    return sort_best_first(fitted.theta, fitted.names, 1.0)


def find_fewest_votes(counts: Counts) -> Fragility | None:
    """Search for the fewest votes whose removal changes first place; None where nothing is found.

    Raises: DataError where the votes can't be rated.
    """
    fitted = fit(counts)
    leader, *rivals = _order_rivals(fitted)
    best: tuple[int, int] | None = None
    for rival in rivals[:RIVALS]:
        found = _find_fewest_against(counts, fitted, leader, rival, best[0] - 1 if best else counts.used)
        if found is not None:
            best = (found, rival)
    return None if best is None else Fragility(counts.names[leader], counts.names[best[1]], best[0], counts.used)


def _concatenate_groups(grouped: Codes, sizes: Codes, order: Codes) -> tuple[Codes, Codes]:
    """Return the votes group by group in another order of the groups, (votes,), and where each group's begin.

    ``grouped`` are the votes by group, ``sizes`` how many each has; ``order``, like them (groups,).
    """
    own = sizes[order]
    starts = np.cumsum(own) - own
    before = (np.cumsum(sizes) - sizes)[order]
    return grouped[np.repeat(before - starts, own) + np.arange(len(grouped))], starts


def find_fewest_raters(votes: Votes, keys: Codes) -> Fragility | None:
    """Search for the fewest raters whose removal changes first place; None for one rater, or where nothing is found.

    ``keys``, (votes,), tells raters apart, negative for an unknown rater of one vote.
    """
    fitted, rater = fit(votes.counts), number_groups(keys)
    raters, n = int(rater.max()) + 1, len(votes.names)
    weight = np.ones(len(rater)) if votes.weight is None else votes.weight
    cells = encode_cells(votes.left, votes.right, votes.outcome, n)
    leader, *rivals = _order_rivals(fitted)
    best: tuple[int, int] | None = None
    by_rater, sizes = np.argsort(rater, kind="stable"), np.bincount(rater)
    for rival in rivals[:RIVALS]:
        each = np.bincount(rater, _lead_influence(fitted, leader, rival).ravel()[cells] * weight, raters)
        going = np.argsort(-number_levels(each), kind="stable")
        order, starts = _concatenate_groups(by_rater, sizes, going)

        def after(
            removed: int, starts: Codes = starts, ordered: Coded = cells[order], weighed: Matrix = weight[order]
        ) -> Fit | None:
            rows = slice(starts[removed], None)
            left = np.bincount(ordered[rows], weighed[rows], 4 * n * n).reshape(n, n, 4)
            return _refit(Counts(votes.names, left.astype(np.float64)))

        found = _bisect_removals(after, best[0] - 1 if best else raters - 1, leader, rival)
        if found is not None:
            best = (found, rival)
    return None if best is None else Fragility(votes.names[leader], votes.names[best[1]], best[0], raters)
