"""Features summed up as a normal distribution: mean, covariance, and a factor of it, in float64.

Where there are more images than dimensions the covariance is held with its factor; else the centred images
themselves are the factor, and no covariance is formed.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from eval.files import write_whole
from eval.metrics import Array
from eval.metrics._arrays import checked
from eval.metrics._threads import one_thread

BLOCK = 256  # columns; the blocks of one product stay in a core's cache
RANK_TOLERANCE = 1e-13  # of the largest eigenvalue; what is below is rounding


@dataclass(frozen=True, eq=False)
class Gaussian:
    """``covariance`` (D, D), or where there are no more images than dimensions ``rows`` A (N, D) with A^T A for it."""

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
        """F^T S F of a factor F (D, R): lower triangle of an (R, R) matrix; what is above it must not be looked at."""
        if self.covariance is None:
            across = np.asarray(self.rows) @ factor
            return across.T @ across
        if factor.shape[0] == factor.shape[1] and not np.triu(factor, 1).any():
            return _lower_congruence(factor, self.covariance)
        return np.asarray(factor.T @ self.covariance @ factor)


def _lower_congruence(lower: Array, s: Array) -> Array:
    """Lower triangle of L^T S L for lower triangular L, in a quarter of the multiplications of two full products.

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


def gaussian(features: Array) -> Gaussian:
    """Unbiased moments of features (N, D). Raises DataError with fewer than two rows, or NaN."""
    x = checked(features, least=2)
    mean = x.mean(0)
    x = x - mean
    if len(x) <= x.shape[1]:
        return Gaussian(len(x), mean, rows=x / np.sqrt(len(x) - 1))
    return Gaussian(len(x), mean, covariance=x.T @ x / (len(x) - 1))


def kept_gaussian(features: Array, folder: Path) -> Gaussian:
    """The same with its factor, from ``folder`` where features of this very content were summed up before.

    Raises DataError as :func:`gaussian` does, StorageError where the folder can't be written.
    """
    x = np.ascontiguousarray(features)
    digest = hashlib.sha256(f"gaussian 1 {x.shape} {x.dtype}".encode())
    digest.update(x.data)
    path = folder / f"{digest.hexdigest()}.safetensors"
    if path.exists():
        try:
            return _restored(load_file(path))
        except SafetensorError:
            path.unlink()  # not a whole file: computed again below
    made = gaussian(x)
    arrays = {"n": np.array(made.n), "mean": made.mean}
    if made.covariance is None:
        arrays["rows"] = np.asarray(made.rows)
    else:
        arrays |= {"covariance": made.covariance, "factor": np.ascontiguousarray(made.factor)}
    write_whole(path, save(arrays))
    return made


def _restored(arrays: dict[str, Array]) -> Gaussian:
    made = Gaussian(int(arrays["n"]), arrays["mean"], arrays.get("covariance"), arrays.get("rows"))
    if "factor" in arrays:
        made.__dict__["factor"] = arrays["factor"]  # where cached_property looks first
    return made
