"""Metrics against ratings, generator by generator."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from eval.agreement import KIN, PAIRS, ModelAgreement, metric_draws, model_agreement, sign
from eval.columns import keys
from eval.join.asked import Asked
from eval.measure import Table
from eval.metrics import Measured, plain
from eval.metrics._bootstrap import DRAWS, FEWEST, SEED
from eval.ratings.battles import Matrix
from eval.ratings.bradley_terry import Fit, fit
from eval.ratings.clusters import clustered, number
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


def compare(votes: pa.Table, asked: Asked, table: Table) -> list[ByModel]:
    """Each measured metric of the question's kind, in every space, against the ratings; nothing where nobody voted.

    ``votes`` is the table that the question's votes are rows of.
    """
    if asked.criterion is None or not asked.votes.counts.used:
        return []
    kinds = (*PAIRS[asked.criterion], *KIN[asked.criterion])
    names = {row.measured.metric for row in table.rows if plain(row.measured.metric) in kinds}
    order = sorted(names, key=lambda name: (kinds.index(plain(name)), name))
    try:
        fitted, reason = fit(asked.votes.counts), ""
    except DataError as error:
        fitted, reason = None, error.sentence
    found, draws = [], _draws(fitted, votes, asked) if fitted else None
    for name in order:
        agreement = None
        if fitted and draws is not None:
            agreement, reason = _agreement(fitted, draws, name, table)
        paired = plain(name) in PAIRS[asked.criterion]
        found.append(ByModel(asked.criterion, asked.source, name, paired, agreement, reason or None))
    return found


def _draws(fitted: Fit, votes: pa.Table, asked: Asked) -> Matrix:
    """Draws of theta, (DRAWS, n), with votes clustered by rater and by prompt; fewer than :data:`FEWEST` of these
    would not tell how they differ."""
    each = [keys(votes[name])[asked.votes.rows] for name in ("rater", "prompt")]
    enough = [key for key in each if (key >= 0).any() and number(key).max() + 1 >= FEWEST]
    return normal(fitted, DRAWS, SEED, clustered(fitted, asked.votes, enough) if enough else None)


def _agreement(fitted: Fit, draws: Matrix, metric: str, table: Table) -> tuple[ModelAgreement | None, str]:
    """Agreement over the generators that were both rated and measured, or why there is none."""
    figures: dict[str, Measured] = {row.generator: row.measured for row in table.rows if row.measured.metric == metric}
    places = [place for place, name in enumerate(fitted.names) if name in figures]
    if not places:
        return None, NONE_MEASURED
    rated = [figures[fitted.names[place]] for place in places]
    value, low, high = (np.array([getattr(one, end) for one in rated]) for end in ("value", "low", "high"))
    way = sign(metric)
    scores = way * metric_draws(value, low, high)
    try:
        return model_agreement(way * value, fitted.theta[places], draws[:, places], scores), ""
    except DataError as error:
        return None, error.sentence
