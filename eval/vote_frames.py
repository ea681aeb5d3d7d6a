"""Votes of anybody as pandas frames, rated: frames in, frames out, no file in between.

In a notebook: ``rate_frame(battles)``, of columns ``generator_a``, ``generator_b`` and ``outcome``, or FastChat's
``model_a``, ``model_b`` and ``winner``. What ``python -m eval.rate`` prints is computed by the same functions.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from eval.about import hash_votes
from eval.ratings.board import BothBad, Intervals, Rule
from eval.ratings.bradley_terry import Rating
from eval.ratings.by_question import Cluster, RatedQuestion, Wanted, rate_questions
from eval.ratings.tie_rules import TieRule
from eval.render.latex_tables import ratings_to_latex
from hub.dataset.imports import OUTCOMES
from hub.errors import DataError
from hub.schema import NOT_BLIND, Criterion, Outcome
from hub.votes import TABLE
from hub.votes.vote_table import JOINED

LATEX = "latex"  # in a frame's attrs: its tables for a paper
SOURCE = "frame"  # of votes that tell none
ALIASES = {
    "generator_a": ("model_a",),
    "generator_b": ("model_b",),
    "outcome": ("winner",),
    "rater": ("judge", "user"),
    "criterion": ("question",),
    "time": ("tstamp", "timestamp"),
    "id": ("question_id",),
}
NEEDED = ("generator_a", "generator_b", "outcome")
SAID: dict[str, str] = {one.value: one.value for one in Outcome} | {name: one.value for name, one in OUTCOMES.items()}
RATED = ["source", "question", *(field.name for field in fields(Rating))]


def find_column(frame: pd.DataFrame, name: str) -> str:
    """Return the frame's own name of a column, or an empty text where it has none."""
    return next((one for one in (name, *ALIASES.get(name, ())) if one in frame.columns), "")


def check_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Check that a frame has these columns, under one of their names.

    Raises: DataError, naming the first that lacks, and those that are there.
    """
    for name in names:
        if not find_column(frame, name):
            other = "".join(f" (or {alias})" for alias in ALIASES.get(name, ()))
            there = ", ".join(map(str, frame.columns)) or "none"
            raise DataError(f"The frame has no column {name}{other}: its columns are {there}.")


def _read_cells(frame: pd.DataFrame, name: str) -> list[Any]:
    """Return a column's cells; None where one is missing, several in one joined as the table has them."""
    column = find_column(frame, name)
    cells = frame[column].astype(object) if column else pd.Series([None] * len(frame), dtype=object)
    between = JOINED.get(name, ",")
    several = (between.join(map(str, cell)) or None if isinstance(cell, list | tuple | np.ndarray) else cell
               for cell in cells)  # fmt: skip
    return [None if pd.isna(cell) else cell for cell in several]


def _read_outcomes(frame: pd.DataFrame) -> list[str | None]:
    found = []
    for number, cell in enumerate(_read_cells(frame, "outcome")):
        if cell is not None and str(cell) not in SAID:
            known = ", ".join(SAID)
            raise DataError(f"Row {number}: the outcome {cell!r} is none of {known}: mend it, or leave the row out.")
        found.append(None if cell is None else SAID[str(cell)])
    return found


def _read_numbers(frame: pd.DataFrame, name: str) -> list[float | None]:
    try:
        return [None if cell is None else float(cell) for cell in _read_cells(frame, name)]
    except (TypeError, ValueError) as error:
        raise DataError(f"The column {name} has a cell that is no number: {error}.") from error


def frame_to_votes(frame: pd.DataFrame) -> pa.Table:
    """Return a frame of votes as the table that is rated, in the order of time, where that is told.

    Columns: ``generator_a``, ``generator_b``, ``outcome`` (``a``, ``b``, ``tie``, ``both_bad``, or FastChat's
    ``winner``); where they are there, those of ``hub.votes.TABLE``, and FastChat's ``judge``, ``tstamp`` and ``anony``.

    Raises: DataError for a column that lacks, and a cell that says nothing.
    """
    check_columns(frame, NEEDED)
    size = len(frame)
    columns: dict[str, list[Any]] = {}
    for one in TABLE:
        if one.type in (pa.float64(), pa.bool_()):
            columns[one.name] = _read_numbers(frame, one.name)
        else:
            columns[one.name] = [None if cell is None else str(cell) for cell in _read_cells(frame, one.name)]
    columns["names_withheld"] = [None if cell is None else bool(cell) for cell in columns["names_withheld"]]
    columns["outcome"] = _read_outcomes(frame)
    columns["time"] = [float(n) if cell is None else cell for n, cell in enumerate(columns["time"])]
    columns["id"] = [cell or f"row {n}" for n, cell in enumerate(columns["id"])]
    columns["source"] = [cell or SOURCE for cell in columns["source"]]
    if unknown := sorted({cell for cell in columns["criterion"] if cell is not None} - set(Criterion)):
        raise DataError(f"The question {unknown[0]!r} is none of {', '.join(Criterion)}: leave the column out.")
    if "anony" in frame.columns:
        blind = [None if told is None or told else NOT_BLIND for told in _read_cells(frame, "anony")]
        columns["excluded"] = [one or two for one, two in zip(columns["excluded"], blind, strict=True)]
    if len(set(columns["id"])) < size:
        raise DataError("Two votes have one id: leave the column out, or mend it.")
    return pa.Table.from_pydict(columns, TABLE).sort_by([("time", "ascending"), ("id", "ascending")])


def _rate(
    frame: pd.DataFrame, ties: str, both_bad: str, position: bool, intervals: str, cluster: str,
    anchor: tuple[str, float] | None,
) -> tuple[list[RatedQuestion], Wanted, pa.Table]:  # fmt: skip
    """Rate a frame's votes.

    Raises: DataError, where nothing can be rated, with the reasons.
    """
    try:
        rule = Rule(TieRule(ties), BothBad(both_bad), position, Intervals(intervals))
        wanted = Wanted(rule, Cluster(cluster), (), anchor)
    except ValueError as error:
        raise DataError(f"{error}: see python -m eval.rate --help.") from error
    votes = frame_to_votes(frame)
    found = rate_questions(votes, wanted)
    if not any(one.board for one in found):
        why = " ".join(str(one.question.unrated) for one in found)
        raise DataError(why or "The frame has no votes to rate.")
    return found, wanted, votes


def rate_frame(
    frame: pd.DataFrame,
    *,
    ties: str = "half",
    both_bad: str = "tie",
    position: bool = False,
    intervals: str = "sandwich",
    cluster: str = "known",
    anchor: tuple[str, float] | None = None,
) -> pd.DataFrame:
    """Return the ratings of a frame of votes: a row a generator of each question, best first.

    Options are those of ``python -m eval.rate``; ``anchor`` is a generator and its rating. Columns: source, question,
    generator, rating, low, high (95 % interval, Elo points), rank, battles, win_rate.

    Raises: DataError for a frame that can't be rated, saying why.
    """
    found, wanted, votes = _rate(frame, ties, both_bad, position, intervals, cluster, anchor)
    rows: list[dict[str, Any]] = [
        {"source": one.question.source, "question": str(one.question.criterion or ""), **asdict(rating)}
        for one in found
        for rating in one.question.ratings
    ]
    made = pd.DataFrame(rows, columns=RATED)
    made.attrs[LATEX] = ratings_to_latex(found, wanted, hash_votes(votes), False)
    return made


def wins_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return who won how often against whom in a frame of votes: a row an ordered pair of generators that met.

    Columns: source, question, generator, opponent, wins, ties, battles, share (a tie being half a win).

    Raises: DataError for a frame that can't be rated, saying why.
    """
    found, _, _ = _rate(frame, "half", "tie", False, "sandwich", "none", None)
    rows = []
    for one in found:
        counts = one.question.counts
        for i, name in enumerate(counts.names):
            for j, other in enumerate(counts.names):
                battles = int(counts.battles[i, j])
                if i != j and battles:
                    rows.append((one.question.source, str(one.question.criterion or ""), name, other,
                                 int(counts.wins[i, j]), int(counts.ties[i, j]), battles,
                                 float(counts.halved[i, j] / battles)))  # fmt: skip
    head = ["source", "question", "generator", "opponent", "wins", "ties", "battles", "share"]
    return pd.DataFrame(rows, columns=head)


def to_latex(frame: pd.DataFrame) -> str:
    """Return the tables for a paper of a frame of ratings or scores, with what its figures rest on below them.

    Raises: DataError for any other frame.
    """
    if LATEX not in frame.attrs:
        raise DataError("This frame has no protocol: give one as rate_frame or score_frame returned it.")
    return str(frame.attrs[LATEX])
