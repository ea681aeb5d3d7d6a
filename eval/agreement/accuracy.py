"""A metric against the votes one by one: how often it answers as the raters did."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.arrays import slice_batches
from eval.metrics import Array
from eval.ratings.clusters import number_groups
from eval.ratings.counts import BOTH_BAD, TIE, A, Coded
from eval.ratings.freedom import group_shape
from eval.ratings.sandwich import half_widths
from eval.rounding import find_first_highest, number_levels, round_off
from eval.statistics import DRAWS, SEED, Z95, t95, wilson
from eval.votes.codes import Codes, Mask
from hub.errors import DataError
from hub.language.sentence import Sentence

FEWEST_VOTES, FEWEST_RATERS, FEWEST_PROMPTS = 30, 10, 10
THRESHOLDS = 200  # thresholds that a draw chooses among, where the votes have more
Shape = tuple[float, float]
VOTES, DECIDED, CREDIT, RIGHT, GAINS = range(5)  # columns of what is summed over votes; gains go on to the end


@dataclass(frozen=True)
class VoteAccuracy:
    """How often a metric answers as the raters did, with 95 % intervals.

    A vote for neither side is a tie.

    ``accuracy``: over all votes, the metric saying tie up to the difference ``epsilon``, the least that makes most
    votes right; ``optimism``: how much of it comes of choosing epsilon on these same votes; ``low`` and ``high`` are
    about the accuracy less the optimism, what new votes would show. ``chance``: what a metric that knows nothing
    reaches with as good a choice; ``majority``: share of the commonest answer. ``decided...``: over votes for a side,
    without epsilon, chance 1/2; None with too few. ``raters`` is None where votes were taken one by one.
    """

    votes: int
    raters: int | None
    accuracy: float
    low: float
    high: float
    epsilon: float
    optimism: float
    chance: float
    majority: float
    decided: int
    decided_accuracy: float | None
    decided_low: float | None
    decided_high: float | None


def _check_votes(difference: Array, outcome: Coded, raters: Coded | None) -> tuple[Array, Codes, Codes | None]:
    """Return the votes in float64 and int64, raters numbered from 0.

    Raises: DataError, see :func:`vote_accuracy`.
    """
    d, given = np.asarray(difference, dtype=np.float64), np.asarray(outcome, dtype=np.int64)
    if d.ndim != 1 or given.shape != d.shape or (raters is not None and np.shape(raters) != d.shape):
        raise DataError("A metric's differences, outcomes and raters must be one a vote: give lists of one length.")
    if len(d) < FEWEST_VOTES:
        raise DataError(Sentence("Too few votes, {n}: {fewest} or more tell how well a metric foresees them.",
                                 n=len(d), fewest=FEWEST_VOTES))  # fmt: skip
    if not np.isfinite(d).all():
        raise DataError(Sentence("{n} differences of the metric are not finite: measure them again.",
                                 n=(~np.isfinite(d)).sum()))  # fmt: skip
    if given.min() < A or given.max() > BOTH_BAD:
        raise DataError(f"An outcome's code is not in {A} to {BOTH_BAD}: encode them again, leaving out unknown ones.")
    if raters is None:
        return d, given, None
    group = number_groups(np.asarray(raters, dtype=np.int64))
    if group.max() + 1 < FEWEST_RATERS:
        raise DataError(Sentence("Too few raters, {n}: {fewest} or more tell how raters differ.",
                                 n=group.max() + 1, fewest=FEWEST_RATERS))  # fmt: skip
    return d, given, group


def _assign_thresholds(place: Codes) -> Codes:
    """Return the number of the least threshold that makes each vote's difference a tie, (N,).

    ``place``: each vote's level of |difference|, 0 being 0 itself, (N,). All levels are thresholds where they are few,
    else level 0, the last and others spread by rank.
    """
    last = int(place.max())
    if last < THRESHOLDS:
        return place
    ranks = np.linspace(0, len(place) - 1, THRESHOLDS).astype(np.int64)
    return np.searchsorted(np.unique(np.concatenate(([0, last], np.sort(place)[ranks]))), place)


def _sum_by_group(group: Codes, chosen: Codes, tie: Mask, right: Mask) -> Array:
    """Return what is summed over votes, by group, (groups, 4 + thresholds).

    The first threshold is a difference of 0.
    """
    groups, width = int(group.max()) + 1, int(chosen.max()) + 1
    credit = right + 0.5 * (~tie & (chosen == 0))
    columns = [np.bincount(group, weights, groups) for weights in (np.ones(len(tie)), ~tie, credit, right)]
    gains = np.bincount(group * width + chosen, tie.astype(float) - right, groups * width)
    return np.column_stack((*columns, gains.reshape(groups, width)))


def _number_cells(chosen: Codes, tie: Mask, right: Mask) -> Codes:
    """Return one number a vote, (N,), from 0 without gaps; votes that count the same share one."""
    return np.unique(chosen * 3 + np.where(tie, 2, right), return_inverse=True)[1].astype(np.int64)


def _resample(sums: Array, sizes: Codes | None) -> Array:
    """Return the sums of bootstrap samples, (DRAWS, columns).

    Whole groups are drawn, or single votes, ``sizes`` of each cell.
    """
    rng, k, found = np.random.default_rng(SEED), len(sums), []
    rows = sums if sizes is None else sums / sizes[:, None]
    for batch in slice_batches(DRAWS, k):
        size = batch.stop - batch.start
        if sizes is None:
            drawn = rng.integers(k, size=(size, k)) + k * np.arange(size)[:, None]
            times = np.bincount(drawn.ravel(), minlength=size * k).reshape(size, k)
        else:
            times = rng.multinomial(sizes.sum(), sizes / sizes.sum(), size)
        found.append(times.astype(np.float64) @ rows)
    return np.concatenate(found)


def _accuracies(sums: Array) -> Array:
    """Return the accuracy of each sample at each threshold, (samples, thresholds)."""
    return np.asarray((sums[:, [RIGHT]] + np.cumsum(sums[:, GAINS:], axis=1)) / sums[:, [VOTES]])


def _interval(value: float, draws: Sequence[Array], shapes: Sequence[Shape], votes: int) -> tuple[float, float]:
    """Return Wilson's interval at the number of independent votes that makes it as wide as the draws are.

    That number is at most ``votes``.

    ``draws`` are of one grouping of the votes, or of two and of single votes, ``shapes`` those of each
    (:func:`eval.ratings.freedom.group_shape`), which know of groups of unequal sizes. What they say of the width is
    told as for ratings (:func:`eval.ratings.sandwich.half_widths`), and put into the number of votes (Korn and
    Graubard, Survey Methodology 24, 1998), so that the interval stays within 0 and 1. It is as wide as ``groups`` votes
    make it where nothing varies at all, groups being those of the smaller grouping.
    """
    each = [float(one.var(ddof=1)) * times for one, (times, _) in zip(draws, shapes, strict=True)]
    freedom, own = min(degrees for _, degrees in shapes), value * (1 - value)
    if max(each) <= 1e-15:
        low, high = wilson(value, (freedom + 1) * (Z95 / t95(freedom)) ** 2)
    else:
        alone = np.array([max([own / votes, *each[2:]])])
        half = half_widths(alone, [(np.array([v]), degrees) for v, (_, degrees) in zip(each[:2], shapes, strict=False)])
        low, high = wilson(value, min(votes, own * float(Z95 / half[0]) ** 2))
    return low, max(value, high)  # at 1, rounding leaves the upper end below


def _measure_decided(
    sums: Array, drawn: Sequence[Array], shapes: Sequence[Shape]
) -> tuple[float | None, float | None, float | None]:
    """Return the accuracy over the votes for a side with its interval; None three times with too few."""
    decided, credit = sums[:, DECIDED].sum(), sums[:, CREDIT].sum()
    if decided < FEWEST_VOTES:
        return None, None, None
    some = [one[one[:, DECIDED] > 0] for one in drawn]
    value, most = float(credit / decided), [(times, min(freedom, int(decided) - 1)) for times, freedom in shapes]
    low, high = _interval(value, [one[:, CREDIT] / one[:, DECIDED] for one in some], most, int(decided))
    return value, round_off(low), max(value, round_off(high))


def _find_groupings(group: Codes | None, prompts: Coded | None) -> list[Codes | None]:
    """Return the groupings that votes are drawn by: raters, prompts where votes share them, None for single votes."""
    if prompts is None:
        return [group]
    numbered = number_groups(np.asarray(prompts, dtype=np.int64))
    count = int(numbered.max()) + 1
    if count == len(numbered):
        return [group]
    if count < FEWEST_PROMPTS:
        raise DataError(Sentence("Too few prompts, {n}: {fewest} or more tell how prompts differ.",
                                 n=count, fewest=FEWEST_PROMPTS))  # fmt: skip
    return [group, numbered, None]


def vote_accuracy(
    difference: Array, outcome: Coded, raters: Coded | None = None, prompts: Coded | None = None
) -> VoteAccuracy:
    """Return how often a metric answers votes as left, right and neither, with ties calibrated.

    Deutsch, Foster and Freitag, "Ties Matter" (EMNLP 2023, arXiv 2305.14324), as GenAI-Bench counts: the metric says
    tie where |difference| <= epsilon. ``difference``: the metric's a less its b, higher being better, (N,);
    ``outcome``: codes of :mod:`eval.ratings.counts`, (N,), both bad being a tie; ``raters``: a number a rater, (N,),
    negative for a vote by nobody known; ``prompts`` likewise. Intervals by bootstrap over raters, or over votes, and
    where votes share prompts over these too; epsilon is chosen anew in each draw, among :data:`THRESHOLDS` where there
    are more. Among ``decided`` a difference of 0 is half right. Optimism, that of the grouping which shows most: Efron
    and Tibshirani, An Introduction to the Bootstrap, chapter 17.

    Raises: DataError with too few votes, raters or prompts, figures that are not finite, or unknown outcomes.
    """
    d, given, group = _check_votes(difference, outcome, raters)
    place = number_levels(np.append(np.abs(d), 0.0))[:-1]
    tie, right = given >= TIE, (given < TIE) & ((d > 0) == (given == A)) & (place > 0)
    correct = right.sum() + np.cumsum(np.bincount(place, tie.astype(float) - right))
    best, n, ties = int(correct.argmax()), len(d), int(tie.sum())
    chosen = _assign_thresholds(place)
    drawn, shapes = [], []
    for grouping in _find_groupings(group, prompts):
        cells = _number_cells(chosen, tie, right) if grouping is None else grouping
        sums = _sum_by_group(cells, chosen, tie, right)
        drawn.append(_resample(sums, np.bincount(cells) if grouping is None else None))
        shapes.append(group_shape(np.arange(n) if grouping is None else grouping))
    accuracies, whole = [_accuracies(one) for one in drawn], _accuracies(sums.sum(0, keepdims=True))[0]
    optimism = max(float((each.max(1) - whole[find_first_highest(each)]).mean()) for each in accuracies)
    accuracy = float(correct[best] / n)
    low, high = _interval(min(1.0, max(0.0, accuracy - optimism)), [each.max(1) for each in accuracies], shapes, n)
    epsilon = float(np.abs(d[place == best]).max()) if best else 0.0
    calibrated = accuracy, round_off(low), max(accuracy, round_off(high)), epsilon, round_off(optimism)
    baselines = max(ties, (n - ties) / 2) / n, max(ties, *np.bincount(given, minlength=TIE)[:TIE].tolist()) / n
    found = _measure_decided(sums, drawn, shapes)
    return VoteAccuracy(n, None if group is None else int(group.max()) + 1, *calibrated, *baselines, n - ties, *found)
