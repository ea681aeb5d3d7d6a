"""Frechet distance of endlessly many generated images, extrapolated (Chong and Forsyth, CVPR 2020, arXiv 1911.07023).

The distance of images of N prompts is too high by about slope / N. It is measured for several N, and the line over
1 / N is read at 0. The reference stays whole, so its own finite number still counts.
"""

import math
from dataclasses import dataclass

import numpy as np

from eval.metrics import METRICS, Features, Measured, Takes
from eval.metrics.compared_sets import PromptImages, pair_sides
from eval.metrics.entries.frechet import INTERVAL as FD_INTERVAL
from eval.metrics.entries.frechet import estimate_frechet, fit_reference, fit_side, frechet
from eval.metrics.gaussian import Gaussian
from eval.statistics import SEED, normal_interval
from hub.errors import DataError
from hub.language.sentence import Sentence

POINTS = 8  # sizes, evenly from a quarter of the images to all
LEAST = 16  # prompts to extrapolate from
NOTE = Sentence("N without end, extrapolated; the reference images stay as many as they are")

INTERVAL = Sentence("{interval}, and the fitted line's own", interval=FD_INTERVAL)


@dataclass(frozen=True)
class FittedLine:
    """The least-squares line of distance over 1 / N: its figure at 0, that figure's standard error, its slope."""

    infinity: float
    error: float
    slope: float


def frechet_infinity(generated: PromptImages, reference: Gaussian, seed: int = SEED) -> FittedLine:
    """Fit the line through the distances of random parts of the N prompts, each part drawn anew with this seed.

    Prompts are drawn with all their images: it is over their number that the bias falls as 1 / N. ``infinity`` may be
    negative for a set as good as the reference.

    Raises: DataError with fewer than ``LEAST`` prompts.
    """
    n = len(generated.prompts)
    if n < LEAST:
        raise DataError(
            Sentence("Extrapolating needs images of {least} prompts or more, not of {n}: draw more.", least=LEAST, n=n)
        )
    rng = np.random.default_rng(seed)
    sizes = np.linspace(n // 4, n, POINTS).astype(int)
    parts = (generated.part(rng.choice(n, size, replace=False)) for size in sizes)
    distances = np.array([frechet(reference, fit_side(part)) for part in parts])
    design = np.stack([np.ones(POINTS), 1 / sizes], axis=1)
    (infinity, slope), *_ = np.linalg.lstsq(design, distances)
    residual = ((distances - design @ (infinity, slope)) ** 2).sum() / (POINTS - 2)
    error = np.sqrt(residual * np.linalg.inv(design.T @ design)[0, 0])
    return FittedLine(float(infinity), float(error), float(slope))


@METRICS.register
class FrechetInfinity:
    """The extrapolated distance of one image a prompt, or of all, from the reference images."""

    name = "FD-infinity"
    takes = Takes.images
    better = "lower"
    of_real = False
    interval = INTERVAL
    needs = ("reference",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure the extrapolated distance.

        The interval holds the line's own error and that of the prompts, as the distance itself has it.
        """
        line = frechet_infinity(pair_sides(generated, reference).generated, fit_reference(reference))
        made = estimate_frechet(generated, reference)
        between = normal_interval(line.infinity, math.hypot(line.error, made.error))
        return Measured(self.name, line.infinity, *between, made.n, generated.encoder, NOTE)
