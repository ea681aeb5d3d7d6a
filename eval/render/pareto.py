"""Cost, quality and variety together: a table, sentences and a plot of each front."""

from eval.agreement.fronts import ASPECTS, Aspect, Front, Point
from eval.metrics import Measured
from eval.render import Grid, begun, figure
from eval.render.cost_plot import CostMark, CostPlotWords, draw_cost_plot
from eval.render.names import ASPECT_NAMES, metric_name, word
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

COST = Sentence("Cost, quality and variety")
ALONE = Sentence("There is one generator, so there is nothing to compare it with: measure another.")
NOBODY = Sentence("No generator has figures of cost, quality and variety: nothing to compare.")
EXPLAINED = Sentence(
    "A generator is beaten by one that is better in one of cost, quality and variety and worse in none. Chance to be "
    "unbeaten: how often none beats it when the figures are drawn anew from their intervals. Unbeaten on: the figures "
    "on which, taken together, none beats it."
)


def pareto_title(front: Front, language: Language) -> str:
    """What a front's part of the report is called."""
    return language.gettext("Cost, quality and variety ({space})", space=word(front.space, language))


def _said(one: Measured, language: Language) -> str:
    figures = {"value": figure(one.value), "low": figure(one.low), "high": figure(one.high)}
    return language.gettext("{value} ({low} to {high})", **figures)


def _set(aspects: tuple[Aspect, ...], language: Language) -> str:
    """Names of figures, two or all three."""
    if aspects == ASPECTS:
        return language.gettext("all three")
    one, other = (ASPECT_NAMES[aspect] for aspect in aspects)
    return language.pgettext("a pair", "{one} and {other}", one=one, other=other)


def _unbeaten(point: Point, language: Language) -> str:
    sets = [_set(aspects, language) for aspects in point.unbeaten]
    return language.pgettext("between items", "; ").join(sets) or "-"


def _row(point: Point, language: Language) -> tuple[str, ...]:
    beaten = language.pgettext("between names", ", ").join(map(language.title, point.beaten_by)) or "-"
    figures = (_said(one, language) for one in point.figures)
    return (language.title(point.generator), beaten, f"{point.chance:.0%}", *figures, _unbeaten(point, language))


def pareto_grid(front: Front, language: Language) -> Grid:
    """Which generators no other one beats, on which figures."""
    head = (
        language.gettext("Generator"),
        language.gettext("Beaten by"),
        language.gettext("Chance to be unbeaten"),
        *(metric_name(name, language) for name in front.metrics),
        language.gettext("Unbeaten on"),
    )
    rows = tuple(_row(point, language) for point in front.points) if len(front.points) > 1 else ()
    empty = language.tell(ALONE if front.points else NOBODY)
    return Grid(pareto_title(front, language), head, rows, empty, (2, 3, 4, 5))


def pareto_notes(front: Front, language: Language) -> list[str]:
    """What to know of a front."""
    told = [language.tell(EXPLAINED)] if len(front.points) > 1 else []
    told += [
        language.gettext("Level in cost, as far as can be told: {generators}.", generators=list(those))
        for those in front.level
    ]
    return told + [
        language.gettext(
            "{title}: {generator} is left out, it has no {metric}.",
            title=pareto_title(front, language), generator=name, metric=metric_name(metric, language),
        )
        for name, metric in front.left_out
    ]  # fmt: skip


def pareto_plot(front: Front, key: str, language: Language) -> str:
    """Cost, on a logarithmic axis, against quality, as SVG; empty where there is nothing to compare, or a cost of 0."""
    marks = [_mark(point, language) for point in front.points]
    cost, quality, _ = (begun(metric_name(name, language)) for name in front.metrics)
    below = language.gettext("{metric} (logarithmic)", metric=cost)
    beside = language.gettext("{metric} (lower is better)", metric=quality)
    said = language.gettext("{title}; the table below says the same", title=pareto_title(front, language))
    return draw_cost_plot(marks, CostPlotWords(below, beside, said), key)


def _mark(point: Point, language: Language) -> CostMark:
    lines = [f"{metric_name(one.name, language)}: {_said(one, language)}" for one in point.figures]
    cost, quality, _ = (one.value for one in point.figures)
    title = language.title(point.generator)
    return CostMark(title, "; ".join((title, *lines)), cost, quality, point.on_front)
