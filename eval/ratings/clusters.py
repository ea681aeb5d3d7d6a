"""Sandwich covariances where votes come in groups: by rater, by prompt, or both at once."""

from collections.abc import Sequence

import numpy as np

from eval.columns import Codes
from eval.ratings.battles import BOTH_BAD, TIE, Coded, Matrix
from eval.ratings.bradley_terry import Fit
from hub.errors import DataError

BLOCK = 1 << 12  # groups whose scores are held at a time


def number(keys: Coded) -> Codes:
    """The groups renumbered 0, 1, ... without gaps, (votes,); each vote with a negative key is a group of its own."""
    found = np.where(keys < 0, np.arange(len(keys)) + (int(keys.max(initial=0)) + 1), keys)
    return np.asarray(np.unique(found, return_inverse=True)[1], dtype=np.int64)


def scores(fitted: Fit, left: Coded, right: Coded, outcome: Coded, group: Codes, groups: int) -> Matrix:
    """Sum of the votes' scores by group, (groups, p); ``group`` numbers them from 0."""
    form, terms = fitted.form, fitted.form.terms(fitted.at)
    given = np.where(outcome == BOTH_BAD, TIE, outcome)
    by_d = terms.by_d[left, right, given]

    def summed(places: Coded, width: int, weights: Matrix) -> Matrix:
        found = np.bincount(group * width + places, weights, groups * width)
        return np.asarray(found, dtype=np.float64).reshape(groups, width)

    found = np.zeros((groups, form.size))
    found[:, : form.n] = summed(left, form.n, by_d) - summed(right, form.n, by_d)
    nowhere = np.zeros_like(group)
    if form.position:
        found[:, form.n] = summed(nowhere, 1, by_d)[:, 0]
    if form.rule.modelled:
        found[:, -1] = summed(nowhere, 1, terms.by_tie[left, right, given])[:, 0]
    return found


def _meat(fitted: Fit, left: Coded, right: Coded, outcome: Coded, group: Codes) -> Matrix:
    """Sum over groups of summed score times summed score^T, times G / (G - 1); (p, p)."""
    order = np.argsort(group, kind="stable")
    left, right, outcome, group = left[order], right[order], outcome[order], group[order]
    groups = int(group[-1]) + 1
    total = np.zeros((fitted.form.size, fitted.form.size))
    for start in range(0, groups, BLOCK):
        rows = slice(*np.searchsorted(group, [start, start + BLOCK]))
        these = scores(fitted, left[rows], right[rows], outcome[rows], group[rows] - start, min(BLOCK, groups - start))
        total += these.T @ these
    return total * groups / (groups - 1)


def clustered(fitted: Fit, left: Coded, right: Coded, outcome: Coded, keys: Sequence[Coded]) -> Matrix:
    """Cluster-robust sandwich covariance of the parameters; (p, p).

    ``keys`` has one or two groupings, (votes,) whole numbers each, negative for votes that belong to no group. By one
    it is Liang and Zeger's (Biometrika 73, 1986); by two the first plus the second less their intersection (Cameron,
    Gelbach and Miller, JBES 29, 2011), negative eigenvalues set to 0 as they advise. A prior adds its votes' curvature
    but no score. Raises DataError for a grouping with a single group: nothing is known of how groups differ.
    """
    grouped = [number(np.asarray(key)) for key in keys]
    for group in grouped:
        if not len(group) or group.max() == 0:
            raise DataError("All votes are of one group, so nothing is known of how groups differ.")
    meat = sum((_meat(fitted, left, right, outcome, group) for group in grouped), np.zeros(()))
    if len(grouped) == 2:
        first, second = grouped
        meat = meat - _meat(fitted, left, right, outcome, number(first * (int(second.max()) + 1) + second))
    inverse = fitted.form.inverse(fitted.information)
    values, vectors = np.linalg.eigh(inverse @ meat @ inverse)
    return np.asarray((vectors * np.maximum(values, 0)) @ vectors.T)
