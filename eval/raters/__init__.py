"""The raters: how many, how alike they answer the same battle, and whether they lean to one side."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import pyarrow as pa

from eval.raters.alpha import Agreement, expected_agreement, measure_alpha
from eval.raters.answers import Answers, RepeatedAnswers, count_shared_answers, find_repeats
from eval.raters.shares import Share, measure_share
from eval.votes.ledger import OUTCOMES, Ledger
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.schema import Outcome


class RaterFigure(StrEnum):
    """A figure of the raters, by its name in report.json and the CSV."""

    left = "left_share"
    consistency = "self_consistency"
    within = "alpha_within"
    between = "alpha_between"


TITLES = {
    RaterFigure.left: Sentence("share for the left side"),
    RaterFigure.consistency: Sentence("self-consistency"),
    RaterFigure.within: Sentence("alpha within raters"),
    RaterFigure.between: Sentence("alpha between raters"),
}


@dataclass(frozen=True)
class Raters:
    """Figures of this arena's raters, from its own votes; one that is None has its reason in ``missing``."""

    raters: int
    votes: int
    median: float  # votes of a rater
    most: int
    left: Share | None  # decided votes for the left side
    repeats: int  # hidden repeats answered
    repeats_told: int  # of which the rater could know the names from the first showing
    consistency: Share | None  # repeats answered as the first time
    chance: float | None  # the share expected if answers had nothing to do with the battle
    within: Agreement | None  # a rater's first answer and the repeated one
    between: Agreement | None  # several raters' answers to one battle
    missing: dict[RaterFigure, str] = field(default_factory=dict)


def _measure_left_share(answers: Answers) -> Share | None:
    """Return the share of decided votes for the left side."""
    left, right = (answers.outcome == OUTCOMES.index(side) for side in (Outcome.a, Outcome.b))
    decided = answers.rows & (left | right)
    return measure_share(left[decided], answers.rater[decided])


def _explain_no_repeats(repeats: RepeatedAnswers) -> str:
    """Return why there is no consistency."""
    if not repeats.shown:
        return Sentence("No hidden repeat was answered yet; HUB_REPEATS sets how often one is shown.")
    return Sentence("No hidden repeat has its first vote among those that no gate left out.")


def measure_raters(table: pa.Table, ledger: Ledger) -> Raters:
    """Measure this arena's raters by the answers that no gate left out."""
    answers = Answers(table, ledger)
    votes = np.bincount(answers.rater[answers.rows])
    votes = votes[votes > 0]
    left, repeats = _measure_left_share(answers), find_repeats(answers)
    consistency = measure_share(repeats.first == repeats.second, repeats.rater)
    missing: dict[RaterFigure, str] = {}

    def tried(name: RaterFigure, units: Callable[[], np.ndarray]) -> Agreement | None:
        try:
            return measure_alpha(units())
        except DataError as error:
            missing[name] = error.sentence
            return None

    if left is None:
        missing[RaterFigure.left] = Sentence("No vote was for either side yet.")
    if consistency is None:
        missing[RaterFigure.consistency] = _explain_no_repeats(repeats)
    return Raters(
        raters=len(votes),
        votes=int(votes.sum()),
        median=float(np.median(votes)) if len(votes) else 0.0,
        most=int(votes.max(initial=0)),
        left=left,
        repeats=repeats.shown,
        repeats_told=repeats.told,
        consistency=consistency,
        chance=expected_agreement(repeats.units.sum(axis=0)) if consistency else None,
        within=tried(RaterFigure.within, lambda: repeats.units),
        between=tried(RaterFigure.between, lambda: count_shared_answers(answers)),
        missing=missing,
    )
