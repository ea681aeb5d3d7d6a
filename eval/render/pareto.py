"""Cost, quality and variety together: a table, sentences and a plot of each front."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from eval.join.fronts import WORDS, Front, Point
from eval.metrics import Measured
from eval.render import Grid, begun, figure, printable
from eval.render.language import Language
from eval.render.names import metric_name, word
from eval.render.plots import label, laid_out
from hub.sentences import Sentence

SCALE = [[0, "#d9822b"], [0.5, "#a56aa6"], [1, "#2f81c4"]]  # of variety; each can be seen on white and on black
LINE = "#8b949e"
WHOLE = 2.5  # powers of ten on an axis that has room for no ticks between them
COST = Sentence("Cost, quality and variety")
ALONE = Sentence("There is one generator, so there is nothing to compare it with: measure another.")
NOBODY = Sentence("No generator has figures of cost, quality and variety: nothing to compare.")
EXPLAINED = Sentence(
    "A generator is beaten by one that is better in one figure and worse in none. Unbeaten in draws: how often no "
    "other one beats it on all three, in draws from the intervals of the figures."
)


def pareto_title(front: Front, language: Language) -> str:
    """What a front's part of the report is called."""
    return language.gettext("Cost, quality and variety ({space})", space=word(front.space, language))


def _said(one: Measured, language: Language) -> str:
    figures = {"value": figure(one.value), "low": figure(one.low), "high": figure(one.high)}
    return language.gettext("{value} ({low} to {high})", **figures)


def _set(words: tuple[str, ...], language: Language) -> str:
    """Names of figures, two or all three."""
    if words == WORDS:
        return language.gettext("all three")
    one, other = words
    return language.pgettext("a pair", "{one} and {other}", one=one, other=other)


def _unbeaten(point: Point, language: Language) -> str:
    sets = [_set(words, language) for words in point.unbeaten]
    return language.pgettext("between items", "; ").join(sets) or "-"


def _row(point: Point, language: Language) -> tuple[str, ...]:
    beaten = language.pgettext("between names", ", ").join(map(printable, point.beaten_by)) or "-"
    figures = (_said(one, language) for one in point.figures)
    return (printable(point.generator), beaten, f"{point.chance:.0%}", *figures, _unbeaten(point, language))


def pareto_grid(front: Front, language: Language) -> Grid:
    """Which generators no other one beats, on which figures."""
    head = (
        language.gettext("Generator"),
        language.gettext("Beaten on all three by"),
        language.gettext("Unbeaten in draws"),
        *(metric_name(name, language) for name in front.metrics),
        language.gettext("No other beats it on"),
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


def _ends(points: Sequence[Point]) -> tuple[float, float]:
    """Where the axis of cost begins and ends, in powers of ten; an interval down to 0 runs off it."""
    costs = [point.figures[0] for point in points]
    first = min(one.low if one.low > 0 else one.value / 3 for one in costs)
    return math.log10(first) - 0.2, math.log10(max(one.high for one in costs)) + 0.2


def _error(ends: list[Measured]) -> dict[str, object]:
    above, below = [one.high - one.value for one in ends], [one.value - one.low for one in ends]
    bar = {"type": "data", "symmetric": False, "thickness": 1.5, "width": 4, "color": LINE}
    return bar | {"array": above, "arrayminus": below}


def _hover(point: Point, language: Language) -> str:
    """A generator's name and figures."""
    lines = [
        language.gettext("{title}: {said}", title=metric_name(one.metric, language), said=_said(one, language))
        for one in point.figures
    ]
    return label(point.generator, *lines)


def _marks(front: Front, language: Language) -> go.Scatter:
    """A marker a generator: variety is its colour, a diamond stands on the front."""
    points = front.points
    cost, quality, variety = ([point.figures[k] for point in points] for k in range(3))
    marker = {
        "size": [18 if point.on_front else 13 for point in points],
        "symbol": ["diamond" if point.on_front else "circle" for point in points],
        "color": [one.value for one in variety],
        "opacity": 1,
        "colorscale": SCALE,
        "line": {"width": 1.5, "color": LINE},
        "colorbar": {"title": {"text": metric_name(front.metrics[2].partition(" (")[0], language)}, "thickness": 14},
    }
    drawn = go.Scatter(x=[one.value for one in cost], y=[one.value for one in quality], mode="markers+text")
    drawn.update(error_x=_error(cost), error_y=_error(quality), marker=marker, showlegend=False)
    middle = sum(_ends(points)) / 2
    places = ["top right" if math.log10(one.value) < middle else "top left" for one in cost]
    labels, hover = [label(point.generator) for point in points], [_hover(point, language) for point in points]
    return drawn.update(text=labels, textposition=places, hovertext=hover, hoverinfo="text", cliponaxis=False)


def _line(front: Front, language: Language) -> go.Scatter:
    """The front of cost and quality, from the cheapest to the best."""
    on = [point for point in front.points if ("cost", "quality") in point.unbeaten]
    x, y = ([point.figures[k].value for point in on] for k in (0, 1))
    line = {"dash": "dot", "width": 2, "color": LINE, "shape": "hv"}
    name = language.gettext("front of cost and quality")
    return go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", name=name)


def pareto_plot(front: Front, language: Language) -> go.Figure | None:
    """Cost on a logarithmic axis against quality; None where there is nothing to compare, or a cost of 0."""
    if len(front.points) < 2 or any(point.figures[0].value <= 0 for point in front.points):
        return None
    drawn = go.Figure([_line(front, language), _marks(front, language)])
    legends = (
        ("diamond", 13, language.gettext("no other one beats it on all three")),
        ("circle", 11, language.gettext("beaten")),
    )
    for symbol, size, name in legends:
        marker = {"symbol": symbol, "size": size, "color": SCALE[1][1]}
        drawn.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=marker)
    cost, quality, _ = (begun(metric_name(name, language)) for name in front.metrics)
    drawn.update_xaxes(type="log", title=language.gettext("{metric} (logarithmic)", metric=cost))
    first, last = _ends(front.points)
    drawn.update_xaxes(range=(first, last), dtick=1 if last - first > WHOLE else "D2", tickformat="~g")
    drawn.update_yaxes(title=language.gettext("{metric} (lower is better)", metric=quality), title_standoff=16)
    laid_out(drawn, 460)
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    return drawn.update_layout(legend=legend, margin={"t": 40, "r": 60})
