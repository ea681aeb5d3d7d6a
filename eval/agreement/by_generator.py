"""Metrics against ratings, generator by generator."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from eval.agreement import KIN, PAIRS, ModelAgreement, metric_draws, model_agreement, sign
from eval.measure import Table
from eval.metrics import Array, FigureName, Measured
from eval.ratings.bradley_terry import fit
from eval.ratings.clusters import number
from eval.ratings.counts import QuestionVotes, Votes
from eval.ratings.draws import normal
from eval.ratings.sandwich import clustered
from eval.statistics import DRAWS, SEED
from eval.votes.codes import Codes, keys
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.schema import Criterion

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
    space: str = ""

    @property
    def name(self) -> FigureName:
        """Its metric and space together."""
        return FigureName(self.metric, self.space)


@dataclass(frozen=True)
class _Rated:
    """A question's ratings by generator: theta, (n,), and what it may be, given its errors, (DRAWS, n)."""

    names: tuple[str, ...]
    theta: Array
    draws: Array


def _groups(votes: pa.Table, rows: Codes) -> list[Codes]:
    """The groups of these rows: by rater where raters are known, and by prompt where rows share prompts.

    Raises DataError where all are of one rater, or on one prompt.
    """
    rater, prompt = (keys(votes[name])[rows] for name in ("rater", "prompt"))
    found = []
    if (rater >= 0).any():
        found.append(rater)
        if not number(rater).max():
            raise DataError(Sentence("Too few raters, {n}: {fewest} or more tell how raters differ.", n=1, fewest=2))
    if number(prompt).max() + 1 < len(rows):
        found.append(prompt)
        if not number(prompt).max():
            raise DataError(Sentence("Too few prompts, {n}: {fewest} or more tell how prompts differ.", n=1, fewest=2))
    return found


def _rated(votes: pa.Table, asked: Votes) -> _Rated:
    """Ratings whose errors are clustered. Raises DataError where there are none, or a single group."""
    fitted, groups = fit(asked.counts), _groups(votes, asked.rows)
    spread = clustered(fitted, asked, groups).drawn_from if groups else None
    return _Rated(fitted.names, fitted.theta, normal(fitted, DRAWS, SEED, spread))


def compare(votes: pa.Table, asked: QuestionVotes, table: Table) -> list[ByModel]:
    """Each measured metric of the question's kind, in every space, against the ratings; nothing where nobody voted.

    ``votes`` is the table that the question's votes are rows of.
    """
    if asked.criterion is None or not asked.votes.counts.used:
        return []
    kinds = (*PAIRS[asked.criterion], *KIN[asked.criterion])
    names = {row.measured.name for row in table.rows if row.measured.metric in kinds}
    order = sorted(names, key=lambda name: (kinds.index(name.metric), name))
    try:
        rated, reason = _rated(votes, asked.votes), ""
    except DataError as error:
        rated, reason = None, error.sentence
    found = []
    for name in order:
        agreement = None
        if rated:
            agreement, reason = _agreement(rated, name, table)
        paired = name.metric in PAIRS[asked.criterion]
        missing = reason or None
        found.append(ByModel(asked.criterion, asked.source, name.metric, paired, agreement, missing, name.space))
    return found


def _agreement(rated: _Rated, name: FigureName, table: Table) -> tuple[ModelAgreement | None, str]:
    """Agreement over the generators that were both rated and measured, or why there is none."""
    figures: dict[str, Measured] = {row.generator: row.measured for row in table.rows if row.measured.name == name}
    places = [place for place, generator in enumerate(rated.names) if generator in figures]
    if not places:
        return None, NONE_MEASURED
    measured = [figures[rated.names[place]] for place in places]
    value, low, high = (np.array([getattr(one, end) for one in measured]) for end in ("value", "low", "high"))
    way = sign(name.metric)
    draws = way * metric_draws(value, low, high)
    try:
        return model_agreement(way * value, rated.theta[places], rated.draws[:, places], draws), ""
    except DataError as error:
        return None, error.sentence
