"""Metrics and cost beside the votes: a table, and each question's ratings against seconds an image."""

from collections.abc import Mapping, Sequence

from eval.agreement import PAIRS
from eval.agreement.rating_fronts import RatedCost, find_rating_front
from eval.encoders import ENCODERS
from eval.measure import REAL, Table
from eval.metrics import FigureName, Measured
from eval.metrics.entries.cost import Computing, Seconds
from eval.render import Grid, begun, figure
from eval.render.cost_plot import CostMark, CostPlotWords, draw_cost_plot
from eval.render.grids import heading
from eval.render.html_frame import folded, paragraph, scrolled, table
from eval.render.leaderboard_views import View, titled_part
from eval.render.metric_tables import kinds, metrics_grid
from eval.render.names import generator, interval, metric_name
from eval.summary import CAVEAT, Question
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.schema import Criterion

DASH = "-"
FRONT = Sentence(
    "Filled: no other generator is both as quick and rated as high, one of the two better. Seconds are of the entries "
    "that came with this arena, measured by themselves."
)


def list_shown(figures: Table) -> list[FigureName]:
    """Return the metrics that stand beside the votes: what claims to answer each question, and the cost.

    Of a metric of several spaces the one that was part of no training's loss, or else the first.
    """
    there = sorted({row.measured.name for row in figures.rows}, key=lambda name: name.order)
    wanted = [*(PAIRS[criterion][-1] for criterion in Criterion), Seconds.name, Computing.name]
    found = []
    for metric in wanted:
        spaces = [name for name in there if name.metric == metric]
        witness = [name for name in spaces if name.space == ENCODERS["witness"].title]
        found += (witness or spaces)[:1]
    return found


def beside_grid(questions: Sequence[Question], figures: Table, language: Language) -> Grid:
    """A row a generator: its rating by each question, and its figures."""
    measured: dict[str, dict[FigureName, Measured]] = {}
    for row in figures.rows:
        measured.setdefault(row.generator, {})[row.measured.name] = row.measured
    rated = [{row.generator: row for row in question.ratings} for question in questions]
    names = sorted({name for by_name in rated for name in by_name} | set(measured) - {REAL})
    shown = list_shown(figures)

    def cells(name: str) -> list[str]:
        ratings = (by_name.get(name) for by_name in rated)
        told = [
            f"{one.rating:.0f} ({interval(f'{one.low:.0f}', f'{one.high:.0f}', language)})" if one else DASH
            for one in ratings
        ]
        found = (measured.get(name, {}).get(of) for of in shown)
        return [*told, *(figure(one.value) if one else DASH for one in found)]

    head = (
        language.gettext("Generator"),
        *(heading(question, language) for question in questions),
        *(begun(metric_name(name, language)) for name in shown),
    )
    rows = tuple((language.title(name), *cells(name)) for name in names)
    last = ((generator(REAL, language), *cells(REAL)),) if REAL in measured else ()
    empty = language.gettext("No generator has votes or figures yet.")
    title = language.gettext("Metrics and cost beside the votes")
    return Grid(title, head, (*rows, *last), empty, tuple(range(1, len(head))))


def _describe_mark(one: RatedCost, language: Language) -> str:
    return language.gettext(
        "{generator}: {rating:.0f} ({low:.0f} to {high:.0f}), {seconds:.3g} s an image",
        generator=one.generator, rating=one.rating.rating, low=one.rating.low, high=one.rating.high,
        seconds=one.seconds.value,
    )  # fmt: skip


def draw_pareto(question: Question, figures: Table, key: str, language: Language) -> str:
    """A question's ratings against seconds an image, as SVG in a figure; empty where fewer than two have both."""
    front, name = find_rating_front(question.ratings, figures), heading(question, language)
    marks = [
        CostMark(language.title(one.generator), _describe_mark(one, language), one.seconds.value, one.rating.rating,
                 one.on_front)
        for one in front
    ]  # fmt: skip
    cost = begun(metric_name(FigureName(Seconds.name), language))
    words = CostPlotWords(
        language.gettext("{metric} (logarithmic)", metric=cost),
        language.gettext("Rating by votes on {question} (higher is better)", question=name),
        language.gettext("{question} against seconds an image; the file has the same figures", question=name),
    )
    return draw_cost_plot(marks, words, f"board-pareto-{key}")


def cost_view(questions: Mapping[str, Question], figures: Table, language: Language) -> View:
    """Metrics and cost beside the votes, and each question's ratings against seconds an image."""
    beside = beside_grid(list(questions.values()), figures, language)
    whole = [table(metrics_grid(kinds(figures), language)), paragraph(language.tell(CAVEAT), "asked")]
    every = language.gettext("All figures with their intervals")
    folds = folded(every, [titled_part(every, whole, ["metrics.csv"], language)])
    parts = [titled_part(beside.title, [table(beside), folds], ["beside.csv"], language)]
    for key, question in questions.items():
        plot = draw_pareto(question, figures, key, language)
        title = language.gettext("{question} against seconds an image", question=heading(question, language))
        drawn = [scrolled(plot, title), paragraph(language.tell(FRONT), "asked")] if plot else []
        parts.append(titled_part(title, drawn, [f"{key}-pareto.svg", f"{key}-pareto.csv"], language))
    return View("cost", language.gettext("Metrics and cost"), "".join(parts))
