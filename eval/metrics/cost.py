"""What images cost: seconds, images a second, peak memory, parameters, training.

Sizes are counted, not sampled: their intervals have no width.
"""

import numpy as np

from eval.metrics import METRICS, Array, Cost, Features, Measured, Takes
from eval.metrics._bootstrap import jackknife_error, mean_interval, normal_interval
from hub.errors import DataError
from hub.sentences import Sentence

CLOCK = Sentence("wall clock")


def _cost(features: Features) -> Cost:
    assert features.cost is not None
    return features.cost


def _by_prompt(features: Features) -> Array:
    """Mean seconds an image of each prompt, (P,)."""
    seconds = _cost(features).seconds
    if not (np.isfinite(seconds).all() and (seconds >= 0).all()):
        raise DataError(Sentence("An image has no time it took; draw it again."))
    rows = np.unique(features.prompts, return_inverse=True)[1]
    return np.asarray(np.bincount(rows, seconds) / np.bincount(rows))


def _counted(name: str, features: Features, value: float, source: str) -> Measured:
    """A figure that is known, not estimated."""
    return Measured(name, value, value, value, len(np.unique(features.prompts)), source)


@METRICS.register
class Seconds:
    """Mean over prompts of the seconds an image took."""

    name = "seconds an image"
    takes = Takes.cost
    better = "lower"
    of_real = False
    needs = ("cost",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Wall-clock time of the machine that drew; the reference is not looked at."""
        means = _by_prompt(generated)
        return Measured(self.name, *mean_interval(means, 0, np.inf), len(means), CLOCK)


@METRICS.register
class Rate:
    """Images a second: one over the mean seconds."""

    name = "images a second"
    takes = Takes.cost
    better = "higher"
    of_real = False
    needs = ("cost",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """One after the other, as they were drawn; the reference is not looked at."""
        means = _by_prompt(generated)
        mean = float(means.mean())
        if mean == 0:
            raise DataError(Sentence("Every image took less time than can be told."))
        error = jackknife_error(means - mean) / mean**2  # the derivative of one over the mean
        return Measured(self.name, 1 / mean, *normal_interval(1 / mean, error, least=0), len(means), CLOCK)


@METRICS.register
class Parameters:
    """Parameters in the checkpoints."""

    name = "parameters"
    takes = Takes.cost
    better = "lower"
    of_real = False
    needs = ("cost",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """A number of weights; the reference is not looked at. Raises DataError where nobody here knows it."""
        count = _cost(generated).parameters
        if count is None:
            raise DataError(Sentence("The model is drawn with elsewhere: its size can't be known here."))
        return _counted(self.name, generated, float(count), Sentence("checkpoints"))


@METRICS.register
class DeviceHours:
    """Hours of the training device."""

    name = "training device-hours"
    takes = Takes.cost
    better = "lower"
    of_real = False
    needs = ("cost",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Hours, and the device's name; the reference is not looked at. Raises DataError where nobody here knows."""
        cost = _cost(generated)
        if cost.device_hours is None:
            raise DataError(Sentence("The model was trained elsewhere: how long can't be known here."))
        return _counted(self.name, generated, cost.device_hours, cost.device)


@METRICS.register
class PeakMemory:
    """Host memory that the process held at most while it drew, libraries included."""

    name = "peak memory in bytes"
    takes = Takes.cost
    better = "lower"
    of_real = False
    needs = ("cost",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Bytes; the reference is not looked at. Raises DataError where the machine that drew could not say."""
        peak = _cost(generated).peak_bytes
        if peak is None:
            raise DataError(
                Sentence("Peak memory was not measured when these images were drawn: draw them anew on Linux.")
            )
        return _counted(self.name, generated, float(peak), Sentence("process"))
