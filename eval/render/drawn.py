"""Figures with intervals as marks in a table's cells, in SVG without a script: the page's style gives the colours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from hub.language.catalogue import Language, printable

EDGE = 4  # per cent of a cell that no mark stands in


@dataclass(frozen=True)
class Interval:
    """One figure with its interval, and how all three are written. ``mark``: a value to compare it with, as chance."""

    value: float
    low: float
    high: float
    said: str
    mark: float | None = None


@dataclass(frozen=True)
class Column:
    """A column of drawings, ``at`` this place of a table: its head, which says the ends of the axis, and its cells."""

    at: int
    head: str
    cells: tuple[str, ...]


def interval_of(
    name: str, figures: tuple[float, float, float], write: Callable[[float], str], language: Language
) -> Interval:
    """The value, low and high of what is called so, as ``write`` writes each."""
    value, low, high = (write(one) for one in figures)
    said = language.gettext("{name}: {value} ({low} to {high})", name=name, value=value, low=low, high=high)
    return Interval(*figures, said)


def ends(points: Sequence[Interval]) -> tuple[float, float]:
    """Where an axis that holds all intervals begins and ends."""
    low, high = min(point.low for point in points), max(point.high for point in points)
    return (low, high) if low < high else (low - abs(low) / 2 - 0.5, high + abs(high) / 2 + 0.5)


def cell(point: Interval, axis: tuple[float, float]) -> str:
    """One figure and its interval on an axis from the left edge of a cell to its right edge."""
    low, high = axis

    def at(value: float) -> str:
        return f"{EDGE + (100 - 2 * EDGE) * (min(max(value, low), high) - low) / (high - low):.2f}%"

    line = f'<line x1="{at(point.low)}" x2="{at(point.high)}" y1="50%" y2="50%"/>'
    mark = (
        ""
        if point.mark is None
        else f'<line class="mark" x1="{at(point.mark)}" x2="{at(point.mark)}" y1="0" y2="100%"/>'
    )
    dot, said = f'<circle cx="{at(point.value)}" cy="50%" r="4.5"/>', escape(printable(point.said))
    return f'<svg class="dots" role="img" aria-label="{said}"><title>{said}</title>{mark}{line}{dot}</svg>'


def column(
    at: int, points: Sequence[Interval], spec: str, language: Language, axis: tuple[float, float] | None = None
) -> Column:
    """A column of figures on one axis, whose ends are written by ``spec``."""
    low, high = axis or ends(points)
    head = language.gettext("{low} to {high}", low=format(low, spec), high=format(high, spec))
    return Column(at, head, tuple(cell(point, (low, high)) for point in points))
