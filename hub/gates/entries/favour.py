"""One generator again and again, whatever the others say of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hub.gates import GATES
from hub.gates.opinions import FAVOUR, Cell, Opinions, Tally, reverse_cell
from hub.schema import Vote

TASTE = 0.7  # standard deviation of a rater's own liking for a generator, in logits
SHARES = np.array([0.85, 0.93, 0.98, 0.999])  # of the decided votes that a rater without eyes gives to one generator
LEAST = 10  # decided votes on a generator; with fewer nothing is said
SCREEN = 0.8  # share for it, or against it, below which nothing is said
HEARD = 8.0  # independent votes that others' must be worth on a pair, for it to be looked at
STARTS, CERTAIN = 100.0, 1000.0  # times as likely as by taste
LIKING, OTHERS = np.linspace(-5.2, 5.2, 27), np.linspace(-4.8, 4.8, 17)  # standard deviations
LIKINGS, OTHERS_WEIGHTS = (np.exp(-(at**2) / 2) / np.exp(-(at**2) / 2).sum() for at in (LIKING, OTHERS))
SHRUNK = np.sqrt(1 + np.pi / 8 * 2 * TASTE**2)  # raters' tastes draw a crowd's logits together by so much
BLOCK = 512  # pairs whose likelihoods are held at a time, 459 each
Array = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Favourite:
    """A generator that a tally favours or refuses, and the e-value of that: how many times as likely as by taste."""

    generator: str
    liked: bool
    times: float


@GATES.register
class Favour:
    """Measured: a rater's decided votes on one generator, against what raters of other networks say of it.

    An e-value: how many times as likely the votes are if one generator is preferred (or refused) in 85 to 99.9 % of its
    battles whoever stands beside it, than if the rater looks, and differs from others by tastes of .7 logits (standard
    deviation) for each generator, others' rates being known no better than their votes tell. It is the mean over all
    generators, for and against, so that honest raters of such tastes ever reach 1,000 with a probability of at most
    1 in 1,000 (Ville's inequality). Risk rises from 100 and is certain at 1,000. The same is asked of all raters of a
    network together; then it is certain for those of them who share the favour.

    Nothing is said on fewer than 10 decided votes on a generator, on one with less than 80 % for it or against it, and
    by pairs on which others' votes are worth fewer than 8 independent ones.
    """

    name = FAVOUR
    title = "always for, or against, one generator"

    def risk(self, history: Sequence[Vote], vote: Vote, said: Opinions) -> float:
        """Return how near to certain it is that the rater, or their network, favours one generator."""
        found = find_favourite(said.rater, said.others)
        times = found.times if found else 0.0
        if times < CERTAIN and said.network != said.rater:
            shared = find_favourite(said.network, said.others)
            if shared and shares_favour(said.rater, shared):
                times = max(times, shared.times)
        if times <= STARTS:
            return 0.0
        return float(min(1.0, np.log(times / STARTS) / np.log(CERTAIN / STARTS)))


def shares_favour(own: Tally, favour: Favourite) -> bool:
    """Return whether a rater's own votes agree with their network's favourite, all but a few of those that tell."""
    wins, losses = _count_decided(own).get(favour.generator, (0.0, 0.0))
    for_it, against = (wins, losses) if favour.liked else (losses, wins)
    return against <= (1 - SCREEN) * (for_it + against)


def find_favourite(own: Tally, others: Tally) -> Favourite | None:
    """Return the generator that a tally favours or refuses most, with its e-value; None where none stands out.

    The e-value is the mean over all generators, for and against.
    """
    decided = _count_decided(own)
    found = [
        (name, liked)
        for name, (wins, losses) in decided.items()
        for liked, share in ((True, wins), (False, losses))
        if wins + losses >= LEAST and share >= SCREEN * (wins + losses)
    ]
    if not found:
        return None
    pairs = [_collect_pairs(own, others, name, liked) for name, liked in found]
    mine, theirs = (np.concatenate(each) for each in zip(*pairs, strict=True))
    starts = np.cumsum([0, *(len(each) for each, _ in pairs[:-1])])
    logs = compute_log_ratios(mine, theirs, starts)
    if np.isneginf(logs).all():
        return None
    total = np.logaddexp.reduce(logs) - np.log(2 * len(decided))
    return Favourite(*found[int(logs.argmax())], float(np.exp(min(total, 700.0))))


def _count_decided(tally: Tally) -> dict[str, tuple[float, float]]:
    """Return the decided votes for and against each generator."""
    wins: dict[str, float] = defaultdict(float)
    losses: dict[str, float] = defaultdict(float)
    for (_, preferred, other), count in tally.items():
        wins[preferred] += count
        losses[other] += count
    return {name: (wins[name], losses[name]) for name in sorted({*wins, *losses})}


def _collect_pairs(own: Tally, others: Tally, name: str, liked: bool) -> tuple[Array, Array]:
    """Return the own votes and others' worth, for and against, by pair with a generator; (pairs, 2) each."""
    cells = sorted({cell if cell[1] == name else reverse_cell(cell) for cell in own if name in cell[1:]})
    mine, theirs = ([_count_both_ways(tally, cell, liked) for cell in cells] for tally in (own, others))
    return np.array(mine, dtype=float), np.array(theirs, dtype=float)


def _count_both_ways(tally: Tally, cell: Cell, liked: bool) -> tuple[float, float]:
    pair = max(tally.get(cell, 0.0), 0.0), max(tally.get(reverse_cell(cell), 0.0), 0.0)
    return pair if liked else pair[::-1]


def compute_log_ratios(own: Array, others: Array, starts: Codes, some: slice = slice(None)) -> Array:
    """Return the log likelihood ratio of favour to taste for the votes of each tally, (tallies,).

    ``own`` (pairs, 2) holds the votes for and against, those of a tally together, which begin at ``starts`` (tallies,);
    ``others`` (pairs, 2) what others' votes are worth. -inf where too few votes are left on pairs that others tell
    enough of, or they are not one-sided. With ``some`` of the likings only, it is no less than with all.
    """
    heard = others.sum(axis=1) >= HEARD
    wins, losses = np.add.reduceat(own * heard[:, None], starts).T
    votes = wins + losses
    found = np.full(len(starts), -np.inf)
    told = (votes >= LEAST) & (wins >= SCREEN * votes)
    tally = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(own)))
    rows = np.flatnonzero(heard & told[tally])
    if not len(rows):
        return found
    starts = np.flatnonzero(np.diff(tally[rows], prepend=-1))
    by_taste = log_weighted_mean(compute_log_likelihoods(own[rows], others[rows], starts, some), LIKINGS[some])
    by_favour = wins[told, None] * np.log(SHARES) + losses[told, None] * np.log1p(-SHARES)
    found[told] = log_weighted_mean(by_favour, np.full(len(SHARES), 1 / len(SHARES))) - by_taste
    return found


def compute_log_likelihoods(own: Array, others: Array, starts: Codes, some: slice = slice(None)) -> Array:
    """Return the log likelihood of each tally's votes for a rater who looks, by liking; (tallies, likings).

    The arguments are as in :func:`compute_log_ratios`.
    """
    blocks = [slice(at, at + BLOCK) for at in range(0, len(own), BLOCK)]
    each = np.concatenate([_average_over_rates(own[block], others[block], LIKING[some]) for block in blocks])
    return np.asarray(np.add.reduceat(each, starts))


def _average_over_rates(own: Array, others: Array, liking: Array) -> Array:
    """Return the log likelihood of each pair's votes by liking, averaged over others' rates; (pairs, likings)."""
    half = others + 0.5
    middle = SHRUNK * np.log(half[:, 0] / half[:, 1])
    spread = np.sqrt(TASTE**2 + SHRUNK**2 * (1 / half).sum(axis=1))
    taste, apart = middle[:, None] + TASTE * liking, spread[:, None] * OTHERS
    odds = np.exp(-taste)[:, :, None] * np.exp(-apart)[:, None, :]  # against, (pairs, likings, others' rates)
    each = -own.sum(axis=1)[:, None, None] * np.log1p(odds) - (own[:, 1, None] * apart)[:, None, :]
    return np.asarray(log_weighted_mean(each, OTHERS_WEIGHTS) - own[:, 1, None] * taste)


def log_weighted_mean(logs: Array, weights: Array) -> Array:
    """Return the log of the weighted sum of exp(logs) over the last axis."""
    top = logs.max(axis=-1, keepdims=True)
    return np.asarray(top[..., 0] + np.log(np.exp(logs - top) @ weights))
