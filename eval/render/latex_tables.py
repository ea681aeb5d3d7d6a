"""Ratings alone and scores of pictures as LaTeX, in English: what ``eval.rate`` and ``eval.score`` print."""

from collections.abc import Iterator, Sequence

from eval.measure import Table
from eval.metrics import Measured
from eval.protocol import PictureProtocol, describe_interval
from eval.ratings.by_question import RatedQuestion, Wanted
from eval.render import Grid, figure
from eval.render.grids import ratings_grid, wins_grid
from eval.render.latex import LatexTable, table
from eval.render.latex_report import list_part_tables, to_key
from eval.render.protocol_notes import UNKNOWN, encoder_notes, picture_notes, rating_notes
from eval.rounding import is_above
from hub.generators.former import find_titles
from hub.language.catalogue import ENGLISH, printable
from hub.language.sentence import number_of


def _list_scores(figures: Sequence[Measured], protocol: PictureProtocol | None, of: str) -> Iterator[LatexTable]:
    """Yield a table for each encoder; the way of an interval is a note with a mark."""
    for encoder in dict.fromkeys(one.encoder for one in figures):
        those = [one for one in figures if one.encoder == encoder]
        ways = list(dict.fromkeys((describe_interval(one.metric), one.note or "") for one in those))
        marks = {way: chr(ord("a") + place) for place, way in enumerate(ways)}
        rows = tuple(
            (one.metric, figure(one.value),
             f"{figure(one.low)} to {figure(one.high)}" if is_above(one.high, one.low) else "-",
             f"{one.n:,}", marks[describe_interval(one.metric), one.note or ""])
            for one in those
        )  # fmt: skip
        title = f"{of}: {those[0].space}" if of else those[0].space
        grid = Grid(title, ("Metric", "Value", "95 % interval", "N", "Note"), rows, "", (1, 2, 3))
        own = [
            (marks[way, note], f"95 % interval: {way or UNKNOWN}.{f' Note: {note}.' if note else ''}")
            for way, note in ways
        ]
        general = [*picture_notes(protocol, ENGLISH), *encoder_notes(those, ENGLISH)]
        yield LatexTable(to_key("scores", of, those[0].space), grid, (*own, *(("", note) for note in general)))


def scores_to_latex(figures: Sequence[Measured], protocol: PictureProtocol | None, of: str = "") -> str:
    """Return the tables of scores, with what they rest on below each; ``of`` names whose pictures they are."""
    return "\n".join(table(one) for one in _list_scores(figures, protocol, of))


def parts_to_latex(measured: Table) -> str:
    """Return the tables of figures by category of the prompts, and of differences, with what they rest on below."""
    return "\n".join(table(one) for one in list_part_tables(measured, ENGLISH))


def ratings_to_latex(found: Sequence[RatedQuestion], wanted: Wanted, digest: str, wins: bool) -> str:
    """Return the tables of ratings, and of wins where they are asked for, with what they rest on below each."""
    tables, spoken = [], ENGLISH.with_titles(find_titles())
    for number, one in enumerate(found, 1):
        notes = rating_notes(one.question, digest, ENGLISH, wanted.rule)
        notes += ["{} is at {:g}.".format(*wanted.anchor)] if wanted.anchor else []
        notes += [f"Rated as if all had the same mix of votes by {what}." for what in wanted.controls]
        below = tuple(("", note) for note in (*notes, *map(printable, one.question.notes)))
        key = to_key(one.question.source, one.question.criterion or "preference") or str(number)
        grids = {"ratings": ratings_grid(one.question, spoken)} if one.board else {}
        grids |= {"wins": wins_grid(one.question, spoken)} if one.board and wins else {}
        tables += [table(LatexTable(f"{kind}-{key}", grid, below)) for kind, grid in grids.items()]
    return "\n".join(tables) or f"% {number_of(len(found), 'question')}, none rated\n"
