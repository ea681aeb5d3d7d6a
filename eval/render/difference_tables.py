"""Differences of given pictures' figures in the report, paired by prompt: tables, sentences, records for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from eval.measure import Table
from eval.metrics import METRICS
from eval.paired_differences import MOST_COMPARED, PairedDifference, choose_shown
from eval.render import Grid, figure
from eval.render.csv_row import Figure
from eval.render.drawn import Column, column, interval_of
from eval.render.names import generator, interval, word
from eval.rounding import rounded
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

DIFFERENCES = Sentence("Differences between given pictures, paired by prompt")
PAIRED = Sentence(
    "A difference is the figure of the first generator less that of the second, on the prompts that all have pictures "
    "of. What a prompt does to both falls away: so its interval is narrower than those of the two figures suggest. "
    "The better one is named where the interval holds no 0."
)
SOME = Sentence("Of more than {most} generators each is compared with the first; the JSON has all pairs.",
                most=MOST_COMPARED)  # fmt: skip


def split_by_space(table: Table | None) -> dict[str, list[PairedDifference]]:
    """The differences that are shown in each space."""
    found: dict[str, list[PairedDifference]] = {}
    for one in choose_shown(table.differences) if table else ():
        found.setdefault(one.space, []).append(one)
    return found


def _name_pair(one: PairedDifference, language: Language) -> str:
    return f"{generator(one.generator, language)} - {generator(one.other, language)}"


def _sign(value: float) -> str:
    return f"+{figure(value)}" if value > 0 else figure(value)


def _cells(one: PairedDifference, language: Language) -> tuple[str, ...]:
    between = interval(_sign(one.low), _sign(one.high), language)
    better = generator(one.better, language) if one.better else "-"
    return (word(one.metric, language), _name_pair(one, language), _sign(one.value), between, f"{one.n:,}", better)


def difference_grid(space: str, found: Sequence[PairedDifference], language: Language) -> Grid:
    """The differences in one space."""
    title, head = language.tell(DIFFERENCES), (
        language.gettext("Metric"),
        language.gettext("Generators"),
        language.gettext("Difference"),
        language.gettext("95 % interval"),
        language.gettext("Prompts"),
        language.gettext("Better"),
    )  # fmt: skip
    named = language.gettext("{table} ({names})", table=title, names=[word(space, language)])
    return Grid(named, head, tuple(_cells(one, language) for one in found), "", (2, 3, 4))


def difference_column(found: Sequence[PairedDifference], language: Language) -> Column:
    """The intervals drawn beside 0, each on an axis of its own metric, so that units are not mixed."""
    cells = list[str]()
    for one in found:
        end = max(abs(one.low), abs(one.high)) or 1.0
        name = f"{word(one.metric, language)}, {_name_pair(one, language)}"
        point = replace(interval_of(name, (one.value, one.low, one.high), _sign, language), mark=0)
        cells += column(3, [point], ".3g", language, (-end, end)).cells
    return Column(3, language.gettext("beside 0"), tuple(cells))


def difference_notes(table: Table | None, language: Language) -> list[str]:
    """What the differences are."""
    if not table or not table.differences:
        return []
    return [language.tell(PAIRED), *([language.tell(SOME)] if len(choose_shown(table.differences))
            < len(table.differences) else [])]  # fmt: skip


def difference_grids(table: Table | None, language: Language) -> list[Grid]:
    """The table of each space."""
    return [difference_grid(space, those, language) for space, those in split_by_space(table).items()]


def difference_records(table: Table) -> list[dict[str, Any]]:
    """All differences as JSON."""
    return [
        {key: rounded(value) if isinstance(value, float) else value for key, value in vars(one).items()}
        | {"metric": str(one.name)}
        for one in table.differences
    ]


def difference_figures(table: Table) -> Iterator[Figure]:
    """All differences as rows of the CSV report."""
    for one in table.differences:
        better = f"better: {one.better}, {METRICS[one.metric].better} is better" if one.better else ""
        yield Figure(generator=one.generator, opponent=one.other, encoder=one.encoder, space=one.space).of(
            "differences", str(one.name), one.value, low=one.low, high=one.high, n=one.n, note=better
        )
