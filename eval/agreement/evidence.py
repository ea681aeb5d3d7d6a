"""Votes joined with automatic scores: vote by vote, generator by generator, by cost, and by looking."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from eval.agreement.by_generator import ByModel, compare_generators
from eval.agreement.by_vote import ByVote, compare_votes
from eval.agreement.disputed import Disputed, find_disputed
from eval.agreement.fronts import Front, find_fronts
from eval.agreement.nearest_pairs import NearestPairs
from eval.agreement.strips import Strips, find_strips
from eval.agreement.voted_pictures import Compared, Voted
from eval.features.feature_space import FeatureSpace
from eval.features.reference_features import Reference
from eval.measure import Table
from eval.ratings.board import Rule
from eval.ratings.counts import QuestionVotes
from eval.ratings.style_control import StyledQuestion, control_question
from eval.ratings.weights import code_origins, weigh_votes
from hub.votes import Pictures

__all__ = [
    "ByModel",
    "ByVote",
    "Disputed",
    "Evidence",
    "Front",
    "Join",
    "QuestionVotes",
    "Strips",
    "join_metrics",
    "open_evidence",
]


@dataclass(frozen=True)
class Evidence:
    """Pictures to join with votes and figures; ``voted`` is None where votes come without any.

    ``nearest``: pictures that came with checkpoints, beside their nearest training pictures.
    """

    voted: Voted | None
    strips: Strips
    nearest: tuple[NearestPairs, ...] = ()


@dataclass(frozen=True)
class Join:
    """Metrics against votes one by one, metrics against ratings, Pareto fronts, and pictures to look at."""

    by_vote: tuple[ByVote, ...]
    by_model: tuple[ByModel, ...]
    fronts: tuple[Front, ...]
    strips: Strips | None
    disputed: Disputed | None
    nearest: tuple[NearestPairs, ...] = ()
    styled: tuple[StyledQuestion, ...] = ()  # ratings controlled for style, where pictures tell it


def open_evidence(
    votes: Path | None,
    reference: Reference,
    spaces: Sequence[FeatureSpace],
    generators: Sequence[str],
    samples: Path,
    style: FeatureSpace | None = None,
    preferences: Sequence[FeatureSpace] = (),
) -> Evidence:
    """Open the pictures of the votes at ``votes``, and those of the generators in the folder ``samples``.

    ``style``: the space of pictures' style, where ratings are to be controlled for it; ``preferences``: those of models
    of people's preferences.

    Raises: MissingFile where an encoder's weights are not there, DataError where the reference was encoded by another,
    or the manifest of the samples can't be read.
    """
    strips = find_strips(reference, generators, samples)
    if votes is None:
        return Evidence(None, strips)
    images = tuple(Compared.of(space, reference) for space in spaces if not space.encoder.reads_text)
    judge = next(space for space in spaces if space.encoder.reads_text)
    return Evidence(Voted(Pictures(votes), images, judge, style, tuple(preferences)), strips)


def join_metrics(votes: pa.Table, asked: Sequence[QuestionVotes], table: Table, evidence: Evidence | None) -> Join:
    """Join each question's votes with the metrics' figures, and with the pictures where there are some."""
    voted = evidence.voted if evidence else None
    by_vote = [found for one in asked for found in compare_votes(votes, one, voted)]
    by_model = [found for one in asked for found in compare_generators(votes, one, table)]
    disputed = find_disputed(votes, asked, voted.pictures) if voted else None
    strips, nearest = (evidence.strips, evidence.nearest) if evidence else (None, ())
    styled = _control_all(votes, asked, voted)
    return Join(tuple(by_vote), tuple(by_model), find_fronts(table), strips, disputed, nearest, styled)


def _control_all(votes: pa.Table, asked: Sequence[QuestionVotes], voted: Voted | None) -> tuple[StyledQuestion, ...]:
    """Return the questions that have votes, controlled for the style of their pictures by the report's own rule."""
    if voted is None or voted.style is None:
        return ()
    found, of = [], code_origins(votes)
    for one in asked:
        if len(one.votes.rows):
            known = weigh_votes(one.votes, of)
            about = one.source, one.criterion
            found.append(control_question(votes, about, known, voted.pictures, voted.style, Rule(), known.groups))
    return tuple(found)
