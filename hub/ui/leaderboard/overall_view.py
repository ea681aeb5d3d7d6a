"""The view of all questions together: their ratings' weighted mean, with weights that whoever looks can change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape

from eval.leaderboard.standings import Standings
from eval.metrics import FigureName
from eval.metrics.entries.cost import Seconds
from eval.ratings.composite import combine_ratings
from eval.render import Grid, begun, figure
from eval.render.csv import csv_of
from eval.render.grids import list_ratings
from eval.render.html_frame import paragraph
from eval.render.leaderboard_costs import DASH
from eval.render.leaderboard_views import ratings_table, titled_part
from eval.render.names import CRITERIA, metric_name
from hub.errors import DataError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.schema import Criterion

KEY, FILE = "overall", "overall.csv"
COLUMNS = ("rank", "generator", "rating", "low", "high", "win_rate", "votes", "seconds", "licence")
MOST = 100.0
BAD = Sentence("A weight is a number from 0 to {most:g}: change it.", most=MOST)
EXPLAINED = Sentence(
    "The weighted mean of the questions' ratings, of generators that all of them rate. Its interval is the weighted "
    "mean of theirs: what it would be if they erred together, as they may where the same raters answer, and else too "
    "wide."
)
Weights = Mapping[Criterion, float]


def read_weights(query: Mapping[str, str], standings: Standings) -> Weights:
    """Return the weights that an address names; where it names none, equal ones of the questions that are rated.

    Raises: DataError.
    """
    named = {criterion: query[criterion] for criterion in Criterion if criterion in query}
    if not named:
        return {criterion: float(bool(standings.ratings.get(criterion))) for criterion in Criterion}
    try:
        weights = {criterion: float(named.get(criterion, 0)) for criterion in Criterion}
    except ValueError as error:
        raise DataError(BAD) from error
    if not all(0 <= weight <= MOST for weight in weights.values()):
        raise DataError(BAD)
    return weights


def _render_form(weights: Weights, language: Language) -> str:
    legend, boxes = escape(language.gettext("Weights of the questions")), []
    for criterion, weight in weights.items():
        label = escape(begun(language.tell(CRITERIA[criterion])))
        boxes.append(
            f'<label>{label}<input type="number" name="{criterion}" value="{weight:g}" min="0" max="{MOST:g}" '
            'step="any" inputmode="decimal"></label>'
        )
    return f'<form class="vs-asked vs-weights"><fieldset><legend>{legend}</legend>{"".join(boxes)}</fieldset></form>'


def _add_facts(grid: Grid, standings: Standings, names: Sequence[str], language: Language) -> Grid:
    """Return the table with each generator's seconds an image and licence, where any is known."""
    seconds = [figure(standings.seconds[name]) if name in standings.seconds else DASH for name in names]
    licences = [standings.licences.get(name) or DASH for name in names]
    added = {
        begun(metric_name(FigureName(Seconds.name), language)): seconds,
        language.gettext("Licence"): licences,
    }
    for head, cells in added.items():
        if set(cells) <= {DASH}:
            continue
        figures = (*grid.figures, len(grid.head)) if cells is seconds else grid.figures
        rows = tuple((*row, cell) for row, cell in zip(grid.rows, cells, strict=True))
        grid = replace(grid, head=(*grid.head, head), rows=rows, figures=figures)
    return grid


def render_overall(standings: Standings, weights: Weights, language: Language) -> str:
    """Return the view's HTML; where these weights give no order, it says why."""
    if not standings.votes:
        empty = language.gettext("There are no votes yet: give the first one in the tab Battle.")
        return paragraph(empty, "empty")
    if not any(standings.ratings.values()):
        few = language.ngettext(
            "No question can be rated yet, after {votes:,} vote: the view Votes says what became of it.",
            "No question can be rated yet, after {votes:,} votes: the view Votes says what became of them.",
            standings.votes,
            votes=standings.votes,
        )
        return paragraph(few, "empty")
    form = _render_form(weights, language)
    try:
        rows = combine_ratings(standings.ratings, weights)
    except DataError as error:
        return form + paragraph(language.tell(error.sentence), "empty")
    title = language.gettext("All questions together")
    grid = list_ratings(title, rows, "", language)
    drawn = ratings_table(_add_facts(grid, standings, [row.generator for row in rows], language), rows, language)
    return form + titled_part(title, [drawn, paragraph(language.tell(EXPLAINED), "asked")], [FILE], language)


def make_overall_csv(standings: Standings, weights: Weights) -> str:
    """Return the same as CSV.

    Raises: DataError where these weights give no order.
    """
    head = (*COLUMNS, *(f"weight_{one}" for one in weights))
    rows = combine_ratings(standings.ratings, weights)
    return csv_of(
        head,
        (
            (r.rank, r.generator, r.rating, r.low, r.high, r.win_rate, r.battles,
             standings.seconds.get(r.generator), standings.licences.get(r.generator), *weights.values())
            for r in rows
        ),
    )  # fmt: skip
