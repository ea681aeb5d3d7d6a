"""Answers to the same battle: hidden repeats with their first answer, and battles that several raters were shown.

Answers are brought to one orientation: "one" is the generator that stood on the left when the battle was first
answered, which the arena drew by lot. So no alpha depends on what generators are called.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from eval.votes.codes import Codes, Mask, encode, is_set, list_names, number_values
from eval.votes.ledger import CRITERIA, OUTCOMES, Ledger
from hub.schema import Outcome

KINDS = len(OUTCOMES)
MIRRORED = np.array([OUTCOMES.index(outcome) for outcome in (Outcome.b, Outcome.a, Outcome.tie, Outcome.both_bad)])


@dataclass(frozen=True)
class Answers:
    """This arena's answers that no gate left out, hidden repeats too."""

    table: pa.Table
    ledger: Ledger

    @cached_property
    def rows(self) -> Mask:
        """Which rows of the table are answers of a known rater, (rows,)."""
        return np.asarray(self.ledger.answered & (self.rater >= 0))

    @cached_property
    def repeated(self) -> Mask:
        """Which rows show an earlier battle again, (rows,)."""
        return is_set(self.table["repeat_of"])

    @cached_property
    def rater(self) -> Codes:
        """Each row's rater, (rows,)."""
        return encode(self.table["rater"], list_names(self.table["rater"]))

    @cached_property
    def outcome(self) -> Codes:
        """Index into OUTCOMES, (rows,)."""
        return encode(self.table["outcome"], OUTCOMES)

    @cached_property
    def sides(self) -> tuple[Codes, Codes]:
        """The generators on the left and on the right, (rows,) each."""
        names = list_names(self.table["generator_a"], self.table["generator_b"])
        return encode(self.table["generator_a"], names), encode(self.table["generator_b"], names)

    @cached_property
    def criterion(self) -> Codes:
        """Index into CRITERIA, (rows,)."""
        return encode(self.table["criterion"], CRITERIA)


@dataclass(frozen=True)
class RepeatedAnswers:
    """Hidden repeats whose first vote is there, in the orientation of the first.

    ``shown`` counts all of them, ``told`` those whose rater could know the names from the first showing.
    """

    first: Codes  # (pairs,), index into OUTCOMES
    second: Codes
    rater: Codes
    shown: int
    told: int

    @property
    def units(self) -> Codes:
        """How often each answer was given to each battle, (pairs, 4)."""
        eye = np.eye(KINDS, dtype=np.int64)
        return np.asarray(eye[self.first] + eye[self.second])


def find_repeats(answers: Answers) -> RepeatedAnswers:
    """Pair each hidden repeat with the vote it names, of the same rater, question and generators."""
    again = np.flatnonzero(answers.repeated & answers.rows)
    named = answers.table["repeat_of"].take(pa.array(again))
    wanted = pc.unique(named)
    place = np.asarray(pc.index_in(answers.table["id"], value_set=wanted).fill_null(-1))
    row_of = np.full(len(wanted) + 1, -1)
    row_of[place] = np.arange(len(place))
    first = row_of[np.asarray(pc.index_in(named, value_set=wanted))]
    a, b = answers.sides
    swapped = (a[again] == b[first]) & (b[again] == a[first])
    straight = (a[again] == a[first]) & (b[again] == b[first])
    same = (answers.rater[again] == answers.rater[first]) & (answers.criterion[again] == answers.criterion[first])
    usable = (first >= 0) & (first != again) & answers.rows[first] & same & (swapped ^ straight)
    outcome = np.where(swapped, MIRRORED[answers.outcome[again]], answers.outcome[again])
    told = len(again) - int(np.count_nonzero(np.asarray(answers.table["names_withheld"].fill_null(False))[again]))
    return RepeatedAnswers(
        answers.outcome[first][usable], outcome[usable], answers.rater[again][usable], len(again), told
    )


def _number_distinct(*columns: Codes) -> Codes:
    """Return a number a row from 0 up, the same where all columns are the same, (rows,)."""
    key = np.zeros_like(columns[0])
    for column in columns:
        key = key * (column.max(initial=0) + 1) + column
    return number_values(pa.chunked_array([pa.array(key)]))


def _select_several(rows: Codes, battle: Codes) -> tuple[Codes, Codes]:
    """Return those rows whose battle is another row's too."""
    several = np.bincount(battle)[battle] > 1
    return rows[several], battle[several]


def _find_candidates(answers: Answers) -> tuple[Codes, Codes]:
    """Return first showings of battles that were answered twice or more, in the order of time.

    They are (rows,), with their battles.

    Prompts are long and many; they are looked at only where all else is the same.
    """
    a, b = answers.sides
    known = np.asarray(pc.not_equal(answers.table["seeds"], "").fill_null(False)) & is_set(answers.table["prompt"])
    rows = np.flatnonzero(answers.rows & ~answers.repeated & known & (a != b))
    rows = rows[np.argsort(np.asarray(answers.table["time"])[rows], kind="stable")]
    left, right = np.minimum(a, b)[rows], np.maximum(a, b)[rows]
    battle = _number_distinct(number_values(answers.table["seeds"])[rows], left, right, answers.criterion[rows])
    rows, battle = _select_several(rows, battle)
    return _select_several(rows, _number_distinct(battle, number_values(answers.table["prompt"].take(pa.array(rows)))))


def count_shared_answers(answers: Answers) -> Codes:
    """Return how often each answer was given to each battle that two raters or more were shown, (battles, 4).

    The same battle: the same question, prompt, seeds and two generators. Only a rater's first answer to it is taken,
    and no hidden repeat.
    """
    rows, battle = _find_candidates(answers)
    _, once = np.unique(_number_distinct(battle, answers.rater[rows]), return_index=True)
    rows, battle = rows[np.sort(once)], battle[np.sort(once)]
    _, first, battle = np.unique(battle, return_index=True, return_inverse=True)
    left = answers.sides[0][rows]
    outcome = np.where(left != left[first][battle], MIRRORED[answers.outcome[rows]], answers.outcome[rows])
    units = np.bincount(battle * KINDS + outcome, minlength=len(first) * KINDS).reshape(-1, KINDS)
    return np.asarray(units[units.sum(axis=1) > 1])
