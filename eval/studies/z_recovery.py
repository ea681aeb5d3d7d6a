"""How much of the noise can be read off images by a network that no loss has seen."""

from typing import Any

import numpy as np

from eval.arrays import check_features
from eval.metrics import Array, Features, Ints, Measured
from eval.statistics import DRAWS, FEWEST, bootstrap_interval, draw_resamples
from hub.errors import DataError

RECOVERY = "z-recovery"
PENALTIES = np.logspace(-4, 6, 21)  # of the ridge, in units of the mean squared singular value
FOLDS = 4


def load_ridge(x: Array, y: Array, folds: Ints) -> Any:
    """The ridge of y (N, K) on x (N, D) whose penalty does best on the folds (N,) that it is not fitted to, in turn."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV, PredefinedSplit

    scale = (x**2).sum() / min(x.shape)  # the mean squared singular value
    search = GridSearchCV(
        Ridge(fit_intercept=False),
        {"alpha": PENALTIES * scale},
        scoring="neg_mean_squared_error",
        cv=PredefinedSplit(folds),
    )
    return search.fit(x, y)


def z_recovery(drawn: Features, z: Array) -> Measured:
    """Share of the noise's variance that a linear map of image features explains on images it was not fitted to.

    z (N, K) is the noise of each row; prompts with fewer than three images are left out. What a prompt's images share
    is taken off both; of each prompt's images the first two thirds fit, the others test; the ridge's penalty is chosen
    by cross-validation over prompts among those that fit. 1: all of z is in the image; about 0: nothing. The interval
    is over the tested prompts, the map being as it is. Our instantiation.

    Raises DataError with fewer than ten prompts of three images, NaN, or unequal numbers of rows.
    """
    x, z = check_features(drawn.images, least=3), check_features(z, least=3)
    if not len(x) == len(z) == len(drawn.prompts):
        raise DataError(f"{len(x)} images, {len(z)} noises and {len(drawn.prompts)} prompts: give one of each a row.")
    named, counts = np.unique(drawn.prompts, return_counts=True)
    named = named[counts >= 3]
    if len(named) < FEWEST:
        raise DataError(f"The noise's recovery needs {FEWEST} prompts with three images or more each: draw more.")
    fit: list[tuple[Array, Array, Ints]] = []
    test: list[tuple[Array, Array]] = []
    for number, prompt in enumerate(named):
        rows = np.flatnonzero(drawn.prompts == prompt)
        first, last = np.split(rows, [2 * len(rows) // 3])
        mean_x, mean_z = x[first].mean(0), z[first].mean(0)
        fit.append((x[first] - mean_x, z[first] - mean_z, np.full(len(first), number % FOLDS)))
        test.append((x[last] - mean_x, z[last] - mean_z))
    ridge = load_ridge(*(np.concatenate(column) for column in zip(*fit, strict=True)))
    left = np.array([((z_last - ridge.predict(x_last)) ** 2).sum() for x_last, z_last in test])
    whole = np.array([(z_last**2).sum() for _, z_last in test])
    counts = draw_resamples(len(named), DRAWS)
    share = float(1 - left.sum() / whole.sum())
    between = bootstrap_interval(share, 1 - (counts @ left) / (counts @ whole), most=1)
    return Measured(RECOVERY, share, *between, len(named), drawn.encoder)
