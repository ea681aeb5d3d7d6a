"""How much of the noise can be read off images by a network that no loss has seen."""

import numpy as np

from eval.metrics import Array, Ints
from eval.metrics._arrays import checked
from hub.errors import DataError

PENALTIES = np.logspace(-4, 6, 21)  # of the ridge, in units of the mean squared singular value
FOLDS = 4


def _ridges(x: Array, y: Array) -> Array:
    """Weights of the ridge of y (N, K) on x (N, D) for every penalty: (penalties, D, K)."""
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    along = u.T @ y
    shrunk = [s / (s**2 + penalty * float((s**2).mean())) for penalty in PENALTIES]
    return np.stack([vt.T @ (one[:, None] * along) for one in shrunk])


def _ridge(x: Array, y: Array, folds: Ints) -> Array:
    """Weights (D, K) of the ridge whose penalty does best on the folds (N,) that it is not fitted to, in turn."""
    errors = np.zeros(len(PENALTIES))
    for fold in range(FOLDS):
        held = folds == fold
        fitted = _ridges(x[~held], y[~held])
        errors += [float(((y[held] - x[held] @ weights) ** 2).sum()) for weights in fitted]
    return np.asarray(_ridges(x, y)[int(errors.argmin())])


def z_recovery(features: Array, z: Array, prompts: Ints) -> float:
    """Share of the noise's variance that a linear map of image features explains on images it was not fitted to.

    features (N, D), z (N, K), prompts (N,) numbers. What a prompt's images share is taken off both; of each prompt's
    images the first two thirds fit, the others test; the ridge's penalty is chosen by cross-validation over prompts
    among those that fit. 1: all of z is in the image; about 0: nothing. Our instantiation.

    Raises DataError with fewer than three images of a prompt, fewer than four prompts, NaN, or unequal numbers of rows.
    """
    x, z = checked(features, least=3), checked(z, least=3)
    if not len(x) == len(z) == len(prompts):
        raise DataError(f"{len(x)} images, {len(z)} noises and {len(prompts)} prompts: give one of each a row.")
    named, counts = np.unique(prompts, return_counts=True)
    if len(named) < FOLDS or counts.min() < 3:
        raise DataError(f"The noise's recovery needs {FOLDS} prompts and three images or more of each: draw more.")
    fit: list[tuple[Array, Array, Ints]] = []
    test: list[tuple[Array, Array]] = []
    for number, prompt in enumerate(named):
        rows = np.flatnonzero(prompts == prompt)
        first, last = np.split(rows, [2 * len(rows) // 3])
        mean_x, mean_z = x[first].mean(0), z[first].mean(0)
        fit.append((x[first] - mean_x, z[first] - mean_z, np.full(len(first), number % FOLDS)))
        test.append((x[last] - mean_x, z[last] - mean_z))
    weights = _ridge(*(np.concatenate(column) for column in zip(*fit, strict=True)))
    test_x, test_z = (np.concatenate(column) for column in zip(*test, strict=True))
    return float(1 - ((test_z - test_x @ weights) ** 2).sum() / (test_z**2).sum())
