"""Votes in groups, by rater or by prompt: their scores summed by group, for clustered sandwich covariances."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from eval.ratings.bradley_terry import Fit
from eval.ratings.counts import BOTH_BAD, TIE, Matrix, Votes
from eval.ratings.freedom import group_shape
from eval.votes.codes import Codes, Mask
from hub.errors import DataError
from hub.language.sentence import Sentence

CELLS = 1 << 22  # of scores by group that are held at a time: 32 MiB


def number_groups(keys: Codes) -> Codes:
    """Renumber groups 0, 1, ... without gaps, (votes,); each vote with a negative key is a group of its own."""
    alone = keys < 0
    top = int(keys.max(initial=-1)) + 1
    if top > 4 * len(keys):
        found = np.unique(keys, return_inverse=True)[1]
        return number_groups(np.where(alone, -1, found))
    place = np.cumsum(np.bincount(keys[~alone] if alone.any() else keys, minlength=top) > 0) - 1
    found = np.append(place, 0)[np.where(alone, -1, keys) if alone.any() else keys]
    if alone.any():
        found[alone] = (int(place[-1]) + 1 if top else 0) + np.arange(np.count_nonzero(alone))
    return np.asarray(found, dtype=np.int64)


@dataclass(frozen=True)
class ClusterScores:
    """Each vote's score (its gradient of the log-likelihood), of ``size`` parameters of which it touches few.

    Vote v has ``values[k, v]`` at parameter ``columns[k, v]``.
    """

    size: int
    columns: Codes  # (k, votes)
    values: Matrix  # (k, votes)
    plain: Matrix  # (size, size), the sum over votes of score times score^T
    weight: Matrix | None = None  # (votes,), in the values already; None: all weigh one

    @property
    def votes(self) -> int:
        """Number of votes."""
        return int(self.columns.shape[1])

    def summed(self, group: Codes, groups: int) -> Matrix:
        """Return the sum of the scores by group, (groups, size); ``group`` numbers them from 0, (votes,)."""
        place = (group * self.size + self.columns).ravel()
        found = np.bincount(place, self.values.ravel(), groups * self.size)
        return np.asarray(found, dtype=np.float64).reshape(groups, self.size)

    def where(self, kept: Mask) -> "ClusterScores":
        """Return the scores of the votes for which ``kept``, (votes,), is true."""
        rows = np.flatnonzero(kept)
        columns, values = self.columns[:, rows], self.values[:, rows]
        weight = None if self.weight is None else self.weight[rows]
        return ClusterScores(self.size, columns, values, sum_outer_products(self.size, columns, values), weight)

    def blocks(self, group: Codes, groups: int) -> Iterator[Matrix]:
        """Yield the sums by group, (some of the groups, size) at a time."""
        step = max(1, CELLS // self.size)
        if groups <= step:
            yield self.summed(group, groups)
            return
        order = np.argsort(group)
        starts = range(0, groups, step)
        for start, rows in zip(starts, np.split(order, np.searchsorted(group[order], starts)[1:]), strict=True):
            these = ClusterScores(self.size, self.columns[:, rows], self.values[:, rows], self.plain)
            yield these.summed(group[rows] - start, min(step, groups - start))


def sum_outer_products(size: int, columns: Codes, values: Matrix) -> Matrix:
    """Return the sum over votes of score times score^T, (size, size)."""
    found, parts = np.zeros(size * size), list(zip(columns, values, strict=True))
    for i, (row, a) in enumerate(parts):
        for j, (column, b) in enumerate(parts[: i + 1]):
            found += np.bincount(row * size + column, a * b, size * size) * (0.5 if i == j else 1.0)
    half = found.reshape(size, size)
    return half + half.T


def score_votes(fitted: Fit, votes: Votes) -> ClusterScores:
    """Return the scores of the votes that a fit rests on; votes that a prior added have none."""
    form, terms = fitted.form, fitted.form.terms(fitted.at)
    place = (votes.left * form.n + votes.right) * 3 + np.where(votes.outcome == BOTH_BAD, TIE, votes.outcome)
    columns, parts = [votes.left, votes.right], [terms.by_d, -terms.by_d]
    if form.position:
        columns.append(np.full_like(place, form.n))
        parts.append(terms.by_d)
    if form.rule.modelled:
        columns.append(np.full_like(place, form.size - 1))
        parts.append(terms.by_tie)
    values = np.stack(parts).reshape(len(parts), -1).take(place, axis=1)
    if votes.weight is not None:
        values = values * votes.weight
    return ClusterScores(form.size, np.stack(columns), values, form.meat(fitted.squares, terms), votes.weight)


def block_diagonal(parts: Sequence[Matrix]) -> Matrix:
    """Return a matrix with these square matrices along its diagonal, 0 elsewhere."""
    ends = np.cumsum([len(part) for part in parts]).tolist()
    whole = np.zeros((ends[-1], ends[-1]))
    for end, part in zip(ends, parts, strict=True):
        own = slice(end - len(part), end)
        whole[own, own] = part
    return whole


def prior_meat(fitted: Fit) -> Matrix:
    """Return what a prior adds to the meat, its votes being by nobody, as in the fit's own sandwich; (p, p)."""
    return fitted.form.meat(fitted.added, fitted.form.terms(fitted.at))


def stack_scores(parts: Sequence[ClusterScores]) -> ClusterScores:
    """Return the scores of several fits' votes, one after the other, as of one model with all their parameters."""
    size, starts = sum(part.size for part in parts), np.cumsum([0, *(part.size for part in parts)])
    most = max(len(part.columns) for part in parts)
    columns, values = [], []
    for part, start in zip(parts, starts[:-1].tolist(), strict=True):
        lacking = ((0, most - len(part.columns)), (0, 0))  # where one has no ties, it has no parameter of them
        columns.append(np.pad(part.columns, lacking) + start)
        values.append(np.pad(part.values, lacking))
    joined = np.concatenate(columns, axis=1), np.concatenate(values, axis=1)
    weights = [part.weight for part in parts if part.weight is not None]
    weight = np.concatenate(weights) if len(weights) == len(parts) else None
    return ClusterScores(size, *joined, block_diagonal([part.plain for part in parts]), weight)


def _sum_meat(scored: ClusterScores, group: Codes, groups: int) -> Matrix:
    """Return the sum over groups of summed score times summed score^T, (size, size).

    ``group`` numbers them from 0.
    """
    total = np.zeros_like(scored.plain)
    for block in scored.blocks(group, groups):
        total += block.T @ block
    return total


def _meat_by_group(scored: ClusterScores, group: Codes) -> Matrix:
    """Return the meat by groups numbered without gaps, uncorrected for their number and sizes."""
    several = np.bincount(group) > 1
    if several.all():
        return _sum_meat(scored, group, len(several))
    shared = several[group]
    if not shared.any():
        return scored.plain
    together = scored.where(shared)
    alone = scored.plain - together.plain if 2 * together.votes < len(group) else scored.where(~shared).plain
    return alone + _sum_meat(together, number_groups(group[shared]), int(several.sum()))


def _number_several(keys: Codes) -> Codes:
    """Renumber groups without gaps.

    Raises: DataError for a single group: nothing is known of how groups differ.
    """
    group = number_groups(np.asarray(keys))
    if not len(group) or group.max() == 0:
        raise DataError(Sentence("All votes are of one group, so nothing is known of how groups differ."))
    return group


def clustered_meat(scored: ClusterScores, keys: Codes) -> tuple[Matrix, float]:
    """Return what stands between the two inverses of the cluster-robust sandwich, (size, size), and its degrees.

    Liang and Zeger's (Biometrika 73, 1986), corrected for the number and the sizes of the groups, which have the
    degrees of freedom beside it (:func:`group_shape`). ``keys``: whole numbers, (votes,), negative for votes that
    belong to no group.

    Raises: DataError for a single group.
    """
    group = _number_several(keys)
    times, freedom = group_shape(group, scored.weight)
    return _meat_by_group(scored, group) * times, freedom
