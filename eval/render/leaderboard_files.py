"""The files that the leaderboard offers: what its tables and plots show, as CSV and SVG, in English."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from operator import attrgetter

from eval.agreement.rating_fronts import find_rating_front
from eval.measure import Table
from eval.render.csv import csv_of, list_metric_figures, list_question_figures, list_rater_figures, list_vote_figures
from eval.render.csv_row import Figure
from eval.render.leaderboard_costs import beside_grid, draw_pareto
from eval.render.plot_files import to_svg
from eval.render.votes_by_day import draw_days, make_days_csv
from eval.summary import Question, Summary
from hub.language.catalogue import ENGLISH

COLUMNS = [field.name for field in fields(Figure)]
PARTS = ("ratings", "wins", "categories", "rules")  # tables of the report's CSV


def _to_csv(rows: Iterator[Figure]) -> str:
    return csv_of(COLUMNS, (attrgetter(*COLUMNS)(row) for row in rows))


def _pareto_csv(question: Question, figures: Table) -> str:
    head = ("generator", "seconds", "seconds_low", "seconds_high", "rating", "low", "high", "on_front")
    return csv_of(
        head,
        (
            (one.generator, one.seconds.value, one.seconds.low, one.seconds.high, one.rating.rating, one.rating.low,
             one.rating.high, int(one.on_front))
            for one in find_rating_front(question.ratings, figures)
        ),
    )  # fmt: skip


def make_files(
    summary: Summary,
    questions: Mapping[str, Question],
    figures: Table,
    entries: Mapping[str, str],
    days: Mapping[int, int],
) -> dict[str, str]:
    """Return every file by its name: those of a question begin with its key in ``questions``; plots say titles."""
    found = {
        "votes.csv": _to_csv(list_vote_figures(summary)),
        "raters.csv": _to_csv(list_rater_figures(summary.raters)),
        "metrics.csv": _to_csv(list_metric_figures(figures)),
        "votes-by-day.csv": make_days_csv(days),
        "votes-by-day.svg": to_svg(draw_days(days, ENGLISH)),
    }
    beside = beside_grid(list(questions.values()), figures, ENGLISH)
    found["beside.csv"] = csv_of(beside.head, beside.rows)
    for key, question in questions.items():
        rows = list(list_question_figures(question))
        for part in PARTS:
            found[f"{key}-{part}.csv"] = _to_csv(row for row in rows if row.table == part)
        found[f"{key}-pareto.csv"] = _pareto_csv(question, figures)
        found[f"{key}-pareto.svg"] = to_svg(draw_pareto(question, figures, key, ENGLISH.with_titles(entries)))
    return found
