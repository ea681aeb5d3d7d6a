"""Metrics against ratings, generator by generator."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from eval.agreement import KIN, PAIRS, ModelAgreement, direction_sign, draw_metric, measure_agreement
from eval.measure import Table
from eval.metrics import Array, FigureName, Measured
from eval.ratings.bradley_terry import fit
from eval.ratings.clusters import number_groups
from eval.ratings.counts import QuestionVotes, Votes
from eval.ratings.draws import draw_normal
from eval.ratings.sandwich import cluster_sandwich
from eval.statistics import DRAWS, SEED
from eval.votes.codes import Codes, number_values
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.schema import Criterion

NONE_MEASURED = Sentence("None of the generators that were voted on was measured.")


@dataclass(frozen=True)
class ByModel:
    """How alike a metric and a question's ratings order the generators; ``missing`` says why there is no figure.

    ``paired``: this metric claims to answer the question; others are of its kind.
    """

    criterion: Criterion
    source: str
    metric: str
    paired: bool
    found: ModelAgreement | None
    missing: str | None
    space: str = ""

    @property
    def name(self) -> FigureName:
        """Its metric and space together."""
        return FigureName(self.metric, self.space)


@dataclass(frozen=True)
class _Rated:
    """A question's ratings by generator: theta, (n,), and draws of it by its errors, (DRAWS, n)."""

    names: tuple[str, ...]
    theta: Array
    draws: Array


def _find_groups(votes: pa.Table, rows: Codes) -> list[Codes]:
    """Return the groups of these rows: by rater where raters are known, by prompt where rows share prompts.

    Raises: DataError where all are of one rater, or on one prompt.
    """
    rater, prompt = (number_values(votes[name])[rows] for name in ("rater", "prompt"))
    found = []
    if (rater >= 0).any():
        found.append(rater)
        if not number_groups(rater).max():
            raise DataError(Sentence("Too few raters, {n}: {fewest} or more tell how raters differ.", n=1, fewest=2))
    if number_groups(prompt).max() + 1 < len(rows):
        found.append(prompt)
        if not number_groups(prompt).max():
            raise DataError(Sentence("Too few prompts, {n}: {fewest} or more tell how prompts differ.", n=1, fewest=2))
    return found


def _rate_clustered(votes: pa.Table, asked: Votes) -> _Rated:
    """Rate a question's generators, with errors that are clustered by rater and prompt.

    Raises: DataError where there are none, or a single group.
    """
    fitted, groups = fit(asked.counts), _find_groups(votes, asked.rows)
    spread = cluster_sandwich(fitted, asked, groups).drawn_from if groups else None
    return _Rated(fitted.names, fitted.theta, draw_normal(fitted, DRAWS, SEED, spread))


def compare_generators(votes: pa.Table, asked: QuestionVotes, table: Table) -> list[ByModel]:
    """Compare each measured metric of the question's kind, in every space, with the ratings.

    The list is empty where nobody voted.

    ``votes`` is the table that the question's votes are rows of.
    """
    if asked.criterion is None or not asked.votes.counts.used:
        return []
    kinds = (*PAIRS[asked.criterion], *KIN[asked.criterion])
    names = {row.measured.name for row in table.rows if row.measured.metric in kinds}
    order = sorted(names, key=lambda name: (kinds.index(name.metric), name.order))
    try:
        rated, reason = _rate_clustered(votes, asked.votes), ""
    except DataError as error:
        rated, reason = None, error.sentence
    found = []
    for name in order:
        agreement = None
        if rated:
            agreement, reason = _measure_agreement(rated, name, table)
        paired = name.metric in PAIRS[asked.criterion]
        missing = reason or None
        found.append(ByModel(asked.criterion, asked.source, name.metric, paired, agreement, missing, name.space))
    return found


def _measure_agreement(rated: _Rated, name: FigureName, table: Table) -> tuple[ModelAgreement | None, str]:
    """Measure agreement over the generators that were both rated and measured, or say why there is none."""
    figures: dict[str, Measured] = {row.generator: row.measured for row in table.rows if row.measured.name == name}
    places = [place for place, generator in enumerate(rated.names) if generator in figures]
    if not places:
        return None, NONE_MEASURED
    measured = [figures[rated.names[place]] for place in places]
    value, low, high = (np.array([getattr(one, end) for one in measured]) for end in ("value", "low", "high"))
    way = direction_sign(name.metric)
    draws = way * draw_metric(value, low, high)
    try:
        return measure_agreement(way * value, rated.theta[places], rated.draws[:, places], draws), ""
    except DataError as error:
        return None, error.sentence
