"""How firm one question's ratings are, and what they would be by other rules."""

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from eval.ratings.bets import settle_by_raters
from eval.ratings.bradley_terry import CENTRE, SCALE, Fit, fit
from eval.ratings.categories import Category, rate_by_category
from eval.ratings.counts import Counts, Votes
from eval.ratings.elo import rate_online
from eval.ratings.fragility import Fragility, find_fewest_raters, find_fewest_votes
from eval.ratings.sandwich import Sandwich, cluster_sandwich
from eval.ratings.settled import Settled, find_telling_pair, settle_order
from eval.ratings.tie_rules import TieRule
from eval.ratings.weights import WeighedVotes
from eval.rounding import round_off
from eval.statistics import Z95
from eval.votes.codes import Codes
from hub.errors import DataError
from hub.language.sentence import Sentence

RULES = {
    Sentence("ties half a win"): (TieRule.half, False),
    Sentence("both bad left out"): (TieRule.half, True),
    Sentence("ties left out"): (TieRule.dropped, False),
    Sentence("Davidson"): (TieRule.davidson, False),
    Sentence("Rao-Kupper"): (TieRule.rao_kupper, False),
}
ELO = Sentence("online Elo")
RATER, PROMPT, BOTH = Sentence("rater"), Sentence("prompt"), Sentence("rater and prompt")  # of clusters


@dataclass(frozen=True)
class OtherRatings:
    """The ratings by another rule, by generator; none, and the reason, where that rule gives none."""

    rule: str
    ratings: dict[str, float]
    prior: str | None
    missing: str | None


@dataclass(frozen=True)
class Robustness:
    """The study of a question's ratings.

    ``position``: Elo points that standing on the left is worth, with a 95 % interval; None where it can't be told.

    ``widening``: how many times as wide intervals are, at the median, where votes are clustered by rater, prompt or
    both. ``telling``: the pair whose next vote tells most of the order, None once it is settled.
    """

    otherwise: tuple[OtherRatings, ...]
    position: tuple[float, float, float] | None
    widening: dict[str, float]
    votes: Fragility | None
    raters: Fragility | None
    settled: Settled
    telling: tuple[str, str] | None
    categories: tuple[Category, ...]


def compare_rules(votes: Votes) -> tuple[OtherRatings, ...]:
    """Return the ratings under each rule of what a tie is, and by online Elo.

    The votes must be in the order of time.
    """
    found, counts = [], votes.counts
    for name, (rule, dropped) in RULES.items():
        try:
            fitted = fit(counts.without_both_bad() if dropped else counts, rule)
        except DataError as error:
            found.append(OtherRatings(name, {}, None, error.sentence))
        else:
            points = map(round_off, (SCALE * fitted.theta + CENTRE).tolist())
            found.append(OtherRatings(name, dict(zip(votes.names, points, strict=True)), fitted.prior, None))
    elo = map(round_off, rate_online(votes.left, votes.right, votes.outcome, len(votes.names)).tolist())
    return (*found, OtherRatings(ELO, dict(zip(votes.names, elo, strict=True)), None, None))


def _measure_position(counts: Counts) -> tuple[float, float, float] | None:
    """Return the Elo points of standing on the left with their interval; None where they can't be told."""
    fitted = fit(counts, position=True)
    if fitted.position is None or fitted.prior:
        return None
    points, error = (SCALE * value for value in fitted.position)
    return round_off(points), round_off(points - Z95 * error), round_off(points + Z95 * error)


def _measure_widening(fitted: Fit, votes: Votes, rater: Codes, prompt: Codes) -> dict[str, float]:
    """Return how many times as wide intervals are, at the median, by clustering."""
    plain, n = Z95 * np.sqrt(np.diag(fitted.covariance)), len(votes.names)
    by: dict[str, Sandwich] = {}
    for name, key in ((RATER, rater), (PROMPT, prompt)):
        if not (key < 0).all():
            with suppress(DataError):
                by[name] = cluster_sandwich(fitted, votes, [key])
    if len(by) > 1:
        by[BOTH] = replace(by[RATER], by=(*by[RATER].by, *by[PROMPT].by))
    return {name: round_off(float(np.median(wide.half_widths[:n] / plain[:n]))) for name, wide in by.items()}


def study_robustness(table: pa.Table, known: WeighedVotes, fitted: Fit) -> Robustness:
    """Study the votes of one question, coded from ``table``, whose half-tie fit is ``fitted``."""
    votes, rater, prompt = known.votes, known.rater, known.prompt
    counts, names = votes.counts, votes.names
    sure = settle_by_raters(votes, rater, prompt, known.network)
    telling = find_telling_pair(sure, fitted.theta)
    return Robustness(
        otherwise=compare_rules(votes),
        position=_measure_position(counts),
        widening=_measure_widening(fitted, votes, rater, prompt),
        votes=find_fewest_votes(counts),
        raters=find_fewest_raters(votes, rater) if (rater >= 0).any() else None,
        settled=settle_order(names, sure, fitted.theta, bool((rater >= 0).any())),
        telling=(names[telling[0]], names[telling[1]]) if telling else None,
        categories=rate_by_category(table, votes),
    )
