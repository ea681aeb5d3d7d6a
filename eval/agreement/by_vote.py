"""Metrics against votes one by one: what each would have answered, from the very pictures that were voted on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyarrow as pa

from eval.agreement import VoteAccuracy, vote_accuracy, witness_function
from eval.agreement.voted_pictures import Compared, Judged, Voted
from eval.features.feature_space import FeatureSpace
from eval.metrics import Array, FigureName
from eval.metrics.entries.image_text import image_text_scores
from eval.metrics.entries.ppd import diversity
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
Difference = Callable[[Judged], Array]  # of each vote, left less right, higher being better


@dataclass(frozen=True)
class ByVote:
    """How often a metric answers a question's votes as the raters did; ``missing`` says why there is no figure.

    ``votes`` count for the question, ``judged`` of them have all their pictures; ``lost`` pictures are missing or can't
    be read, the first of them for the reason ``why``.
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

    @property
    def name(self) -> FigureName:
        """Its metric and space together."""
        return FigureName(self.metric, self.space)


@dataclass(frozen=True)
class _Metric:
    """A metric that answers single votes: the space it encodes in, and the difference of the sides of each vote."""

    name: str
    space: FeatureSpace
    difference: Difference


def _witness_difference(one: Compared, judged: Judged) -> Array:
    """Return the left side's mean witness value less the right side's, by vote."""
    return judged.difference(witness_function(judged.features, one.real))


def _variety_difference(judged: Judged) -> Array:
    """Return the left set's diversity less the right set's, by vote."""
    return np.array([diversity(a) - diversity(b) for a, b in judged.sets()])


def _image_text_difference(judge: FeatureSpace, prompts: Sequence[str], judged: Judged) -> Array:
    """Return the left picture's image-text cosine less the right picture's, by vote.

    Each vote has one picture a side, so that pictures come in pairs.
    """
    known, number = np.unique([say_in_english(prompts[row]) for row in judged.rows], return_inverse=True)
    texts = judge.texts(known.tolist())
    scores = [
        image_text_scores(np.concatenate(pair), texts[[k, k]]) for pair, k in zip(judged.sets(), number, strict=True)
    ]
    return np.array([left - right for left, right in scores])


def _find_metrics(criterion: Criterion, voted: Voted, prompts: Sequence[str]) -> list[_Metric]:
    """List the metrics that can answer the question vote by vote."""
    if criterion is Criterion.variety:
        return [_Metric("PPD", one.space, _variety_difference) for one in voted.spaces]
    preferences = [
        _Metric("image-text score", space, partial(_image_text_difference, space, prompts))
        for space in voted.preferences
    ]
    if criterion is Criterion.alignment:
        fit = _Metric("image-text score", voted.judge, partial(_image_text_difference, voted.judge, prompts))
        return [fit, *preferences]
    return [*(_Metric(WITNESS, one.space, partial(_witness_difference, one)) for one in voted.spaces), *preferences]


def _compare_metric(
    metric: _Metric,
    unknown: ByVote,
    voted: Voted,
    sides: Sequence[SidePictures | None],
    outcome: Codes,
    who: Sequence[Codes],
) -> ByVote:
    """Compare one metric with the votes; all lists have one entry a vote.

    ``who``: the votes' raters and prompts.
    """
    space = metric.space
    found = replace(unknown, metric=metric.name, space=space.encoder.title, encoder=space.name, missing=None)
    try:
        judged = voted.encoded(sides, metric.space, f"Encoding voted pictures: {unknown.criterion}")
        found = replace(found, judged=len(judged.rows), lost=judged.lost, why=judged.why)
        if not judged.rows:
            raise DataError(NOT_WHOLE)
        raters, prompts = (one[judged.rows] if (one[judged.rows] >= 0).any() else None for one in who)
        accuracy = vote_accuracy(metric.difference(judged), outcome[judged.rows], raters, prompts)
    except DataError as error:
        return replace(found, missing=error.sentence)
    return replace(found, found=accuracy)


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
    who, outcome = [number_values(rows[name]) for name in ("rater", "prompt")], asked.votes.outcome
    metrics = _find_metrics(asked.criterion, voted, rows["prompt"].to_pylist())
    found = [_compare_metric(metric, unknown, voted, sides, outcome, who) for metric in metrics]
    fd = replace(unknown, metric="FD", missing=NO_FD)
    return [*found, fd] if asked.criterion is Criterion.quality else found
