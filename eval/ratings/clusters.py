"""Sandwich covariances where votes come in groups: by rater, by prompt, or both at once."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from operator import call

import numpy as np

from eval.columns import Codes, Mask
from eval.metrics._threads import one_thread
from eval.ratings.battles import BOTH_BAD, TIE, Matrix, Votes
from eval.ratings.bradley_terry import Z95, Fit
from hub.errors import DataError
from hub.sentences import Sentence

CELLS = 1 << 22  # of scores by group that are held at a time: 32 MiB
SLOTS = 1 << 20  # a power of 2
T95 = (12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004)  # of 1 to 8 degrees


def t95(freedom: int) -> float:
    """97.5 % point of Student's t, to 0.3 % (from 9 degrees of freedom on by Abramowitz and Stegun 26.7.5)."""
    if freedom <= len(T95):
        return T95[freedom - 1]
    return Z95 + (Z95**3 + Z95) / (4 * freedom) + (5 * Z95**5 + 16 * Z95**3 + 3 * Z95) / (96 * freedom**2)


def number(keys: Codes) -> Codes:
    """The groups renumbered 0, 1, ... without gaps, (votes,); each vote with a negative key is a group of its own."""
    alone = keys < 0
    top = int(keys.max(initial=-1)) + 1
    if top > 4 * len(keys):
        found = np.unique(keys, return_inverse=True)[1]
        return number(np.where(alone, -1, found))
    place = np.cumsum(np.bincount(keys[~alone] if alone.any() else keys, minlength=top) > 0) - 1
    found = np.append(place, 0)[np.where(alone, -1, keys) if alone.any() else keys]
    if alone.any():
        found[alone] = (int(place[-1]) + 1 if top else 0) + np.arange(np.count_nonzero(alone))
    return np.asarray(found, dtype=np.int64)


def freedom(keys: Sequence[Codes]) -> int:
    """Degrees of freedom of Student's t for intervals by groupings, (votes,) each: one fewer than there are groups, of
    two groupings in the one with fewer (Cameron and Miller, Journal of Human Resources 50, 2015, section VI)."""
    return int(min(number(key).max() for key in keys))


def _shared(keys: Codes) -> Mask:
    """Which votes have the key, 0 or more, of another vote too, (votes,); also a few that have not."""
    placed = np.sort(keys)
    again = placed[1:][placed[1:] == placed[:-1]]
    seen = np.zeros(SLOTS, dtype=bool)
    seen[again & (SLOTS - 1)] = True
    return np.asarray(seen[keys & (SLOTS - 1)])


@dataclass(frozen=True)
class Scores:
    """Each vote's score (its gradient of the log-likelihood), of ``size`` parameters of which it touches few.

    Vote v has ``values[k, v]`` at parameter ``columns[k, v]``.
    """

    size: int
    columns: Codes  # (k, votes)
    values: Matrix  # (k, votes)
    plain: Matrix  # (size, size), the sum over votes of score times score^T

    @property
    def votes(self) -> int:
        """How many there are."""
        return int(self.columns.shape[1])

    def summed(self, group: Codes, groups: int) -> Matrix:
        """Sum of the scores by group, (groups, size); ``group`` numbers them from 0, (votes,)."""
        place = (group * self.size + self.columns).ravel()
        found = np.bincount(place, self.values.ravel(), groups * self.size)
        return np.asarray(found, dtype=np.float64).reshape(groups, self.size)

    def where(self, kept: Mask) -> "Scores":
        """Those of the votes for which ``kept``, (votes,), is true."""
        rows = np.flatnonzero(kept)
        columns, values = self.columns[:, rows], self.values[:, rows]
        return Scores(self.size, columns, values, _outer(self.size, columns, values))

    def blocks(self, group: Codes, groups: int) -> Iterator[Matrix]:
        """The sums by group, (some of the groups, size) at a time."""
        step = max(1, CELLS // self.size)
        if groups <= step:
            yield self.summed(group, groups)
            return
        order = np.argsort(group)
        starts = range(0, groups, step)
        for start, rows in zip(starts, np.split(order, np.searchsorted(group[order], starts)[1:]), strict=True):
            these = Scores(self.size, self.columns[:, rows], self.values[:, rows], self.plain)
            yield these.summed(group[rows] - start, min(step, groups - start))


def _outer(size: int, columns: Codes, values: Matrix) -> Matrix:
    """Sum over votes of score times score^T, (size, size)."""
    found, parts = np.zeros(size * size), list(zip(columns, values, strict=True))
    for i, (row, a) in enumerate(parts):
        for j, (column, b) in enumerate(parts[: i + 1]):
            found += np.bincount(row * size + column, a * b, size * size) * (0.5 if i == j else 1.0)
    half = found.reshape(size, size)
    return half + half.T


def scores(fitted: Fit, votes: Votes) -> Scores:
    """The scores of the votes that a fit rests on; what a prior added has none."""
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
    return Scores(form.size, np.stack(columns), values, form.meat(fitted.judged, terms))


def diagonal(parts: Sequence[Matrix]) -> Matrix:
    """Square matrices along the diagonal of one, which is 0 elsewhere."""
    ends = np.cumsum([len(part) for part in parts]).tolist()
    whole = np.zeros((ends[-1], ends[-1]))
    for end, part in zip(ends, parts, strict=True):
        own = slice(end - len(part), end)
        whole[own, own] = part
    return whole


def of_prior(fitted: Fit) -> Matrix:
    """What a prior adds to the meat, its votes being by nobody, as in the fit's own sandwich; (p, p)."""
    return fitted.form.meat(fitted.added, fitted.form.terms(fitted.at))


def stacked(parts: Sequence[Scores]) -> Scores:
    """The scores of several fits' votes, one after the other, as of one model that has all their parameters."""
    size, starts = sum(part.size for part in parts), np.cumsum([0, *(part.size for part in parts)])
    most = max(len(part.columns) for part in parts)
    columns, values = [], []
    for part, start in zip(parts, starts[:-1].tolist(), strict=True):
        lacking = ((0, most - len(part.columns)), (0, 0))  # where one has no ties, it has no parameter of them
        columns.append(np.pad(part.columns, lacking) + start)
        values.append(np.pad(part.values, lacking))
    joined = np.concatenate(columns, axis=1), np.concatenate(values, axis=1)
    return Scores(size, *joined, diagonal([part.plain for part in parts]))


def _meat(scored: Scores, group: Codes, groups: int) -> Matrix:
    """Sum over groups of summed score times summed score^T, (size, size); ``group`` numbers them from 0."""
    total = np.zeros_like(scored.plain)
    for block in scored.blocks(group, groups):
        total += block.T @ block
    return total


def _corrected(total: Matrix, groups: int) -> Matrix:
    return total * groups / (groups - 1)


def _some_alone(scored: Scores, keys: Codes, shared: Mask) -> Matrix:
    """As :func:`_grouped`, where only votes that are ``shared`` are in groups of several."""
    together = int(np.count_nonzero(shared))
    if 2 * together < len(keys):
        rest = scored.where(shared)
        total = scored.plain - rest.plain
    else:
        rest, total = scored.where(shared), scored.where(~shared).plain
    several = 0
    if together:
        group = number(keys[shared])
        several = int(group.max()) + 1
        total = total + _meat(rest, group, several)
    return _corrected(total, len(keys) - together + several)


def _grouped(scored: Scores, group: Codes) -> Matrix:
    """:func:`_meat` by groups numbered without gaps, times G / (G - 1)."""
    several = np.bincount(group) > 1
    if several.all():
        return _corrected(_meat(scored, group, len(several)), len(several))
    return _some_alone(scored, group, several[group])


def _crossed(scored: Scores, keys: Codes) -> Matrix:
    """As :func:`_grouped`, by the intersection of two groupings, in which few votes share a group."""
    return _some_alone(scored, keys, _shared(keys))


def meat_of(scored: Scores, keys: Sequence[Codes]) -> Matrix:
    """What stands between the two inverses of the cluster-robust sandwich; (size, size).

    ``keys`` has one or two groupings, (votes,) whole numbers each, negative for votes that belong to no group. By one
    it is Liang and Zeger's (Biometrika 73, 1986); by two the first plus the second less their intersection (Cameron,
    Gelbach and Miller, JBES 29, 2011). Raises DataError for a grouping with a single group: nothing is known of how
    groups differ.
    """
    grouped = [number(np.asarray(key)) for key in keys]
    for group in grouped:
        if not len(group) or group.max() == 0:
            raise DataError(Sentence("All votes are of one group, so nothing is known of how groups differ."))
    jobs = [partial(_grouped, scored, group) for group in grouped]
    if len(grouped) == 2:
        first, second = grouped
        jobs.append(partial(_crossed, scored, first * (int(second.max()) + 1) + second))
    with one_thread(), ThreadPoolExecutor(len(jobs)) as pool:  # numpy holds no lock of Python's as it counts
        found, *more = pool.map(call, jobs)
    return np.asarray(found + more[0] - more[1] if more else found)


def spread(inverse: Matrix, meat: Matrix) -> Matrix:
    """``inverse`` (q, size) times ``meat`` times its transpose, negative eigenvalues set to 0; (q, q).

    Cameron, Gelbach and Miller advise that: the difference that is taken for two groupings may have some.
    """
    values, vectors = np.linalg.eigh(inverse @ meat @ inverse.T)
    return np.asarray((vectors * np.maximum(values, 0)) @ vectors.T)


def clustered(fitted: Fit, votes: Votes, keys: Sequence[Codes]) -> Matrix:
    """Cluster-robust sandwich covariance of the parameters, (p, p), by one or two groupings (:func:`meat_of`).

    A prior adds its votes to both matrices (:func:`of_prior`). Raises DataError for a grouping with a single group.
    """
    return spread(fitted.form.inverse(fitted.information), meat_of(scores(fitted, votes), keys) + of_prior(fitted))
