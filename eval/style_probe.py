"""The judge of looks: which style's real pictures a picture is like, and how different pictures of one kind are.

A logistic regression on the frozen features of real pictures of training concepts, and k-means on those of one style;
both are scikit-learn's, and neither is in a loss.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from eval.arrays import check_features, unit_rows
from eval.metrics import Array, Ints
from eval.statistics import DRAWS, SEED, bootstrap_interval, draw_resamples
from hub.errors import DataError, UnknownName

ENCODER = "efficientnet-lite2"  # whose features decide; in others the same figures are told beside
CLUSTERS = 10


class StyleProbe:
    """The probability of a style by the features of a picture."""

    def __init__(self, fitted: Any) -> None:
        self.fitted, self.styles = fitted, tuple(fitted.classes_)

    def probabilities(self, features: Array, style: str) -> Array:
        """Return the probability (N,) that pictures are of a style, by their features (N, D).

        Raises: UnknownName for a style that the probe has not seen, DataError for features that can't be used.
        """
        if style not in self.styles:
            raise UnknownName(f"The probe knows no style {style!r}; it knows {', '.join(self.styles)}.")
        told: Array = self.fitted.predict_proba(check_features(features))[:, self.styles.index(style)]
        return told

    def accuracy(self, features: Array, styles: Sequence[str]) -> float:
        """Return the share of pictures whose style is found."""
        return float(self.fitted.score(check_features(features), np.asarray(styles)))


def load_probe(features: Array, styles: Sequence[str]) -> StyleProbe:
    """Return the probe fitted to real pictures' features (N, D) and styles. Raises: DataError with one style alone."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(set(styles)) < 2:
        raise DataError("A probe of styles needs real pictures of two styles or more.")
    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
    return StyleProbe(fitted.fit(check_features(features), np.asarray(styles)))


def load_clusters(features: Array, number: int = CLUSTERS) -> Any:
    """Return k-means of real pictures' unit features (N, D), always the same. Raises: DataError with too few."""
    from sklearn.cluster import KMeans

    return KMeans(number, n_init=4, random_state=SEED).fit(unit_rows(check_features(features, least=number)))


def pairwise_diversity(features: Array) -> tuple[float, float, float]:
    """Return the mean cosine distance of all pairs of pictures (N, D), and its interval over pictures.

    Raises: DataError with fewer than ten.
    """
    return intra_cluster_diversity(features, np.zeros(len(features), np.int64))


def intra_cluster_diversity(features: Array, clusters: Ints) -> tuple[float, float, float]:
    """Return the mean over clusters of the mean cosine distance of a cluster's pairs, and its interval over pictures.

    After Ojha et al. (arXiv 2104.06820), with cosines of features for LPIPS: a set may be spread over clusters and all
    alike within them. ``clusters`` (N,) says where each picture is; one alone in its cluster has no pair.

    Raises: DataError with fewer than ten pictures, and where no cluster has two.
    """
    e, counts = unit_rows(check_features(features)), draw_resamples(len(features), DRAWS)
    ones = np.ones((1, len(e)))
    value = float(_within(e, clusters, ones)[0])
    if np.isnan(value):
        raise DataError("No cluster has two pictures: draw more.")
    drawn = _within(e, clusters, counts)
    return value, *bootstrap_interval(value, drawn[np.isfinite(drawn)], 0, 2)


def _within(e: Array, clusters: Ints, counts: Any) -> Array:
    """Return the figure (R,) of resamples, in which picture i is ``counts`` (R, N) times; NaN where none has a pair."""
    found = []
    for cluster in np.unique(clusters):
        here, rows = counts[:, clusters == cluster].astype(np.float64), e[clusters == cluster]
        own = (here**2).sum(1)  # a picture and itself are no pair
        pairs = here.sum(1) ** 2 - own
        with np.errstate(invalid="ignore", divide="ignore"):
            found.append(np.where(pairs > 0, 1 - (((here @ rows) ** 2).sum(1) - own) / pairs, np.nan))
    told = np.array(found)  # (clusters, R)
    there = np.isfinite(told)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(there, told, 0).sum(0) / there.sum(0))
