"""A plot of cost, on a logarithmic axis, against another figure, as SVG without a script; a style colours it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations

from eval.render import figure

WIDE, HIGH, LEFT, UNDER, ABOVE, LINE = 640, 300, 76, 52, 24, 17  # of the plot, its margins, a line of letters; pixels
LETTER, MARK = 7.5, 9  # pixels of one, about, and half of a mark with its edge
Place = tuple[float, float]


@dataclass(frozen=True)
class CostMark:
    """A named mark: what it costs, how high it stands, whether it is on the front, and all of it in words."""

    name: str
    said: str
    cost: float
    height: float
    on_front: bool


@dataclass(frozen=True)
class CostPlotWords:
    """What stands below the axis of cost and beside the other one, and what a screen reader says of the plot."""

    below: str
    beside: str
    said: str


def draw_cost_plot(marks: Sequence[CostMark], words: CostPlotWords, key: str) -> str:
    """The plot as SVG in a figure; empty where there is nothing to compare, or a cost of 0."""
    if len(marks) < 2 or any(mark.cost <= 0 for mark in marks):
        return ""
    across, up = _axis([mark.cost for mark in marks], True), _axis([mark.height for mark in marks], False)
    places = []
    for mark in marks:
        share = (math.log10(mark.cost) - across[0]) / (across[1] - across[0])
        height = (mark.height - up[0]) / (up[1] - up[0])
        places.append((LEFT + share * (WIDE - LEFT), ABOVE + (1 - height) * (HIGH - UNDER - ABOVE)))
    labels = place_labels(places, [mark.name for mark in marks])
    drawn = "".join(_mark(*each) for each in zip(marks, places, labels, strict=True))
    return (
        f'<figure id="{key}"><svg class="front" viewBox="0 0 {WIDE} {HIGH}" role="img" '
        f'aria-label="{escape(words.said)}">{_frame(words, across, up)}{drawn}</svg></figure>'
    )


def _spread(places: Sequence[Place]) -> list[Place]:
    """Where the names of marks that stand together are written: right of all of them, in their order, a line apart."""
    x, foot = max(x for x, _ in places) + MARK + 4, HIGH - UNDER - LINE / 2
    order, tops = sorted(range(len(places)), key=lambda i: places[i][1]), [0.0] * len(places)
    last = -math.inf
    for i in order:
        last = tops[i] = max(places[i][1], last + LINE)
    moved = sum(top - y for top, (_, y) in zip(tops, places, strict=True)) / len(places)
    first = tops[order[0]]
    up = max(min(moved, first - ABOVE - LINE / 2), last - foot)
    return [(x, top - up) for top in tops]


def _box(places: Sequence[Place], names: Sequence[str], those: Sequence[int]) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of marks and their names."""
    marks = [places[i] for i in those]
    spread = _spread(marks)
    right = spread[0][0] + LETTER * max(len(names[i]) for i in those)
    tops = [y - MARK for _, y in marks] + [y - LINE / 2 for _, y in spread]
    bottoms = [y + MARK for _, y in marks] + [y + LINE / 2 for _, y in spread]
    return min(x for x, _ in marks) - MARK, right, min(tops), max(bottoms)


def _apart(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]


def place_labels(places: Sequence[Place], names: Sequence[str]) -> list[Place]:
    """Where names begin, so that none lies over another or over a mark: those that would are written together."""
    groups = [[i] for i in range(len(names))]
    boxes = [_box(places, names, group) for group in groups]
    while touching := next(
        (p for p in combinations(range(len(groups)), 2) if not _apart(*(boxes[k] for k in p))), None
    ):
        first, second = touching
        groups[first] += groups.pop(second)
        boxes.pop(second)
        boxes[first] = _box(places, names, groups[first])
    written = {i: at for group in groups for i, at in zip(group, _spread([places[i] for i in group]), strict=True)}
    return [written[i] for i in range(len(names))]


def _axis(values: Sequence[float], log: bool) -> tuple[float, float]:
    """Where an axis begins and ends: beyond the figures by a tenth, and by as much room as names need."""
    first, last = (math.log10(min(values)), math.log10(max(values))) if log else (min(values), max(values))
    room = (last - first) / 10 or abs(last) / 10 or 1
    return first - room, last + room * (4 if log else 1)


def _mark(mark: CostMark, at: Place, label: Place) -> str:
    (x, y), (begins, top) = at, label
    kind = "on" if mark.on_front else "off"
    far = abs(top - y) > 1 or begins > x + MARK + 5
    leader = f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{begins - 3:.1f}" y2="{top:.1f}"/>' if far else ""
    name = f'<text x="{begins:.1f}" y="{top + 4.5:.1f}">{escape(mark.name)}</text>'
    title = f"<title>{escape(mark.said)}</title>"
    return f'<g class="{kind}">{title}{leader}<circle cx="{x:.1f}" cy="{y:.1f}" r="7"/>{name}</g>'


def _frame(words: CostPlotWords, across: tuple[float, float], up: tuple[float, float]) -> str:
    """The axes with their titles, and the figures at their ends."""
    foot = HIGH - UNDER
    return (
        f'<path class="axis" d="M{LEFT} {ABOVE}V{foot}H{WIDE}"/>'
        f'<text x="{LEFT}" y="{foot + 18}">{figure(10 ** across[0])}</text>'
        f'<text class="end" x="{WIDE}" y="{foot + 18}">{figure(10 ** across[1])}</text>'
        f'<text class="middle" x="{(LEFT + WIDE) / 2}" y="{foot + 40}">{escape(words.below)}</text>'
        f'<text class="end" x="{LEFT - 6}" y="{foot}">{figure(up[0])}</text>'
        f'<text class="end" x="{LEFT - 6}" y="{ABOVE + 12}">{figure(up[1])}</text>'
        f'<text x="0" y="12">{escape(words.beside)}</text>'
    )
