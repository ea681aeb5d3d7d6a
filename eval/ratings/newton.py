"""Scores, curvature and Newton's method for the models of ``eval.ratings.tie_rules``, from counts alone.

Parameters are one vector (p,): theta (n,) with mean 0, then the position term if there is one, then the tie rule's
parameter if it has one. Leading axes are batches.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eval.ratings.counts import Matrix
from eval.ratings.tie_rules import TERMS, Terms, TieRule
from hub.errors import DataError
from hub.language.sentence import Sentence

Vector = NDArray[np.float64]
TOLERANCE = 1e-9  # of theta; the last step taken leaves about its square
STEPS = 200


def _sum_over_outcomes(judged: Matrix, part: Matrix) -> Matrix:
    """Return the sum over outcomes of counts (..., n, n, 3) times a part of the terms (n, n, 3); (..., n, n)."""
    return np.asarray(np.einsum("...ijo,ijo->...ij", judged, part))


@dataclass(frozen=True)
class Form:
    """The model that is fitted to n generators: its tie rule, and whether the left side has a term of its own."""

    n: int
    rule: TieRule
    position: bool

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.n + self.position + self.rule.modelled

    def terms(self, at: Vector) -> Terms:
        """Return the model's terms of each ordered pair (left, right) at the parameters (p,)."""
        theta = at[: self.n]
        d = theta[:, None] - theta[None, :] + (at[self.n] if self.position else 0.0)
        return TERMS[self.rule](d, float(at[-1]) if self.rule.modelled else 0.0)

    def vector(self, by_d: Matrix, by_tie: Matrix) -> Vector:
        """Return the sum over ordered pairs (..., n, n) of derivatives by d and by the tie parameter; (..., p)."""
        parts = [by_d.sum(axis=-1) - by_d.sum(axis=-2)]
        if self.position:
            parts.append(by_d.sum(axis=(-2, -1))[..., None])
        if self.rule.modelled:
            parts.append(by_tie.sum(axis=(-2, -1))[..., None])
        return np.concatenate(parts, axis=-1)

    def matrix(self, dd: Matrix, dt: Matrix, tt: Matrix) -> Matrix:
        """Return the sum over ordered pairs of weights times x x^T, x the pair's row of the design; (..., p, p)."""
        n, total = self.n, (-2, -1)
        found = np.zeros((*dd.shape[:-2], self.size, self.size))
        sides = np.eye(n) * (dd.sum(axis=-1) + dd.sum(axis=-2))[..., None]
        found[..., :n, :n] = sides - dd - np.swapaxes(dd, -1, -2)
        if self.position:
            found[..., n, :n] = dd.sum(axis=-1) - dd.sum(axis=-2)
            found[..., n, n] = dd.sum(axis=total)
        if self.rule.modelled:
            found[..., -1, :n] = dt.sum(axis=-1) - dt.sum(axis=-2)
            if self.position:
                found[..., -1, n] = dt.sum(axis=total)
            found[..., -1, -1] = tt.sum(axis=total)
        lower = np.tril(found, -1)
        lower[..., :n, :n] = 0
        return found + np.swapaxes(lower, -1, -2)

    def centre(self) -> Matrix:
        """The projector on (1, ..., 1, 0, 0), along which nothing is known; (p, p)."""
        ones = np.zeros((self.size, self.size))
        ones[: self.n, : self.n] = 1 / self.n
        return ones

    def centred(self, at: Vector) -> Vector:
        """Return the parameters (..., p) with theta's mean 0."""
        moved = at.copy()
        moved[..., : self.n] -= at[..., : self.n].mean(axis=-1, keepdims=True)
        return moved

    def score(self, judged: Matrix, terms: Terms) -> Vector:
        """Return the gradient of the log-likelihood of counts (..., n, n, 3); (..., p)."""
        return self.vector(_sum_over_outcomes(judged, terms.by_d), _sum_over_outcomes(judged, terms.by_tie))

    def information(self, judged: Matrix, terms: Terms) -> Matrix:
        """Return the negative second derivatives of the log-likelihood; (..., p, p), singular along ``centre``."""
        return self.matrix(*(_sum_over_outcomes(judged, part) for part in (terms.dd, terms.dt, terms.tt)))

    def meat(self, judged: Matrix, terms: Terms) -> Matrix:
        """Return the sum over votes of score times score^T; (..., p, p)."""
        d, t = terms.by_d, terms.by_tie
        return self.matrix(*(_sum_over_outcomes(judged, part) for part in (d * d, d * t, t * t)))

    def inverse(self, information: Matrix) -> Matrix:
        """Return the pseudo-inverse of ``information``; (..., p, p)."""
        return np.asarray(np.linalg.inv(information + self.centre()) - self.centre())


def _log_likelihood(judged: Matrix, terms: Terms) -> float:
    """Return the log-likelihood of the counts, minus infinity outside the parameters' domain."""
    seen = judged > 0
    value = float((judged[seen] * terms.loglik[seen]).sum())
    return value if np.isfinite(value) else -np.inf


def maximise(form: Form, judged: Matrix, start: Vector) -> Vector:
    """Return the parameters (p,) of most likelihood for counts (n, n, 3), by Newton's method from ``start``.

    The likelihood is concave; a step that does not raise it is halved.

    Raises: DataError when that takes more than STEPS steps, as without a finite maximum.
    """
    at, centre, terms = start, form.centre(), form.terms(start)
    current = _log_likelihood(judged, terms)
    for _ in range(STEPS):
        try:
            step = np.linalg.solve(form.information(judged, terms) + centre, form.score(judged, terms))
        except np.linalg.LinAlgError:
            break
        if np.abs(step).max() < TOLERANCE:
            return form.centred(at + step)
        while True:
            moved = form.centred(at + step)
            terms = form.terms(moved)  # what takes most of the time: the next step takes them as they are
            after = _log_likelihood(judged, terms)
            if after >= current - 1e-9 * abs(current):
                break
            step = step / 2
        at, current = moved, after
    raise DataError(
        Sentence("The ratings did not converge: some generator wins or loses all its votes; collect more votes.")
    )


def drop_tie_parameter(form: Form) -> Form:
    """Return the form for votes without ties: both tie models then have their parameter at its end, and are this."""
    return replace(form, rule=TieRule.dropped)
