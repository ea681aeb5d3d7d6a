"""Metrics against ratings, generator by generator."""

from dataclasses import dataclass

import numpy as np

from eval.agreement import KIN, PAIRS, ModelAgreement, metric_draws, model_agreement, sign
from eval.join.asked import Asked
from eval.measure import Table
from eval.metrics import Measured, plain
from eval.metrics._bootstrap import DRAWS, SEED
from eval.ratings.bradley_terry import Fit, fit
from eval.ratings.draws import normal
from hub.errors import DataError
from hub.schema import Criterion
from hub.sentences import Sentence

NONE_MEASURED = Sentence("None of the generators that were voted on was measured.")


@dataclass(frozen=True)
class ByModel:
    """How alike a metric and a question's ratings order the generators; ``missing`` says why it can't be told.

    ``paired``: this metric claims to answer the question; others are of its kind.
    """

    criterion: Criterion
    source: str
    metric: str
    paired: bool
    found: ModelAgreement | None
    missing: str | None


def compare(asked: Asked, table: Table) -> list[ByModel]:
    """Each measured metric of the question's kind, in every space, against the ratings; nothing where nobody voted."""
    if asked.criterion is None or not asked.votes.counts.used:
        return []
    kinds = (*PAIRS[asked.criterion], *KIN[asked.criterion])
    names = {row.measured.metric for row in table.rows if plain(row.measured.metric) in kinds}
    order = sorted(names, key=lambda name: (kinds.index(plain(name)), name))
    try:
        fitted, reason = fit(asked.votes.counts), ""
    except DataError as error:
        fitted, reason = None, error.sentence
    found = []
    for name in order:
        agreement = None
        if fitted:
            agreement, reason = _agreement(fitted, name, table)
        paired = plain(name) in PAIRS[asked.criterion]
        found.append(ByModel(asked.criterion, asked.source, name, paired, agreement, reason or None))
    return found


def _agreement(fitted: Fit, metric: str, table: Table) -> tuple[ModelAgreement | None, str]:
    """Agreement over the generators that were both rated and measured, or why there is none."""
    figures: dict[str, Measured] = {row.generator: row.measured for row in table.rows if row.measured.metric == metric}
    places = [place for place, name in enumerate(fitted.names) if name in figures]
    if not places:
        return None, NONE_MEASURED
    rated = [figures[fitted.names[place]] for place in places]
    value, low, high = (np.array([getattr(one, end) for one in rated]) for end in ("value", "low", "high"))
    way = sign(metric)
    draws = normal(fitted, DRAWS, SEED)[:, places]
    try:
        return model_agreement(way * value, fitted.theta[places], draws, way * metric_draws(value, low, high)), ""
    except DataError as error:
        return None, error.sentence
