"""``python -m eval.rate``: ratings alone, from votes or others' battles, by any rule, as a table, JSON or CSV.

Exit codes: 0 every question is rated, 1 a question could not be rated or a line is no vote, 2 nothing could be rated;
what it was is said on standard error.
"""

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from eval.about import hash_votes
from eval.rate_style import check_style_options, control_by_style, list_style_grids, list_style_notes
from eval.ratings.board import BothBad, Intervals, Rule
from eval.ratings.by_question import Cluster, Control, RatedQuestion, Wanted, rate_questions
from eval.ratings.style_control import StyledQuestion
from eval.ratings.tie_rules import TieRule
from eval.ratings.weights import Weigh
from eval.render import Grid, firmness
from eval.render.csv import csv_of
from eval.render.grids import heading, named_ratings_grid, wins_grid
from eval.render.json import fields_of, left_side, style_record, votes_of
from eval.render.latex_tables import ratings_to_latex
from eval.render.terminal import as_table
from eval.rounding import round_off, rounded
from eval.votes.formats import VoteFormat, list_first_problems, read_votes_as
from eval.votes.ledger import sentence_of
from hub.command import PART, check_one_form, make_command
from hub.errors import DataError
from hub.generators.former import find_titles, remember
from hub.generators.model_store import ModelStore
from hub.language.catalogue import ENGLISH, Language, printable
from hub.progress import console
from hub.schema import Criterion
from hub.settings import Settings
from hub.votes import ReadVotes

EXAMPLE = "python -m eval.rate battles.json --format fastchat --ties davidson --cluster rater --json"
ANCHOR = "NAME=1000"
CONTROLLED = (
    "Rate as if all had the same mix of questions, of lengths of prompts, of one and two wordings, or of seconds to "
    "decide. May be given again."
)
NO_VOTES = "There are no votes to rate: vote in the arena, or name other votes."
FARTHEST = 1_000_000  # points that an anchor may be from 0: beyond, intervals would drown in rounding


def parse_anchor(text: str) -> tuple[str, float] | None:
    """Return an anchor's name and rating; None for an empty text.

    Raises: DataError for no name, or no number that ratings can be read by.
    """
    if not text:
        return None
    name, _, points = text.rpartition("=")
    try:
        value = float(points)
    except ValueError:
        value = math.nan
    if not (name and abs(value) <= FARTHEST):
        raise DataError(
            f"{text!r} is no anchor: give a generator and its rating, from {-FARTHEST:,} to {FARTHEST:,}, as {ANCHOR}."
        )
    return name, value


def _question_to_json(rated: RatedQuestion) -> dict[str, Any]:
    """Return one question as JSON, rows of matrices winning over columns."""
    question, board = rated.question, rated.board
    about = {
        "source": question.source,
        "criterion": question.criterion,
        "votes": votes_of(question),
        "unrated": question.unrated,
    }
    if board is None:
        return about
    return about | {
        "ratings": [fields_of(row) for row in board.ratings],
        "left_side": left_side(board.position),
        "notes": list(question.notes),
        "kinds": [fields_of(kind) for kind in board.kinds],
        "generators": list(board.counts.names),
        "wins": board.counts.wins.astype(int).tolist(),
        "ties": board.counts.ties.astype(int).tolist(),
        "predicted": [[rounded(value) for value in row] for row in board.predicted.tolist()],
    }


def to_json(
    found: Sequence[RatedQuestion], wanted: Wanted, problems: Sequence[str], styled: Sequence[StyledQuestion] = ()
) -> str:
    """Return all questions as JSON, never with a NaN.

    Rows win over columns, in the order of ``generators``.
    """
    rule = asdict(wanted.rule) | {"cluster": wanted.cluster, "control": list(wanted.controls), "weigh": wanted.weigh}
    scale = "{}={:g}".format(*wanted.anchor) if wanted.anchor else "mean=1000"
    content = {
        "rule": rule,
        "scale": scale,
        "questions": [_question_to_json(one) for one in found],
        "problems": list(problems),
    }
    if styled:
        content["style"] = [style_record(one) for one in styled]
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)


def to_csv(found: Sequence[RatedQuestion]) -> str:
    """Return one row for each generator of each question, for spreadsheets."""
    head = ("source", "criterion", "rank", "generator", "rating", "low", "high", "win_rate", "votes")
    return csv_of(
        head,
        (
            (q.source, q.criterion, r.rank, r.generator, r.rating, r.low, r.high, r.win_rate, r.battles)
            for q in (one.question for one in found) for r in q.ratings
        ),
    )  # fmt: skip


def make_predicted_grid(rated: RatedQuestion, language: Language) -> Grid:
    """Return the predicted share of votes that each row wins against each column, ties being half."""
    question, board = rated.question, rated.board
    assert board is not None
    names, order = [language.title(name) for name in board.counts.names], question.order
    rows = tuple(
        (names[i], *("-" if i == j else f"{round_off(board.predicted[i, j]):.0%}" for j in order)) for i in order
    )
    return Grid(
        f"{heading(question, ENGLISH)}: predicted wins of row against column",
        ("", *(names[j] for j in order)),
        rows,
        "",
        tuple(range(1, len(order) + 1)),
    )


def list_notes(rated: RatedQuestion) -> list[str]:
    """List the sentences that stand beneath a question's ratings."""
    question, board = rated.question, rated.board
    name = heading(question, ENGLISH)
    if board is None:
        return [f"{name}: {printable(question.unrated or '')}"]
    left = (f"{number:,} by {printable(sentence_of(why))}" for why, number in question.excluded.items())
    lines = [
        f"{name}: {question.used:,} of {question.total:,} votes are counted; left out {', '.join(left) or 'none'}."
    ]
    if board.position:
        lines.append(f"{name}: {firmness.left_side(board.position, ENGLISH)}")
    lines += [f"{name}: {note}" for note in question.notes]
    lines += [f"{name}: too few votes for an estimate from them alone; a prior is in use: {kind.prior}"
              f"{f' ({kind.name})' if kind.name else ''}." for kind in board.kinds if kind.prior]  # fmt: skip
    return lines


def print_ratings(found: Sequence[RatedQuestion], wins: bool, styled: Sequence[StyledQuestion]) -> None:
    """Print the tables."""
    terminal, spoken = Console(), ENGLISH.with_titles(find_titles())
    for one in found:
        if one.board:
            grids = [
                named_ratings_grid(one.question, spoken),
                *([wins_grid(one.question, spoken), make_predicted_grid(one, spoken)] if wins else []),
            ]
            for grid in grids:
                terminal.print(as_table(grid, terminal.width))
    for grid in list_style_grids(styled, spoken):
        terminal.print(as_table(grid, terminal.width))


def print_notes(found: Sequence[RatedQuestion], styled: Sequence[StyledQuestion], problems: Sequence[str]) -> None:
    """Print what is to be known of the ratings, and which lines are no votes, on standard error."""
    said = [*(line for one in found for line in list_notes(one)), *list_style_notes(styled)]
    for line in [*said, *map(printable, problems)]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def read_and_rate(
    votes: Path | None, form: VoteFormat, wanted: Wanted, criterion: Criterion | None
) -> tuple[ReadVotes, list[RatedQuestion]]:
    """Return the votes and their ratings.

    Raises: DataError, with the reasons, where nothing could be rated.
    """
    data = Settings.from_env(os.environ).data
    remember(ModelStore(data).folder)
    given = read_votes_as(votes, form, data)
    found = rate_questions(given.table, wanted, criterion)
    if not any(one.board for one in found):
        reasons = [line for one in found for line in list_notes(one)] or [NO_VOTES]
        raise DataError(" ".join([*reasons, *list_first_problems(given.problems)]))
    return given, found


def main(
    votes: Annotated[Path | None, typer.Argument(help="Data folder, .jsonl, .parquet or battle file.")] = None,
    form: Annotated[VoteFormat, typer.Option("--format", help="fastchat: battles as JSON.")] = VoteFormat.hub,
    ties: Annotated[TieRule, typer.Option(help="half a win each, dropped, or modelled.")] = TieRule.half,
    both_bad: Annotated[BothBad, typer.Option(help="Both-bad votes are ties, or dropped.")] = BothBad.tie,
    position: Annotated[bool, typer.Option("--position/--no-position", help="Allow for the left side's lead.")] = False,
    intervals: Annotated[Intervals, typer.Option(help="How 95 % intervals are made.")] = Intervals.sandwich,
    cluster: Annotated[Cluster, typer.Option(help="Whose votes are alike; known: as votes tell.")] = Cluster.known,
    control: Annotated[list[Control] | None, typer.Option(help=CONTROLLED)] = None,
    weigh: Annotated[Weigh, typer.Option(help="Votes are alike, or weigh one over their pair's chance.")] = Weigh.alike,
    criterion: Annotated[Criterion | None, typer.Option(help="Only votes on this question.")] = None,
    anchor: Annotated[str, typer.Option(help=f"{ANCHOR}: move the scale; intervals stay those about the mean.")] = "",
    style: Annotated[bool, typer.Option("--style", help="Also as if both sides were alike in style.")] = False,
    wins: Annotated[bool, typer.Option("--wins", help="Also tables of wins, counted and predicted.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with both matrices of wins.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print tables for a paper, with their protocol.")] = False,
) -> None:
    """Rate generators by votes. Exit codes: 0 rated, 1 part of it, 2 nothing could be rated; the reason is said."""
    check_one_form(json=as_json, csv=as_csv, latex=latex)
    if criterion and control and Control.criterion in control:
        raise DataError("One question alone has no mix of questions: leave out --criterion or --control criterion.")
    rule, controls = Rule(ties, both_bad, position, intervals), tuple(dict.fromkeys(control or ()))
    wanted = Wanted(rule, cluster, controls, parse_anchor(anchor), weigh)
    if style:
        check_style_options(wanted, form, as_csv or latex)
    given, found = read_and_rate(votes, form, wanted, criterion)
    styled = control_by_style(votes, given.table, wanted, criterion) if style else []
    if as_json:
        typer.echo(to_json(found, wanted, given.problems, styled))
    elif as_csv:
        typer.echo(to_csv(found), nl=False)
    elif latex:
        typer.echo(ratings_to_latex(found, wanted, hash_votes(given.table), wins), nl=False)
    else:
        print_ratings(found, wins, styled)
    print_notes(found, styled, given.problems)
    if given.problems or not all(one.board for one in found) or any(one.missing for one in styled):
        raise typer.Exit(PART)


if __name__ == "__main__":
    make_command(main, EXAMPLE)()
