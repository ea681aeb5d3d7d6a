"""Cost, quality and variety together: a table, sentences and a plot of each front."""

import math
from collections.abc import Sequence
from html import escape
from itertools import combinations

from eval.agreement.fronts import ASPECTS, Aspect, Front, Point
from eval.metrics import Measured
from eval.render import Grid, begun, figure
from eval.render.names import ASPECT_NAMES, metric_name, word
from hub.language.catalogue import Language, printable
from hub.language.sentence import Sentence

WIDE, HIGH, LEFT, UNDER, ABOVE, LINE = 640, 300, 76, 52, 24, 17  # of the plot, its margins, a line of letters; pixels
LETTER, MARK = 7.5, 9  # pixels of one, about, and half of a mark with its edge
Place = tuple[float, float]
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
    beaten = language.pgettext("between names", ", ").join(map(printable, point.beaten_by)) or "-"
    figures = (_said(one, language) for one in point.figures)
    return (printable(point.generator), beaten, f"{point.chance:.0%}", *figures, _unbeaten(point, language))


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


def _labels(places: Sequence[Place], names: Sequence[str]) -> list[Place]:
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


def _axis(points: Sequence[Point], k: int, log: bool) -> tuple[float, float]:
    """Where an axis begins and ends: beyond the figures by a tenth, and by as much room as names need."""
    values = [point.figures[k].value for point in points]
    first, last = (math.log10(min(values)), math.log10(max(values))) if log else (min(values), max(values))
    room = (last - first) / 10 or abs(last) / 10 or 1
    return first - room, last + room * (4 if log else 1)


def _mark(point: Point, at: Place, label: Place, language: Language) -> str:
    (x, y), (begins, top) = at, label
    lines = [f"{metric_name(one.name, language)}: {_said(one, language)}" for one in point.figures]
    said = escape("; ".join((printable(point.generator), *lines)))
    kind = "on" if point.on_front else "off"
    far = abs(top - y) > 1 or begins > x + MARK + 5
    leader = f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{begins - 3:.1f}" y2="{top:.1f}"/>' if far else ""
    name = f'<text x="{begins:.1f}" y="{top + 4.5:.1f}">{escape(printable(point.generator))}</text>'
    return f'<g class="{kind}"><title>{said}</title>{leader}<circle cx="{x:.1f}" cy="{y:.1f}" r="7"/>{name}</g>'


def pareto_plot(front: Front, key: str, language: Language) -> str:
    """Cost, on a logarithmic axis, against quality, as SVG; empty where there is nothing to compare, or a cost of 0."""
    points = front.points
    if len(points) < 2 or any(point.figures[0].value <= 0 for point in points):
        return ""
    across, up = _axis(points, 0, True), _axis(points, 1, False)
    places = []
    for point in points:
        share = (math.log10(point.figures[0].value) - across[0]) / (across[1] - across[0])
        height = (point.figures[1].value - up[0]) / (up[1] - up[0])
        places.append((LEFT + share * (WIDE - LEFT), ABOVE + (1 - height) * (HIGH - UNDER - ABOVE)))
    labels = _labels(places, [printable(point.generator) for point in points])
    marks = "".join(_mark(*each, language) for each in zip(points, places, labels, strict=True))
    said = language.gettext("{title}; the table below says the same", title=pareto_title(front, language))
    return (
        f'<figure id="{key}"><svg class="front" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(said)}">'
        f"{_frame(front, across, up, language)}{marks}</svg></figure>"
    )


def _frame(front: Front, across: tuple[float, float], up: tuple[float, float], language: Language) -> str:
    """The axes with their titles, and the figures at their ends."""
    cost, quality, _ = (begun(metric_name(name, language)) for name in front.metrics)
    below = language.gettext("{metric} (logarithmic)", metric=cost)
    beside = language.gettext("{metric} (lower is better)", metric=quality)
    foot = HIGH - UNDER
    return (
        f'<path class="axis" d="M{LEFT} {ABOVE}V{foot}H{WIDE}"/>'
        f'<text x="{LEFT}" y="{foot + 18}">{figure(10 ** across[0])}</text>'
        f'<text class="end" x="{WIDE}" y="{foot + 18}">{figure(10 ** across[1])}</text>'
        f'<text class="middle" x="{(LEFT + WIDE) / 2}" y="{foot + 40}">{escape(below)}</text>'
        f'<text class="end" x="{LEFT - 6}" y="{foot}">{figure(up[0])}</text>'
        f'<text class="end" x="{LEFT - 6}" y="{ABOVE + 12}">{figure(up[1])}</text>'
        f'<text x="0" y="12">{escape(beside)}</text>'
    )
