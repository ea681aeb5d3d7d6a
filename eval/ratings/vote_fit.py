"""Bradley-Terry with properties of each vote's pictures: d is theta of the left less that of the right, and z . beta.

z is what the left side has more than the right one. What differs between votes of one pair is no matter of counts, so
the fit goes through the votes one by one; without properties it is ``eval.ratings.bradley_terry``. The control is that
of LMArena ("Does style matter?", Li, Angelopoulos and Chiang, 2024): a generator is rated as if both sides of each
battle had been alike in the properties.
"""

from dataclasses import dataclass

import numpy as np

from eval.ratings.clusters import ClusterScores, sum_outer_products
from eval.ratings.counts import BOTH_BAD, TIE, Matrix, Votes
from eval.ratings.newton import Vector, climb, find_centre
from eval.ratings.tie_rules import TERMS, TieRule, start_tie
from eval.votes.codes import Codes
from hub.errors import DataError
from hub.language.sentence import Sentence

FARTHEST = 20.0  # of a log strength or a coefficient: beyond, the votes are told apart without an error
NO_MAXIMUM = Sentence(
    "The votes can't be controlled for style: some generator wins or loses all of them, or a property tells all of "
    "them. Collect more votes."
)


@dataclass(frozen=True)
class _Chosen:
    """The terms of each vote's outcome, (votes,) each, by their weights."""

    loglik: Vector
    by_d: Vector
    by_tie: Vector
    dd: Vector
    dt: Vector
    tt: Vector


@dataclass(frozen=True)
class VoteModel:
    """Votes of n generators with m properties, (votes, m); parameters are theta, beta and the tie rule's, (p,)."""

    votes: Votes
    z: Matrix
    rule: TieRule

    @property
    def n(self) -> int:
        """Number of generators."""
        return len(self.votes.names)

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.n + int(self.z.shape[1]) + self.rule.modelled

    @property
    def outcome(self) -> Codes:
        """Each vote's outcome, both bad being a tie."""
        return np.where(self.votes.outcome == BOTH_BAD, TIE, self.votes.outcome)

    def terms(self, at: Vector) -> _Chosen:
        """Return the votes' terms at the parameters (p,)."""
        beta = at[self.n : self.n + self.z.shape[1]]
        d = at[self.votes.left] - at[self.votes.right] + self.z @ beta
        found = TERMS[self.rule](d, float(at[-1]) if self.rule.modelled else 0.0)
        weight = 1.0 if self.votes.weight is None else self.votes.weight
        outcome = self.outcome[:, None]
        parts = (found.loglik, found.by_d, found.by_tie, found.dd, found.dt, found.tt)
        return _Chosen(*(np.take_along_axis(part, outcome, axis=1)[:, 0] * weight for part in parts))

    def vector(self, by_d: Vector, by_tie: Vector) -> Vector:
        """Return the sum over votes of derivatives by d and by the tie parameter, (p,)."""
        sides = np.bincount(self.votes.left, by_d, self.n) - np.bincount(self.votes.right, by_d, self.n)
        return np.concatenate([sides, self.z.T @ by_d, [by_tie.sum()] * self.rule.modelled])

    def evaluate(self, at: Vector) -> tuple[float, _Chosen]:
        """Return the log-likelihood at the parameters (p,), and the votes' terms there."""
        found = self.terms(at)
        return float(found.loglik.sum()), found

    def derive(self, terms: _Chosen) -> tuple[Vector, Matrix]:
        """Return the gradient of the log-likelihood, (p,), and its negative second derivatives, (p, p)."""
        return self.vector(terms.by_d, terms.by_tie), self.information(terms)

    def information(self, terms: _Chosen) -> Matrix:
        """Return the negative second derivatives of the log-likelihood, (p, p), singular along ones of theta."""
        n, m, votes = self.n, self.z.shape[1], self.votes
        pairs = np.bincount(votes.left * n + votes.right, terms.dd, n * n).reshape(n, n)
        found = np.zeros((self.size, self.size))
        found[:n, :n] = np.diag(pairs.sum(axis=0) + pairs.sum(axis=1)) - pairs - pairs.T
        for k in range(m):
            part = self.z[:, k] * terms.dd
            found[n + k, :n] = np.bincount(votes.left, part, n) - np.bincount(votes.right, part, n)
        found[n : n + m, n : n + m] = self.z.T @ (self.z * terms.dd[:, None])
        if self.rule.modelled:
            found[-1, : n + m] = self.vector(terms.dt, terms.dt)[: n + m]
            found[-1, -1] = terms.tt.sum()
        found[:n, n:] = found[n:, :n].T
        found[n : n + m, n + m :] = found[n + m :, n : n + m].T
        return found

    def scores(self, terms: _Chosen) -> ClusterScores:
        """Return each vote's score."""
        columns = [self.votes.left, self.votes.right]
        values = [terms.by_d, -terms.by_d]
        for k in range(self.z.shape[1]):
            columns.append(np.full_like(self.votes.left, self.n + k))
            values.append(self.z[:, k] * terms.by_d)
        if self.rule.modelled:
            columns.append(np.full_like(self.votes.left, self.size - 1))
            values.append(terms.by_tie)
        stacked = np.stack(columns), np.stack(values)
        return ClusterScores(self.size, *stacked, sum_outer_products(self.size, *stacked), self.votes.weight)


@dataclass(frozen=True)
class VoteFit:
    """The estimate (p,), the pseudo-inverse of its information (p, p), and the votes' scores there."""

    model: VoteModel
    at: Vector
    inverse: Matrix
    scored: ClusterScores


def fit_votes(votes: Votes, z: Matrix, rule: TieRule) -> VoteFit:
    """Fit strengths, with mean 0, and the coefficients of the properties z, (votes, m), by Newton's method.

    Votes without ties have no tie parameter to fit. The votes must join all generators.

    Raises: DataError where there is no single maximum.
    """
    if rule.modelled and not (votes.outcome >= TIE).any():
        rule = TieRule.dropped
    model = VoteModel(votes, z, rule)
    at = np.zeros(model.size)
    if rule.modelled:
        ties = float((votes.outcome >= TIE).sum())
        at[-1] = start_tie(rule, ties, len(votes.outcome) - ties)
    farthest = np.full(model.size, FARTHEST)
    farthest[model.size - rule.modelled :] = np.inf
    found = climb(model.evaluate, model.derive, at, model.n, farthest)
    if found is None:
        raise DataError(NO_MAXIMUM)
    terms = model.terms(found)
    return VoteFit(model, found, _invert(model, terms), model.scores(terms))


def _invert(model: VoteModel, terms: _Chosen) -> Matrix:
    """Return the pseudo-inverse of the information.

    Raises: DataError where it is singular, as for properties of which one tells another.
    """
    centre = find_centre(model.n, model.size)
    whole = model.information(terms) + centre
    if np.linalg.cond(whole) > 1e12:
        raise DataError(NO_MAXIMUM)
    return np.asarray(np.linalg.inv(whole) - centre)
