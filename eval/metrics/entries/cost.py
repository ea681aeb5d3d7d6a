"""What images cost: seconds by the clock and of computing, images a second, memory, parameters, training.

Seconds are of pictures drawn in turns, a round a prompt: each round's median, and over rounds their geometric mean with
an interval by Student's t. Sizes are counted, not sampled: their intervals have no width.
"""

import numpy as np

from eval.metrics import METRICS, Array, Cost, Features, Ints, Measured, Takes
from eval.statistics import t95
from hub.errors import DataError
from hub.language.sentence import Sentence

MIB = 2**20
BY_ROUND = Sentence("Student's t of the logarithms of the rounds' medians")
COUNTED = Sentence("none, as it is counted")


def _find_cost(features: Features) -> Cost:
    """Return the features' cost, which is measured for generators alone."""
    assert features.cost is not None
    return features.cost


def round_medians(prompts: Ints, seconds: Array) -> Array:
    """Return each round's median of the seconds of its images, (N,), by prompt, (P,).

    Raises: DataError for no time at all.
    """
    if not (np.isfinite(seconds).all() and (seconds >= 0).all()):
        raise DataError(Sentence("An image has no time it took; draw it again."))
    return np.array([np.median(seconds[prompts == one]) for one in np.unique(prompts)])


def geometric_mean(logs: Array) -> tuple[float, float, float]:
    """Return the mean of logarithms, one a round, with its 95 % interval by Student's t, all as ratios.

    Raises: DataError for one round.
    """
    if len(logs) < 2:
        raise DataError(Sentence("One round of drawing has no interval: draw more."))
    middle, error = logs.mean(), t95(len(logs) - 1) * logs.std(ddof=1) / np.sqrt(len(logs))
    low, value, high = np.exp((middle - error, middle, middle + error)).tolist()
    return value, min(low, value), max(high, value)


def _mean_seconds(features: Features, seconds: Array) -> tuple[float, float, float]:
    """Return the geometric mean of the rounds' medians, with its interval."""
    found = round_medians(features.prompts, seconds)
    if not found.all():
        raise DataError(Sentence("Every image took less time than can be told."))
    return geometric_mean(np.log(found))


def _make_measured(name: str, features: Features, value: tuple[float, float, float], note: Sentence) -> Measured:
    """Return a figure of cost with its interval."""
    return Measured(name, *value, len(np.unique(features.prompts)), "", note)


def _make_counted(name: str, features: Features, value: float, note: Sentence | None = None) -> Measured:
    """Return a figure that is known, not estimated."""
    return Measured(name, value, value, value, len(np.unique(features.prompts)), "", note)


def _describe_clock(cost: Cost) -> Sentence:
    return Sentence("wall clock of pictures drawn in turns on {machine}", machine=cost.machine)


@METRICS.register
class Seconds:
    """Seconds an image took by the clock."""

    name = "seconds an image"
    takes = Takes.cost
    better = "lower"
    of_real = False
    interval = BY_ROUND
    needs = ("cost",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Of the machine that drew, other work on it among them; the reference is not looked at."""
        cost = _find_cost(generated)
        note = _describe_clock(cost)
        return _make_measured(self.name, generated, _mean_seconds(generated, cost.seconds), note)


@METRICS.register
class Computing:
    """Seconds of computing an image took: of all CPU cores together, or of the device that drew it alone."""

    name = "computing seconds an image"
    takes = Takes.cost
    better = "lower"
    of_real = False
    interval = BY_ROUND
    needs = ("cost",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Hardly moved by other work; the reference is not looked at.

        Raises: DataError where nobody here can tell.
        """
        cost = _find_cost(generated)
        if cost.computing is None:
            raise DataError(Sentence("The model is drawn with elsewhere: what it computes can't be known here."))
        note = Sentence("of all cores together, or of the device, of pictures drawn in turns on {machine}",
                        machine=cost.machine)  # fmt: skip
        return _make_measured(self.name, generated, _mean_seconds(generated, cost.computing), note)


@METRICS.register
class Rate:
    """Images a second: one over the seconds."""

    name = "images a second"
    takes = Takes.cost
    better = "higher"
    of_real = False
    interval = BY_ROUND
    needs = ("cost",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """One after the other, as they were drawn; the reference is not looked at."""
        cost = _find_cost(generated)
        value, low, high = _mean_seconds(generated, cost.seconds)
        note = _describe_clock(cost)
        return _make_measured(self.name, generated, (1 / value, 1 / high, 1 / low), note)


@METRICS.register
class Parameters:
    """Parameters in the checkpoints."""

    name = "parameters"
    takes = Takes.cost
    better = "lower"
    of_real = False
    interval = COUNTED
    needs = ("cost",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """A number of weights; the reference is not looked at.

        Raises: DataError where nobody here knows it.
        """
        count = _find_cost(generated).parameters
        if count is None:
            raise DataError(Sentence("The model is drawn with elsewhere: its size can't be known here."))
        return _make_counted(self.name, generated, float(count))


@METRICS.register
class DeviceHours:
    """Hours of the training device."""

    name = "training device-hours"
    takes = Takes.cost
    better = "lower"
    of_real = False
    interval = COUNTED
    needs = ("cost",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Hours, and the device's name; the reference is not looked at.

        Raises: DataError where nobody here knows.
        """
        cost = _find_cost(generated)
        if cost.device_hours is None:
            raise DataError(Sentence("The model was trained elsewhere: how long can't be known here."))
        return _make_counted(self.name, generated, cost.device_hours, Sentence("on {device}", device=cost.device))


@METRICS.register
class Memory:
    """Memory that a generator takes itself: its weights and what drawing needs beside them, without libraries."""

    name = "memory in MiB"
    takes = Takes.cost
    better = "lower"
    of_real = False
    interval = COUNTED
    needs = ("cost",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """MiB; the reference is not looked at.

        Raises: DataError where the machine that drew could not say.
        """
        own = _find_cost(generated).own_bytes
        if own is None:
            raise DataError(Sentence("Memory could not be measured: the model runs elsewhere, or this is not Linux."))
        note = Sentence("what a process of its own grows by, libraries loaded, when the model is loaded and draws")
        return _make_counted(self.name, generated, float(round(own / MIB)), note)
