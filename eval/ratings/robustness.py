"""All that is told of one question's ratings beside them: what they would be otherwise, and how firm they are."""

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from eval.ratings.bets import settled_by_raters
from eval.ratings.bradley_terry import CENTRE, SCALE, Fit, fit
from eval.ratings.categories import Category, by_category
from eval.ratings.counts import Counts, Votes
from eval.ratings.elo import online_elo
from eval.ratings.fragility import Fragility, fewest_raters, fewest_votes
from eval.ratings.sandwich import Sandwich, clustered
from eval.ratings.settled import Settled, settlement, telling_pair
from eval.ratings.tie_rules import TieRule
from eval.ratings.weights import Known
from eval.rounding import steady
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
class Otherwise:
    """The ratings by another rule, by generator; none, and the reason, where that rule gives none."""

    rule: str
    ratings: dict[str, float]
    prior: str | None
    missing: str | None


@dataclass(frozen=True)
class Robustness:
    """What stands beside the ratings of a question.

    ``position``: Elo points that standing on the left is worth, with a 95 % interval; None where it can't be told.

    ``widening``: how many times as wide intervals are, at the median, where votes are clustered by rater, prompt or
    both. ``telling``: the pair whose next vote tells most of the order, None once it is settled.
    """

    otherwise: tuple[Otherwise, ...]
    position: tuple[float, float, float] | None
    widening: dict[str, float]
    votes: Fragility | None
    raters: Fragility | None
    settled: Settled
    telling: tuple[str, str] | None
    categories: tuple[Category, ...]


def sensitivity(votes: Votes) -> tuple[Otherwise, ...]:
    """The ratings under each rule of what a tie is, and by online Elo; the votes must be in the order of time."""
    found, counts = [], votes.counts
    for name, (rule, dropped) in RULES.items():
        try:
            fitted = fit(counts.without_both_bad() if dropped else counts, rule)
        except DataError as error:
            found.append(Otherwise(name, {}, None, error.sentence))
        else:
            points = map(steady, (SCALE * fitted.theta + CENTRE).tolist())
            found.append(Otherwise(name, dict(zip(votes.names, points, strict=True)), fitted.prior, None))
    elo = map(steady, online_elo(votes.left, votes.right, votes.outcome, len(votes.names)).tolist())
    return (*found, Otherwise(ELO, dict(zip(votes.names, elo, strict=True)), None, None))


def _position(counts: Counts) -> tuple[float, float, float] | None:
    fitted = fit(counts, position=True)
    if fitted.position is None or fitted.prior:
        return None
    points, error = (SCALE * value for value in fitted.position)
    return steady(points), steady(points - Z95 * error), steady(points + Z95 * error)


def _widening(fitted: Fit, votes: Votes, rater: Codes, prompt: Codes) -> dict[str, float]:
    plain, n = Z95 * np.sqrt(np.diag(fitted.covariance)), len(votes.names)
    by: dict[str, Sandwich] = {}
    for name, key in ((RATER, rater), (PROMPT, prompt)):
        if not (key < 0).all():
            with suppress(DataError):
                by[name] = clustered(fitted, votes, [key])
    if len(by) > 1:
        by[BOTH] = replace(by[RATER], by=(*by[RATER].by, *by[PROMPT].by))
    return {name: steady(float(np.median(wide.half_widths[:n] / plain[:n]))) for name, wide in by.items()}


def study(table: pa.Table, known: Known, fitted: Fit) -> Robustness:
    """Everything on the votes of one question, coded from ``table``, whose half-tie fit is ``fitted``."""
    votes, rater, prompt = known.votes, known.rater, known.prompt
    counts, names = votes.counts, votes.names
    sure = settled_by_raters(votes, rater, prompt, known.network)
    telling = telling_pair(sure, fitted.theta)
    return Robustness(
        otherwise=sensitivity(votes),
        position=_position(counts),
        widening=_widening(fitted, votes, rater, prompt),
        votes=fewest_votes(counts),
        raters=fewest_raters(votes, rater) if (rater >= 0).any() else None,
        settled=settlement(names, sure, fitted.theta, bool((rater >= 0).any())),
        telling=(names[telling[0]], names[telling[1]]) if telling else None,
        categories=by_category(table, votes),
    )
