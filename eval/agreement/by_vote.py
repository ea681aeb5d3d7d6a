"""Metrics against votes one by one: what each would have answered, from the very pictures that were voted on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from eval.agreement import VoteAccuracy, vote_accuracy, witness_function
from eval.agreement.voted_pictures import Compared, Judged, Voted
from eval.features.feature_space import FeatureSpace
from eval.metrics import Array, FigureName
from eval.metrics.entries.image_text import ImageText
from eval.metrics.entries.ppd import diversity
from eval.metrics.entries.preference_score import PreferenceScore
from eval.ratings.counts import QuestionVotes
from eval.votes.codes import Codes, number_values
from hub.errors import DataError
from hub.japanese.reader import say_in_english
from hub.language.sentence import Sentence
from hub.schema import Criterion
from hub.votes.pictures import SidePictures

NO_PICTURES = Sentence("no pictures came with these votes, so no metric can be asked about them one by one.")
NO_FD = Sentence(
    "a single picture has none, for the Frechet distance compares the means and covariances of two sets; the witness "
    "function of the maximum mean discrepancy, which KID estimates, stands in for both."
)
NOT_WHOLE = Sentence("no vote has all its pictures.")
ANY = Sentence("any metric")
WITNESS = "MMD witness"
Difference = Callable[[Judged[Any]], Array]  # of each vote, left less right, higher being better


@dataclass(frozen=True)
class ByVote:
    """How often a metric answers a question's votes as the raters did; ``missing`` says why there is no figure.

    ``votes`` count for the question, ``judged`` of them have all their pictures; ``lost`` pictures are missing or can't
    be read, the first of them for the reason ``why``. ``scores`` are the metric's own by the vote's id,
    the left side's less the right side's.
    """

    criterion: Criterion
    source: str
    metric: str
    encoder: str
    votes: int
    judged: int = 0
    lost: int = 0
    why: str | None = None
    found: VoteAccuracy | None = None
    missing: str | None = None
    space: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> FigureName:
        """Its metric and space together."""
        return FigureName(self.metric, self.space)


@dataclass(frozen=True)
class _Metric:
    """A metric that answers single votes: the space it encodes in, and the difference of the sides of each vote.

    ``prompts``: each vote's, where it scores pictures with them.
    """

    name: str
    space: FeatureSpace
    difference: Difference
    prompts: Sequence[Sequence[str]] | None = None


def _witness_difference(one: Compared, judged: Judged[Any]) -> Array:
    """Return the left side's mean witness value less the right side's, by vote."""
    return judged.difference(witness_function(judged.features, one.real))


def _variety_difference(judged: Judged[Any]) -> Array:
    """Return the left set's diversity less the right set's, by vote."""
    return np.array([diversity(a) - diversity(b) for a, b in judged.sets()])


def _score_difference(judged: Judged[Any]) -> Array:
    """Return the left side's mean score with its prompt less the right side's, by vote."""
    return judged.difference(judged.features[:, 0])


def _score_with_prompts(space: FeatureSpace, prompts: Sequence[Sequence[str]]) -> _Metric:
    """Return the metric by which a space tells how well a picture fits its prompt; ``prompts`` are each vote's."""
    return _Metric(PreferenceScore.name if space.of_pairs else ImageText.name, space, _score_difference, prompts)


def _find_metrics(criterion: Criterion, voted: Voted, prompts: Sequence[tuple[str, ...]]) -> list[_Metric]:
    """List the metrics that can answer the question vote by vote."""
    if criterion is Criterion.variety:
        return [_Metric("PPD", one.space, _variety_difference) for one in voted.spaces]
    read = [[*map(say_in_english, texts)] for texts in prompts]
    preferences = [_score_with_prompts(space, read) for space in voted.preferences]
    if criterion is Criterion.alignment:
        return [_score_with_prompts(voted.judge, read), *preferences]
    return [*(_Metric(WITNESS, one.space, partial(_witness_difference, one)) for one in voted.spaces), *preferences]


def _compare_metric(
    metric: _Metric,
    unknown: ByVote,
    voted: Voted,
    sides: Sequence[SidePictures | None],
    outcome: Codes,
    rows: pa.Table,
) -> ByVote:
    """Compare one metric with the votes; all lists, and ``rows`` of the votes' table, have one entry a vote."""
    space = metric.space
    found = replace(unknown, metric=metric.name, space=space.encoder.title, encoder=space.name, missing=None)
    try:
        title = f"Encoding voted pictures: {unknown.criterion}"
        judged: Judged[Any] = (
            voted.encoded(sides, space, title)
            if metric.prompts is None
            else voted.scored(sides, metric.prompts, space, title)
        )
        found = replace(found, judged=len(judged.rows), lost=judged.lost, why=judged.why)
        if not judged.rows:
            raise DataError(NOT_WHOLE)
        ids = rows["id"].take(pa.array(judged.rows)).to_pylist()
        found = replace(found, scores=dict(zip(ids, metric.difference(judged).tolist(), strict=True)))
        return replace(found, found=_measure_accuracy(found, outcome, rows))
    except DataError as error:
        return replace(found, missing=error.sentence)


def _measure_accuracy(one: ByVote, outcome: Codes, rows: pa.Table) -> VoteAccuracy:
    """Return how often the scores of a metric answer as the raters did.

    Raises: DataError where there are too few.
    """
    ids = rows["id"].to_pylist()
    places = [place for place, id in enumerate(ids) if id in one.scores]
    who = (number_values(rows[name])[places] for name in ("rater", "prompt"))
    raters, prompts = (key if (key >= 0).any() else None for key in who)
    return vote_accuracy(np.array([one.scores[ids[place]] for place in places]), outcome[places], raters, prompts)


def compare_scores(votes: pa.Table, asked: QuestionVotes, known: ByVote) -> ByVote:
    """Return the comparison of a metric with a question's votes by its scores alone; one without scores as it is."""
    if not known.scores:
        return known
    rows = votes.take(pa.array(asked.votes.rows))
    try:
        return replace(known, found=_measure_accuracy(known, asked.votes.outcome, rows), missing=None)
    except DataError as error:
        return replace(known, found=None, missing=error.sentence)


def compare_votes(votes: pa.Table, asked: QuestionVotes, voted: Voted | None) -> list[ByVote]:
    """Compare each metric that claims to answer a question with its votes one by one.

    The list is empty where nobody voted.

    ``votes`` is the table that the question's votes are rows of.

    Raises: MissingFile where an encoder can't be loaded, StorageError where features can't be kept.
    """
    if asked.criterion is None or not len(asked.votes.rows):
        return []
    rows = votes.take(pa.array(asked.votes.rows))
    known = voted.pictures.of_votes if voted else {}
    sides = [known.get(id) for id in rows["id"].to_pylist()]
    unknown = ByVote(asked.criterion, asked.source, ANY, "", len(sides), missing=NO_PICTURES)
    if voted is None or not any(sides):
        return [unknown]
    words = zip(rows["prompt"].to_pylist(), rows["wording"].to_pylist(), strict=True)
    prompts = [(one,) if other is None else (one, other) for one, other in words]
    metrics = _find_metrics(asked.criterion, voted, prompts)
    found = [_compare_metric(metric, unknown, voted, sides, asked.votes.outcome, rows) for metric in metrics]
    fd = replace(unknown, metric="FD", missing=NO_FD)
    return [*found, fd] if asked.criterion is Criterion.quality else found
