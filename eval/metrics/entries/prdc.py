"""Precision, recall (Kynkaanniemi et al., arXiv 1904.06991), density and coverage (Naeem et al., arXiv 2002.09797).

A set's manifold is the union of the balls about its images that reach to the k-th nearest other image of that set. An
image at that distance is in the ball, as in Kynkaanniemi's equation 1: so a set lies in its own manifold, also where
images repeat and a ball is a point. The package prdc has "less than"; the figures differ where a distance equals a
radius, which is where images repeat.
Distances are visited in blocks: memory grows with the number of images, not with its square.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eval.arrays import check_pair
from eval.metrics import METRICS, Array, Features, Measured, Takes
from eval.metrics.compared_sets import ComparedSets, PromptImages, pair_sides
from eval.metrics.distances import Block, Cloud, common_scale, run_on_cores
from eval.metrics.entries.recall import count_independent
from eval.metrics.nearest import squared_radii
from eval.metrics.resamples import Resamples, resample_share
from eval.statistics import BOOTSTRAPPED, WILSON, mean_interval, wilson
from hub.errors import DataError
from hub.language.sentence import Sentence

K = 5
NOTE = Sentence("k = {k}; the interval holds the manifolds fixed", k=K)


@dataclass(frozen=True)
class Manifolds:
    """What each image says of the four figures, whose means they are."""

    precise: Array  # (N,), 1 where a generated image lies in the reference's manifold
    dense: Array  # (N,), reference balls that a generated image lies in, by k
    recalled: Array  # (M,), 1 where a reference image lies in the generated manifold
    covered: Array  # (M,), 1 where a reference image's ball holds a generated image


def manifolds(generated: Array, reference: Array, k: int = K) -> Manifolds:
    """Return what each row of (N, D) and (M, D) says of precision, density, recall and coverage.

    Raises: DataError with k rows or fewer on a side, NaN, or unequal dimensions.
    """
    x, y = check_pair(generated, reference, least=2)
    if min(len(x), len(y)) <= k:
        raise DataError(
            Sentence("Precision and recall with k = {k} need more than {k} images on each side: draw more.", k=k)
        )
    scale = common_scale(x, y)
    x_radii = squared_radii(Cloud(x, x.mean(0), scale), k)
    real = Cloud(y, y.mean(0), scale)
    y_radii, drawn = squared_radii(real, k), Cloud(x, real.centre, scale)

    def row_of_blocks(mine: slice) -> tuple[Array, Array, Array]:
        balls, recalled, covered = np.zeros(len(x)), np.zeros(len(y[mine]), bool), np.zeros(len(y[mine]), bool)
        for theirs in drawn.blocks:
            block = Block(real, mine, drawn, theirs)
            inside = block.within(y_radii[mine, None])
            balls[theirs] = np.count_nonzero(inside, axis=0)
            covered |= inside.any(1)
            recalled |= block.within(x_radii[theirs]).any(1)
        return balls, recalled.astype(np.float64), covered.astype(np.float64)

    balls, recalled, covered = zip(*run_on_cores(row_of_blocks, real.blocks), strict=True)
    within = np.sum(balls, axis=0)
    return Manifolds((within > 0).astype(np.float64), within / k, np.concatenate(recalled), np.concatenate(covered))


@lru_cache(maxsize=1)
def _find_manifolds(generated: Features, reference: Features) -> tuple[Manifolds, ComparedSets]:
    """Return the manifolds of both sides, computed once for the four figures, and the sides."""
    both = pair_sides(generated, reference)
    return manifolds(both.generated.images, both.reference.images), both


def _share_interval(values: Array, side: PromptImages) -> tuple[float, float, float]:
    """Return a share with Wilson's interval; a bootstrap of a share of 0 or 1 has no width."""
    by_prompt = side.means(values)
    share = float(by_prompt.mean())
    return share, *wilson(share, count_independent(by_prompt, len(values)))


def _count_interval(values: Array, side: PromptImages) -> tuple[float, float, float]:
    """Return a mean number of balls with its bootstrap interval."""
    return mean_interval(side.means(values), 0, np.inf)


class _Figure:
    """A figure of the two manifolds, with its interval."""

    better = "higher"
    of_real = False
    needs = ("reference",)
    takes = Takes.images
    interval = WILSON
    name: str
    of: Callable[[Manifolds, ComparedSets], tuple[float, float, float]]
    values: str  # of the manifolds, whose mean the figure is
    of_reference = False  # whose prompts these are

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure one image a prompt, or all, against the reference images; means are of prompts, which vary."""
        made, both = _find_manifolds(generated, reference)
        n, images, note = len(both.generated.prompts), len(both.generated.images), NOTE
        if both.generated.several:
            note = Sentence("{note}; {images} images of {n} prompts, which count alike; the balls shrink where images "
                            "of one prompt are alike", note=NOTE, images=images, n=n)  # fmt: skip
        return Measured(self.name, *type(self).of(made, both), n, generated.encoder, note)

    def resample(self, generated: Features, reference: Features) -> Resamples:
        """Resample the prompts of the side whose images count; the manifolds are held fixed."""
        made, both = _find_manifolds(generated, reference)
        side = both.reference if self.of_reference else both.generated
        values, (_, low, high) = side.means(getattr(made, self.values)), type(self).of(made, both)
        return resample_share(values, side.prompts, (low, high), second=self.of_reference and not both.together)


@METRICS.register
class Precision(_Figure):
    """The share of generated images in the reference's manifold: how many look real."""

    name = "precision"
    values = "precise"
    of = staticmethod(lambda made, both: _share_interval(made.precise, both.generated))


@METRICS.register
class ManifoldRecall(_Figure):
    """The share of reference images in the generated manifold: how much of what is real can be drawn."""

    name = "recall"
    values = "recalled"
    of_reference = True
    of = staticmethod(lambda made, both: _share_interval(made.recalled, both.reference))


@METRICS.register
class Density(_Figure):
    """The mean number of reference balls about a generated image, by k; above 1 where images crowd together."""

    name = "density"
    values = "dense"
    interval = BOOTSTRAPPED
    of = staticmethod(lambda made, both: _count_interval(made.dense, both.generated))


@METRICS.register
class Coverage(_Figure):
    """The share of reference images that have a generated one in their ball."""

    name = "coverage"
    values = "covered"
    of_reference = True
    of = staticmethod(lambda made, both: _share_interval(made.covered, both.reference))
