"""Why raters preferred what they did: how often each reason was given for a generator's wins, and in its losses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from eval.ratings.clusters import number_groups
from eval.ratings.counts import A, B, Matrix, Votes
from eval.reasons.clustered_shares import (
    ClusteredShare,
    RaterCounts,
    RaterShape,
    ShareDifference,
    measure_clustered_share,
    measure_difference,
    measure_likeness,
    shape_raters,
)
from eval.votes.codes import Codes, encode, list_names, number_values
from hub.questions import TAGS
from hub.schema import Criterion, Tag
from hub.votes.vote_table import JOINED


@dataclass(frozen=True)
class ReasonFigures:
    """How often one reason was given where a generator was preferred, and where its opponent was.

    All shares are of votes that gave any reason, and None of none. ``difference``: ``won`` less ``others``, which is
    of the wins of all other generators.
    """

    generator: str
    reason: Tag
    won: ClusteredShare | None
    others: ClusteredShare | None
    difference: ShareDifference | None
    lost: ClusteredShare | None


@dataclass(frozen=True)
class QuestionReasons:
    """The reasons of one question's counted votes of one source.

    ``given``: the share of the counted votes that gave any; ``decided``: votes for a side that did, on which the
    figures rest.
    """

    criterion: Criterion | None
    source: str
    given: ClusteredShare
    decided: int
    figures: tuple[ReasonFigures, ...]


@dataclass(frozen=True)
class _Side:
    """The reasons of some votes by rater: ``hits`` (reasons, raters) of ``votes`` (raters,)."""

    hits: Matrix
    votes: Matrix
    shape: RaterShape

    def of(self, reason: int) -> RaterCounts:
        return RaterCounts(self.hits[reason], self.votes, self.shape)


def _make_side(hits: Matrix, votes: Matrix) -> _Side:
    return _Side(hits, votes, shape_raters(votes))


@dataclass(frozen=True)
class _Preferences:
    """Votes for a side that gave reasons: who won, who lost, of whom, and which reasons."""

    winner: Codes  # (votes,)
    loser: Codes  # (votes,)
    rater: Codes  # (votes,), without gaps
    reasons: Matrix  # (reasons, votes), 1 where given

    def count(self, rows: Codes | slice = slice(None)) -> _Side:
        """Return the reasons in these votes by rater."""
        rater, raters = self.rater[rows], int(self.rater.max(initial=-1)) + 1
        hits = np.array([np.bincount(rater, given[rows], raters) for given in self.reasons])
        return _make_side(hits, np.bincount(rater, minlength=raters).astype(np.float64))


def _split(side: Codes, generators: int) -> list[Codes]:
    """Return the places of each generator's votes."""
    order = np.argsort(side, kind="stable")
    return np.split(order, np.searchsorted(side[order], np.arange(1, generators)))


def _list_reasons(sets: Sequence[frozenset[str]], criterion: Criterion | None) -> list[Tag]:
    """Return the reasons of a question in the order of the page, then others that occur."""
    there, own = frozenset[str]().union(*sets), TAGS[criterion] if criterion else ()
    return [*own, *(tag for tag in Tag if tag in there and tag not in own)]


def _measure_generators(found: _Preferences, names: Sequence[str], reasons: Sequence[Tag]) -> list[ReasonFigures]:
    """Measure every reason of every generator that such a vote is on."""
    whole, figures = found.count(), []
    alike = [measure_likeness(whole.of(number)) for number in range(len(reasons))]
    sides = zip(names, _split(found.winner, len(names)), _split(found.loser, len(names)), strict=True)
    for name, wins, losses in sides:
        if not len(wins) + len(losses):
            continue
        won, lost = found.count(wins), found.count(losses)
        others = _make_side(whole.hits - won.hits, whole.votes - won.votes)
        for number, (reason, likeness) in enumerate(zip(reasons, alike, strict=True)):
            mine, theirs = won.of(number), others.of(number)
            figures.append(
                ReasonFigures(
                    name,
                    reason,
                    measure_clustered_share(mine, likeness),
                    measure_clustered_share(theirs, likeness),
                    measure_difference(mine, theirs, likeness),
                    measure_clustered_share(lost.of(number), likeness),
                )
            )
    return figures


def measure_reasons(
    table: pa.Table, votes: Votes, criterion: Criterion | None, source: str, order: Sequence[str]
) -> QuestionReasons | None:
    """Measure the reasons in a question's counted votes, generators in this order; None without a vote.

    Only the arena's reasons count; other words that a file may have are none.
    """
    if not len(votes.rows):
        return None
    joined = list_names(table["tags"])
    said = encode(table["tags"], joined)[votes.rows]
    sets = [frozenset(value.split(JOINED["tags"])) for value in joined]
    reasons = _list_reasons([sets[code] for code in np.unique(said[said >= 0])], criterion)
    named = np.array([*([tag in each for tag in reasons] for each in sets), [False] * len(reasons)], dtype=bool)
    given = np.asarray(named.any(axis=1))[said]
    rater = number_groups(number_values(table["rater"])[votes.rows])
    by_rater = np.bincount(rater).astype(np.float64)
    all_given = RaterCounts(np.bincount(rater, given).astype(np.float64), by_rater, shape_raters(by_rater))
    share = measure_clustered_share(all_given, measure_likeness(all_given))
    assert share
    rows = np.flatnonzero(given & ((votes.outcome == A) | (votes.outcome == B)))
    if not len(rows):
        return QuestionReasons(criterion, source, share, 0, ())
    left, right, first = votes.left[rows], votes.right[rows], votes.outcome[rows] == A
    found = _Preferences(
        np.where(first, left, right),
        np.where(first, right, left),
        number_groups(rater[rows]),
        named[said[rows]].T.astype(np.float64),
    )
    figures = _measure_generators(found, votes.names, reasons)
    place = {name: number for number, name in enumerate(order)}
    figures.sort(key=lambda one: place[one.generator])
    return QuestionReasons(criterion, source, share, len(rows), tuple(figures))
