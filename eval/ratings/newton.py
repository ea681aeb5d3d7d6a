"""Scores, curvature and Newton's method for the models of ``eval.ratings.tie_rules``, from counts alone.

Parameters are one vector (p,): theta (n,) with mean 0, then the position term if there is one, then the tie rule's
parameter if it has one. Leading axes are batches.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from eval.ratings.counts import Matrix
from eval.ratings.tie_rules import TERMS, Terms, TieRule
from hub.errors import DataError
from hub.language.sentence import Sentence

Vector = NDArray[np.float64]
Found = TypeVar("Found")
TOLERANCE = 1e-9  # of theta; the last step taken leaves about its square
STEPS = 200


def _sum_over_outcomes(judged: Matrix, part: Matrix) -> Matrix:
    """Return the sum over outcomes of counts (..., n, n, 3) times a part of the terms (n, n, 3); (..., n, n)."""
    return np.asarray(np.einsum("...ijo,ijo->...ij", judged, part))


def find_centre(n: int, size: int) -> Matrix:
    """Return the projector on (1, ..., 1, 0, 0), n ones, along which nothing is known; (p, p)."""
    ones = np.zeros((size, size))
    ones[:n, :n] = 1 / n
    return ones


def centre_strengths(at: Vector, n: int) -> Vector:
    """Return parameters (..., p), the first n with mean 0."""
    moved = at.copy()
    moved[..., :n] -= at[..., :n].mean(axis=-1, keepdims=True)
    return moved


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

    def score(self, judged: Matrix, terms: Terms) -> Vector:
        """Return the gradient of the log-likelihood of counts (..., n, n, 3); (..., p)."""
        return self.vector(_sum_over_outcomes(judged, terms.by_d), _sum_over_outcomes(judged, terms.by_tie))

    def information(self, judged: Matrix, terms: Terms) -> Matrix:
        """Return the negative second derivatives of the log-likelihood; (..., p, p), singular along theta's ones."""
        return self.matrix(*(_sum_over_outcomes(judged, part) for part in (terms.dd, terms.dt, terms.tt)))

    def meat(self, judged: Matrix, terms: Terms) -> Matrix:
        """Return the sum over votes of score times score^T; (..., p, p)."""
        d, t = terms.by_d, terms.by_tie
        return self.matrix(*(_sum_over_outcomes(judged, part) for part in (d * d, d * t, t * t)))

    def inverse(self, information: Matrix) -> Matrix:
        """Return the pseudo-inverse of ``information``; (..., p, p)."""
        centre = find_centre(self.n, self.size)
        return np.asarray(np.linalg.inv(information + centre) - centre)


def climb(
    evaluate: Callable[[Vector], tuple[float, Found]],
    derive: Callable[[Found], tuple[Vector, Matrix]],
    start: Vector,
    n: int,
    farthest: Vector | float = np.inf,
) -> Vector | None:
    """Return the parameters (p,) of most likelihood, by Newton's method from ``start``; None where it finds none.

    The first n are strengths, with mean 0. ``evaluate``: the log-likelihood at a point, minus infinity outside its
    domain, and what ``derive`` makes its gradient (p,) and negative second derivatives (p, p) of. It is concave; a step
    that does not raise it is halved. None: there was no end after STEPS steps, or with a parameter beyond its
    ``farthest``, (p,).
    """
    at, centre, (current, found) = start, find_centre(n, len(start)), evaluate(start)
    for _ in range(STEPS):
        score, information = derive(found)
        try:
            step = np.linalg.solve(information + centre, score)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(step).all() or (np.abs(at) > farthest).any():
            return None
        if np.abs(step).max() < TOLERANCE:
            return centre_strengths(at + step, n)
        while True:
            moved = centre_strengths(at + step, n)
            after, found = evaluate(moved)  # takes most of the time
            if after >= current - 1e-9 * abs(current):
                break
            step = step / 2
        at, current = moved, after
    return None


def maximise(form: Form, judged: Matrix, start: Vector) -> Vector:
    """Return the parameters (p,) of most likelihood for counts (n, n, 3), by Newton's method from ``start``.

    Raises: DataError where there is no finite maximum.
    """
    seen = judged > 0

    def evaluate(at: Vector) -> tuple[float, Terms]:
        terms = form.terms(at)
        value = float((judged[seen] * terms.loglik[seen]).sum())
        return value if np.isfinite(value) else -np.inf, terms

    found = climb(evaluate, lambda terms: (form.score(judged, terms), form.information(judged, terms)), start, form.n)
    if found is None:
        raise DataError(
            Sentence("The ratings did not converge: some generator wins or loses all its votes; collect more votes.")
        )
    return found


def drop_tie_parameter(form: Form) -> Form:
    """Return the form for votes without ties: both tie models then have their parameter at its end, and are this."""
    return replace(form, rule=TieRule.dropped)
