"""Cost, quality and variety together: a table, sentences and a plot of each front."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from eval.join.fronts import WORDS, Front, Point
from eval.metrics import Measured
from eval.render import Grid, figure, listed, printable
from eval.render.plots import _label, _laid_out
from eval.render.said import said

SCALE = [[0, "#d9822b"], [0.5, "#a56aa6"], [1, "#2f81c4"]]  # of variety; each can be seen on white and on black
LINE = "#8b949e"
ALONE = "There is one generator, so there is nothing to compare it with: measure another."
NOBODY = "No generator has figures of cost, quality and variety: nothing to compare."
EXPLAINED = (
    "A generator is beaten by one that is better in one figure and worse in none. Unbeaten in draws: how often no "
    "other one beats it on all three, in draws from the intervals of the figures."
)


def pareto_title(front: Front) -> str:
    """What a front's part of the report is called."""
    return said("Cost, quality and variety ({space})", space=front.space)


def _said(one: Measured) -> str:
    return f"{figure(one.value)} ({figure(one.low)} to {figure(one.high)})"


def _row(point: Point) -> tuple[str, ...]:
    unbeaten = "; ".join("all three" if words == WORDS else listed(words) for words in point.unbeaten) or "-"
    beaten = ", ".join(map(printable, point.beaten_by)) or "-"
    return (printable(point.generator), beaten, f"{point.chance:.0%}", *map(_said, point.figures), unbeaten)


def pareto_grid(front: Front) -> Grid:
    """Which generators no other one beats, on which figures."""
    head = ("Generator", "Beaten on all three by", "Unbeaten in draws", *front.metrics, "No other beats it on")
    rows = tuple(map(_row, front.points)) if len(front.points) > 1 else ()
    return Grid(pareto_title(front), head, rows, ALONE if front.points else NOBODY)


def pareto_notes(front: Front) -> list[str]:
    """What to know of a front."""
    told = [EXPLAINED] if len(front.points) > 1 else []
    return told + [
        said("{title}: {generator} is left out, it has no {metric}.",
             title=pareto_title(front), generator=printable(name), metric=metric)
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


def _marks(front: Front) -> go.Scatter:
    """A marker a generator: variety is its colour, a diamond stands on the front."""
    points = front.points
    cost, quality, variety = ([point.figures[k] for point in points] for k in range(3))
    hover = ["<br>".join([_label(p.generator), *(f"{one.metric}: {_said(one)}" for one in p.figures)]) for p in points]
    marker = {
        "size": [18 if point.on_front else 13 for point in points],
        "symbol": ["diamond" if point.on_front else "circle" for point in points],
        "color": [one.value for one in variety],
        "opacity": 1,
        "colorscale": SCALE,
        "line": {"width": 1.5, "color": LINE},
        "colorbar": {"title": {"text": front.metrics[2].partition(" (")[0]}, "thickness": 14},
    }
    drawn = go.Scatter(x=[one.value for one in cost], y=[one.value for one in quality], mode="markers+text")
    drawn.update(error_x=_error(cost), error_y=_error(quality), marker=marker, showlegend=False)
    middle = sum(_ends(points)) / 2
    places = ["top right" if math.log10(one.value) < middle else "top left" for one in cost]
    labels = [_label(point.generator) for point in points]
    return drawn.update(text=labels, textposition=places, hovertext=hover, hoverinfo="text", cliponaxis=False)


def _line(front: Front) -> go.Scatter:
    """The front of cost and quality, from the cheapest to the best."""
    on = [point for point in front.points if ("cost", "quality") in point.unbeaten]
    x, y = ([point.figures[k].value for point in on] for k in (0, 1))
    line = {"dash": "dot", "width": 2, "color": LINE, "shape": "hv"}
    return go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", name="front of cost and quality")


def pareto_plot(front: Front) -> go.Figure | None:
    """Cost on a logarithmic axis against quality; None where there is nothing to compare, or a cost of 0."""
    if len(front.points) < 2 or any(point.figures[0].value <= 0 for point in front.points):
        return None
    drawn = go.Figure([_line(front), _marks(front)])
    drawn.add_scatter(x=[None], y=[None], mode="markers", name="no other one beats it on all three",
                      marker={"symbol": "diamond", "size": 13, "color": SCALE[1][1]})  # fmt: skip
    drawn.add_scatter(x=[None], y=[None], mode="markers", name="beaten",
                      marker={"symbol": "circle", "size": 11, "color": SCALE[1][1]})  # fmt: skip
    drawn.update_xaxes(type="log", title=said("{metric} (logarithmic)", metric=front.metrics[0]))
    drawn.update_xaxes(range=_ends(front.points), dtick=1, tickformat="~g")
    drawn.update_yaxes(title=said("{metric} (lower is better)", metric=front.metrics[1]))
    _laid_out(drawn, 460)
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    return drawn.update_layout(legend=legend, margin={"t": 40, "r": 60})
