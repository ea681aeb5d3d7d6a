"""How many votes came on each day: a plot as SVG, and a table as CSV."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import escape

from eval.render.csv import csv_of
from hub.language.catalogue import Language

WIDE, HIGH, FOOT, LEFT = 640, 120, 26, 44  # pixels: of the plot, of its bars, below them, and beside them
SECONDS = 86_400
MOST = 120  # bars: of a longer time each is of several days


def tell_day(day: int) -> str:
    """A day since 1970 as it is written everywhere."""
    return datetime.fromtimestamp(day * SECONDS, UTC).date().isoformat()


def _list_bars(days: Mapping[int, int]) -> Iterator[tuple[int, int, int]]:
    """The first and the last day of each bar, and its votes; days without any are bars of none."""
    first, last = min(days), max(days)
    step = -(-(last - first + 1) // MOST)
    for start in range(first, last + 1, step):
        end = min(start + step - 1, last)
        yield start, end, sum(days.get(day, 0) for day in range(start, end + 1))


def draw_days(days: Mapping[int, int], language: Language) -> str:
    """The votes of each day as bars, in a figure; empty without any."""
    if not days:
        return ""
    bars = list(_list_bars(days))
    most, width = max(votes for _, _, votes in bars), (WIDE - LEFT) / max(len(bars), 7)
    drawn = []
    for number, (start, end, votes) in enumerate(bars):
        when = tell_day(start)
        if end > start:
            when = language.gettext("{low} to {high}", low=when, high=tell_day(end))
        said = escape(language.ngettext("{when}: {n:,} vote", "{when}: {n:,} votes", votes, when=when))
        high = HIGH * votes / most
        drawn.append(
            f'<g><title>{said}</title><rect x="{LEFT + width * number + 0.5:.1f}" y="{4 + HIGH - high:.1f}" '
            f'width="{max(width - 1, 0.5):.1f}" height="{high:.1f}"/></g>'
        )
    foot = 4 + HIGH
    drawn.append(f'<path class="axis" d="M{LEFT} 4V{foot}H{WIDE}"/>')
    drawn.append(
        f'<text class="end" x="{LEFT - 6}" y="16">{most:,}</text><text class="end" x="{LEFT - 6}" y="{foot}">0</text>'
    )
    drawn.append(f'<text x="{LEFT}" y="{foot + 20}">{tell_day(bars[0][0])}</text>')
    each = bars[0][1] - bars[0][0] + 1
    if each > 1:
        told = escape(language.gettext("each bar is {days} days", days=each))
        drawn.append(f'<text class="middle" x="{(LEFT + WIDE) / 2:.0f}" y="{foot + 20}">{told}</text>')
    if len(bars) > 1:
        drawn.append(f'<text class="end" x="{WIDE}" y="{foot + 20}">{tell_day(bars[-1][1])}</text>')
    label = escape(language.gettext("Votes a day; the file has the same figures"))
    size = f'viewBox="0 0 {WIDE} {foot + FOOT}"'
    return f'<figure><svg class="front days" {size} role="img" aria-label="{label}">{"".join(drawn)}</svg></figure>'


def make_days_csv(days: Mapping[int, int]) -> str:
    """The votes of each day that had any, as CSV."""
    return csv_of(("day", "votes"), ((tell_day(day), days[day]) for day in sorted(days)))
