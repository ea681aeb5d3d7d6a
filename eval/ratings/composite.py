"""One order from the ratings of several questions, each with a weight that whoever looks chooses."""

from collections.abc import Mapping, Sequence

import numpy as np

from eval.ratings.bradley_terry import Rating, rank_generators
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.schema import Criterion


def combine_ratings(ratings: Mapping[Criterion, Sequence[Rating]], weights: Mapping[Criterion, float]) -> list[Rating]:
    """Return the weighted means of the questions' ratings, best first, of the generators that all of them rate.

    The votes on several questions are of the same raters, so that the ratings may err together: half the width of an
    interval is the weighted mean of the questions' halves, which is what it is where they do, and too wide where not.

    Raises: DataError where no weight is above 0, a question that has one has no ratings, or no generator has all.
    """
    asked = [criterion for criterion in Criterion if weights.get(criterion, 0) > 0]
    if not asked:
        raise DataError(Sentence("All weights are 0: give one question or more a weight."))
    rows = [{row.generator: row for row in ratings.get(criterion, ())} for criterion in asked]
    if not all(rows):
        raise DataError(
            Sentence("A question with a weight has no ratings yet: set its weight to 0, or vote on it first.")
        )
    names = tuple(sorted(set.intersection(*(set(by_name) for by_name in rows))))
    if not names:
        raise DataError(Sentence("No generator has votes on all questions with a weight: set some weights to 0."))
    share = np.array([weights[criterion] for criterion in asked])
    share = share / share.sum()

    def mean(field: str) -> np.ndarray:
        return np.asarray(share @ np.array([[getattr(by_name[name], field) for name in names] for by_name in rows]))

    battles = np.array([sum(by_name[name].battles for by_name in rows) for name in names])
    return rank_generators(names, mean("rating"), mean("low"), mean("high"), battles, mean("win_rate"))
