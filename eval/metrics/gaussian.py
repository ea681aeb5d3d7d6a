"""Normal distributions fitted to features: mean, covariance, and a factor of it, in float64.

Where there are more images than dimensions the covariance is held with its factor; else the centred images themselves
are the factor, and no covariance is formed.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from eval.arrays import check_features, one_thread
from eval.metrics import Array
from hub.errors import DataError
from hub.files import write_whole
from hub.language.sentence import Sentence

BLOCK = 256  # columns; the blocks of one product stay in a core's cache
ROWS = 8192  # that are turned to float64 at once
RANK_TOLERANCE = 1e-13  # of the largest eigenvalue; what is below is rounding


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Mean (D,) and covariance of n images, the latter as ``covariance`` (D, D) or as ``rows``.

    Where there are no more images than dimensions ``rows`` are A with A^T A for it: N - 1, without the one direction
    that centring empties.
    """

    n: int
    mean: Array  # (D,)
    covariance: Array | None = None
    rows: Array | None = None

    @cached_property
    def trace(self) -> float:
        """Trace of the covariance, in squared feature units."""
        return float((np.asarray(self.rows) ** 2).sum() if self.covariance is None else np.trace(self.covariance))

    @cached_property
    def factor(self) -> Array:
        """L (D, R) with L L^T the covariance: its Cholesky factor, or where it lacks rank, from its eigenvectors."""
        if self.covariance is None:
            return np.asarray(self.rows).T
        with one_thread():
            try:
                return np.asarray(np.linalg.cholesky(self.covariance))
            except np.linalg.LinAlgError:
                values, vectors = np.linalg.eigh(self.covariance)
                kept = values > RANK_TOLERANCE * values[-1]
                return np.asarray(vectors[:, kept] * np.sqrt(values[kept]))

    def spread_along(self, factor: Array) -> Array:
        """Return F^T S F of a factor F (D, R), an (R, R) matrix of which only the lower triangle is filled."""
        if self.covariance is None:
            across = np.asarray(self.rows) @ factor
            return across.T @ across
        if factor.shape[0] == factor.shape[1] and not np.triu(factor, 1).any():
            return _lower_congruence(factor, self.covariance)
        return np.asarray(factor.T @ self.covariance @ factor)


def _lower_congruence(lower: Array, s: Array) -> Array:
    """Return the lower triangle of L^T S L for lower triangular L, in a quarter of two full products' operations.

    Column block j of S L needs L's rows from j on; row block i >= j of the result needs that product's rows from i on.
    """
    size = len(lower)
    out = np.zeros_like(s)
    for j in range(0, size, BLOCK):
        columns = slice(j, j + BLOCK)
        product = s[j:, j:] @ lower[j:, columns]
        for i in range(j, size, BLOCK):
            out[i : i + BLOCK, columns] = lower[i:, i : i + BLOCK].T @ product[i - j :]
    return out


class Moments:
    """Mean and scatter of rows that come batch by batch, in float64, updated without cancellation.

    Chan, Golub and LeVeque, The American Statistician 37, 1983.
    """

    def __init__(self, dimensions: int) -> None:
        self.n = 0
        self.mean, self.scatter = np.zeros(dimensions), np.zeros((dimensions, dimensions))

    def add(self, features: Array) -> None:
        """Add rows (n, D).

        Raises: DataError for NaN.
        """
        x = check_features(features)
        mean = x.mean(0)
        x = x - mean
        total, shift = self.n + len(x), mean - self.mean
        self.scatter += x.T @ x
        self.scatter += np.outer(shift, shift * (self.n * len(x) / total))
        self.mean = self.mean + shift * (len(x) / total)
        self.n = total

    def gaussian(self) -> Gaussian:
        """Return the normal distribution of the rows so far, unbiased.

        Raises: DataError with fewer than two rows.
        """
        if self.n < 2:
            raise DataError(
                Sentence("Too few images, {n} where {least} or more are needed: draw more.", n=self.n, least=2)
            )
        return Gaussian(self.n, self.mean, covariance=self.scatter / (self.n - 1))


def fit_gaussian(features: Array) -> Gaussian:
    """Return unbiased moments of features (N, D) of any float type.

    Raises: DataError with fewer than two rows, or NaN.
    """
    if len(features) <= features.shape[-1]:
        x = check_features(features, least=2)
        n, mean = len(x), x.mean(0)
        x = (x - mean) / math.sqrt(n - 1)
        return Gaussian(n, mean, rows=x[1:] + x[0] / (math.sqrt(n) - 1))  # reflected; the row of zeros is dropped
    moments = Moments(features.shape[-1])
    for start in range(0, len(features), ROWS):
        moments.add(features[start : start + ROWS])
    return moments.gaussian()


def fit_weighted_gaussian(features: Array, weights: Array) -> Gaussian:
    """Return moments of features (N, D), each row counted ``weights`` times, (N,); rows without weight go."""
    x, weights = features[weights > 0], weights[weights > 0]
    mean = weights @ x / weights.sum()
    rows = np.sqrt(weights / (weights.sum() - 1))[:, None] * (x - mean)
    return Gaussian(len(x), mean, rows=rows)


def with_covariance(thin: Gaussian) -> Gaussian:
    """Return a thin distribution by its covariance: cheaper where there are far more rows than dimensions."""
    rows = np.asarray(thin.rows)
    return Gaussian(thin.n, thin.mean, covariance=rows.T @ rows)


def fit_cached_gaussian(features: Array, folder: Path) -> Gaussian:
    """Return unbiased moments of features (N, D) with their factor, from ``folder`` where they are kept.

    They are kept by the features' content; those of no more rows than dimensions are their own factor, and are not
    kept.

    Raises: DataError as :func:`fit_gaussian` does, StorageError where the folder can't be written.
    """
    if len(features) <= features.shape[-1]:
        return fit_gaussian(features)
    x = np.ascontiguousarray(features)
    digest = hashlib.sha256(f"gaussian 1 {x.shape} {x.dtype}".encode())
    digest.update(x.data)
    path = folder / f"{digest.hexdigest()}.safetensors"
    if path.exists():
        try:
            return _restore(load_file(path))
        except SafetensorError:
            path.unlink()  # not a whole file: computed again below
    made = fit_gaussian(x)
    covariance, factor = np.asarray(made.covariance), np.ascontiguousarray(made.factor)
    arrays = {"n": np.array(made.n), "mean": made.mean, "covariance": covariance, "factor": factor}
    write_whole(path, save(arrays))
    return made


def _restore(arrays: dict[str, Array]) -> Gaussian:
    """Return the distribution of a file's arrays."""
    made = Gaussian(int(arrays["n"]), arrays["mean"], arrays["covariance"])
    made.__dict__["factor"] = arrays["factor"]  # where cached_property looks first
    return made
