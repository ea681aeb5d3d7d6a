"""Checks and helpers for arrays of features, which every metric calls first."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from threadpoolctl import threadpool_limits

from eval.metrics import Array
from hub.errors import DataError
from hub.language.sentence import Sentence

NAMED = 5  # rows that a message names


def check_features(features: Array, least: int = 1) -> Array:
    """Return features (N, D) in float64.

    Raises: DataError for another shape, fewer than ``least`` rows, NaN or infinity.
    """
    x = np.asarray(features, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] == 0:
        raise DataError(
            Sentence("Features must be a table of images by dimensions (N, D), not of shape {shape}.", shape=x.shape)
        )
    if len(x) < least:
        raise DataError(
            Sentence("Too few images, {n} where {least} or more are needed: draw more.", n=len(x), least=least)
        )
    broken = np.flatnonzero(~np.isfinite(x).all(1))
    if len(broken):
        rows = ", ".join(map(str, broken[:NAMED])) + (", ..." if len(broken) > NAMED else "")
        raise DataError(
            Sentence(
                "{broken} of {n} rows of features are not finite (rows {rows}): encode them again.",
                broken=len(broken), n=len(x), rows=rows,
            )
        )  # fmt: skip
    return x


def check_pair(generated: Array, reference: Array, least: int = 1) -> tuple[Array, Array]:
    """Return two sets of features in float64, both (.., D).

    Raises: DataError as :func:`check_features` does, and where they have unequal dimensions.
    """
    x, y = check_features(generated, least), check_features(reference, least)
    if x.shape[1] != y.shape[1]:
        raise DataError(
            Sentence(
                "Features of {one} and {other} dimensions: encode both sides with one encoder.",
                one=x.shape[1], other=y.shape[1],
            )
        )  # fmt: skip
    return x, y


def unit_rows(features: Array) -> Array:
    """Return the rows scaled to length 1.

    Raises: DataError where one has length 0.
    """
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    if (lengths == 0).any():
        raise DataError(Sentence("An image has features of length 0; check the encoder's checkpoint."))
    return np.asarray(features / lengths)


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit BLAS to one thread; a context manager, and a decorator as ``@one_thread()``."""
    with threadpool_limits(1):
        yield


BATCH = 1 << 21  # numbers held at a time


def slice_batches(items: int, width: int) -> Iterator[slice]:
    """Yield slices of so many items, each of ``width`` numbers, that fit into a batch."""
    step = max(1, BATCH // width)
    return (slice(start, min(items, start + step)) for start in range(0, items, step))
