"""Each question's votes, rated by a rule that a caller chooses; what ``eval.rate`` prints."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pyarrow as pa

from eval.features.feature_space import FeatureSpace
from eval.protocol import VoteProtocol
from eval.ratings.board import DRAWS, Board, Intervals, Rule, make_board
from eval.ratings.categories import (
    LENGTH_NAMES,
    SECONDS_NAMES,
    WORDING_NAMES,
    code_by_length,
    code_by_seconds,
    code_by_wording,
    describe_wordings,
)
from eval.ratings.clusters import number_groups
from eval.ratings.counts import code_votes
from eval.ratings.style_control import StyledQuestion, control_question
from eval.ratings.weights import Weigh, WeighedVotes, code_origins, weigh_votes
from eval.rounding import round_off
from eval.summary import Question
from eval.votes.codes import Codes, Mask, encode, is_set, number_values
from eval.votes.ledger import CRITERIA, Ledger, LeftOut, read_ledger
from hub.errors import DataError
from hub.schema import Criterion
from hub.votes import Pictures


class Cluster(StrEnum):
    """The votes that are taken to resemble one another, so that intervals are wider."""

    known = "known"
    none = "none"
    rater = "rater"
    prompt = "prompt"
    both = "both"


class Control(StrEnum):
    """A property of votes that can be held fixed."""

    criterion = "criterion"
    length = "length"
    wordings = "wordings"
    seconds = "seconds"


@dataclass(frozen=True)
class Wanted:
    """How to rate, and the scale's anchor."""

    rule: Rule
    cluster: Cluster
    controls: tuple[Control, ...]
    anchor: tuple[str, float] | None
    weigh: Weigh = Weigh.alike


@dataclass(frozen=True)
class RatedQuestion:
    """A question, as reports have them, with its board where it could be rated."""

    question: Question
    board: Board | None


def anchor_board(board: Board, anchor: tuple[str, float]) -> Board:
    """Return the board moved so that the anchor has its rating; intervals stay those about the mean.

    Raises: DataError.
    """
    name, points = anchor
    found = {row.generator: row.rating for row in board.ratings}
    if name not in found:
        raise DataError(f"The anchor {name!r} has no votes; rated are {', '.join(sorted(found))}.")
    move = points - found[name]
    rows = (
        replace(r, rating=round_off(r.rating + move), low=round_off(r.low + move), high=round_off(r.high + move))
        for r in board.ratings
    )
    return replace(board, ratings=tuple(rows))


def _code_kind(table: pa.Table, control: Control) -> tuple[tuple[str, ...], Codes]:
    if control is Control.criterion:
        return tuple(CRITERIA), encode(table["criterion"], CRITERIA)
    if control is Control.length:
        return LENGTH_NAMES, code_by_length(table)
    if control is Control.wordings:
        return WORDING_NAMES, code_by_wording(table)
    return SECONDS_NAMES, code_by_seconds(table)


def find_kinds(table: pa.Table, controls: Sequence[Control]) -> tuple[tuple[str, ...], Codes]:
    """Return the kinds of votes that are held fixed, and each row's, -1 where it is unknown; (rows,)."""
    names: tuple[str, ...] = ("",)
    found = np.zeros(table.num_rows, dtype=np.int64)
    for control in controls:
        own, places = _code_kind(table, control)
        if table.num_rows and (places < 0).all():
            raise DataError(f"No vote tells its {control}, so that it can't be held fixed: leave out --control.")
        found = np.where((found < 0) | (places < 0), -1, found * len(own) + places)
        names = tuple(", ".join(filter(None, (a, b))) for a in names for b in own)
    return names, found


def find_groups(table: pa.Table, known: WeighedVotes, wanted: Wanted) -> tuple[Codes, ...]:
    """Return the groups of a question's votes that intervals are by, (votes,) each: ``known.rater``, ``known.prompt``.

    Raises: DataError where no vote of the table tells what was asked for.
    """
    if wanted.cluster is Cluster.known:
        return known.groups[:1] if wanted.rule.intervals is Intervals.bootstrap else known.groups
    names = {Cluster.none: (), Cluster.both: ("rater", "prompt")}.get(wanted.cluster, (str(wanted.cluster),))
    for name in names:
        if table.num_rows and (number_values(table[name]) < 0).all():
            raise DataError(f"No vote tells its {name}: choose another --cluster, or none.")
    return tuple({"rater": known.rater, "prompt": known.prompt}[name] for name in names)


def describe_bootstrap(known: WeighedVotes, groups: Sequence[Codes]) -> str:
    """Return the note on what bootstrap intervals draw, and on what they therefore know nothing of.

    The shares are of ``tests.benchmarks.coverage_votes``, of votes whose raters and prompts both differ.
    """
    said = f"Intervals are of {DRAWS:,} bootstrap samples of"
    if not groups:
        return f"{said} single votes: they are too narrow where raters, or prompts, differ by more than luck."
    by_rater = groups[0] is known.rater
    other = known.prompt if by_rater else known.rater
    if number_groups(other).max() + 1 == len(other):  # each vote is on a prompt, or of a rater, of its own
        return f"{said} whole {'raters' if by_rater else 'prompts'}."
    if by_rater:
        return (
            f"{said} whole raters, and know nothing of prompts: where these differ too, they held the truth in 88 to "
            "96 of 100 simulations."
        )
    return f"{said} whole prompts, and know nothing of raters: they are too narrow where these differ."


def list_questions(
    ledger: Ledger, criterion: Criterion | None, together: bool
) -> Iterator[tuple[str, Criterion | None, Mask]]:
    """Yield source, criterion and rows of what is rated apart.

    ``together``: a source's criteria are one, under None.
    """
    places: dict[tuple[str, Criterion | None], list[int]] = {}
    for place, (source, asked) in enumerate(ledger.questions):
        if criterion in {None, asked}:
            places.setdefault((source, None if together else asked), []).append(place)
    for (source, asked), these in places.items():
        rows = np.isin(ledger.question, these)
        if rows.any():
            yield source, asked, rows


def _rate_board(table: pa.Table, known: WeighedVotes, wanted: Wanted) -> tuple[Board, tuple[str, ...], VoteProtocol]:
    """Return the ratings of a question's votes as they are wanted, the notes on them, and their protocol."""
    votes = known.votes
    if not len(votes.rows) and wanted.weigh is Weigh.inverse_probability:
        raise DataError(
            "No vote that counts tells the chance with which its pair was drawn, as those do that are given where "
            "HUB_PAIRING is informative: leave out --weigh."
        )
    if not len(votes.rows):
        raise DataError("No vote counts: all are left out.")
    names, kind = find_kinds(table, wanted.controls)
    groups = find_groups(table, known, wanted)
    board = make_board(known.votes, wanted.rule, groups, kind[votes.rows], names)
    sampled = wanted.rule.intervals is Intervals.bootstrap
    drawn = [describe_bootstrap(known, groups)] if sampled else []
    notes = (*known.describe(groups), *describe_wordings(table, votes), *drawn)
    protocol = known.describe_protocol(groups, DRAWS if sampled else 0)
    return (anchor_board(board, wanted.anchor) if wanted.anchor else board), notes, protocol


def control_questions(
    table: pa.Table, pictures: Pictures, space: FeatureSpace, wanted: Wanted, criterion: Criterion | None = None
) -> list[StyledQuestion]:
    """Control the ratings of each question of each source that has votes for the style of its pictures.

    Raises: StorageError, and DataError where no vote tells what intervals were asked by.
    """
    ledger, of, found = read_ledger(table), code_origins(table), []
    for source, asked, rows in list_questions(ledger, criterion, False):
        known = weigh_votes(code_votes(table, rows & ledger.counts), of)
        if len(known.votes.rows):
            groups = find_groups(table, known, wanted)
            found.append(control_question(table, (source, asked), known, pictures, space, wanted.rule, groups))
    return found


def rate_questions(table: pa.Table, wanted: Wanted, criterion: Criterion | None = None) -> list[RatedQuestion]:
    """Rate each question of each source that has votes; those that can't be rated keep the reason.

    Where votes weigh by the chances of their pairs, those whose chance is not known are left out.
    """
    ledger, of, found = read_ledger(table), code_origins(table), []
    weighed = wanted.weigh is Weigh.inverse_probability
    has_weight = is_set(table["pair_probability"]) | (not weighed)
    for source, asked, rows in list_questions(ledger, criterion, Control.criterion in wanted.controls):
        votes, chance = code_votes(table, rows & ledger.counts & has_weight), None
        if weighed:
            chance = table["pair_probability"].to_numpy()[votes.rows]
        known = weigh_votes(votes, of, chance)
        board, unrated, notes, protocol = None, None, tuple[str, ...](), None
        try:
            board, notes, protocol = _rate_board(table, known, wanted)
        except DataError as error:
            unrated = str(error)
        counts = board.counts if board else votes.counts
        excluded = ledger.excluded(rows)
        if unknown := int((rows & ledger.counts & ~has_weight).sum()):
            excluded[LeftOut.chance] = unknown
        if votes.counts.used > counts.used:
            excluded[LeftOut.rule] = votes.counts.used - counts.used
        prior = next((kind.prior for kind in board.kinds if kind.prior), None) if board else None
        ratings = board.ratings if board else ()
        question = Question(criterion=asked, source=source, ratings=ratings, unrated=unrated, prior=prior,
                            counts=counts, study=None, excluded=excluded, notes=notes, protocol=protocol)  # fmt: skip
        found.append(RatedQuestion(question, board))
    return found
