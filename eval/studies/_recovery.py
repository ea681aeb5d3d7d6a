"""How much of the noise can be read off images by a network that no loss has seen."""

import numpy as np

from eval.metrics import Array, Ints
from eval.metrics._arrays import checked
from hub.errors import DataError

PENALTIES = np.logspace(-4, 4, 25)  # of the ridge, in units of the mean squared singular value


def _ridge(x: Array, y: Array) -> Array:
    """Weights (D, K) of the ridge of y (N, K) on x (N, D), its penalty the one of least generalised cross-validation
    (Golub, Heath and Wahba, Technometrics 21, 1979)."""
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    along, best = u.T @ y, (np.inf, s)
    for penalty in PENALTIES * float((s**2).mean()):
        shrink = s**2 / (s**2 + penalty)
        left = float((y**2).sum() - ((2 * shrink - shrink**2)[:, None] * along**2).sum())
        score = left / max(len(x) - float(shrink.sum()), 1e-9) ** 2
        if score < best[0]:
            best = score, s / (s**2 + penalty)
    return np.asarray(vt.T @ (best[1][:, None] * along))


def z_recovery(features: Array, z: Array, prompts: Ints) -> float:
    """Share of the noise's variance that a linear map of image features explains on images it was not fitted to.

    features (N, D), z (N, K), prompts (N,) numbers. What a prompt's images share is taken off both; of each prompt's
    images the first two thirds fit, the others test. 1: all of z is in the image; about 0: nothing; below 0 by chance.
    Our instantiation. Raises DataError with fewer than three images of a prompt, NaN, or unequal numbers of rows.
    """
    x, z = checked(features, least=3), checked(z, least=3)
    if not len(x) == len(z) == len(prompts):
        raise DataError(f"{len(x)} images, {len(z)} noises and {len(prompts)} prompts: give one of each a row.")
    parts: dict[bool, list[tuple[Array, Array]]] = {True: [], False: []}
    for prompt in np.unique(prompts):
        rows = np.flatnonzero(prompts == prompt)
        if len(rows) < 3:
            raise DataError("The noise's recovery needs three images or more of each prompt: draw more seeds.")
        cut = 2 * len(rows) // 3
        mean_x, mean_z = x[rows[:cut]].mean(0), z[rows[:cut]].mean(0)
        for fits, part in ((True, rows[:cut]), (False, rows[cut:])):
            parts[fits].append((x[part] - mean_x, z[part] - mean_z))
    fit_x, fit_z = (np.concatenate(column) for column in zip(*parts[True], strict=True))
    test_x, test_z = (np.concatenate(column) for column in zip(*parts[False], strict=True))
    return float(1 - ((test_z - test_x @ _ridge(fit_x, fit_z)) ** 2).sum() / (test_z**2).sum())
