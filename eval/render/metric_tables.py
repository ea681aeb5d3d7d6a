"""Metrics in the report: those of one kind together, the kinds in the order of the questions, cost last."""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.agreement import KIN, PAIRS
from eval.measure import Missing, Row, Table
from eval.metrics import METRICS, FigureName, Takes
from eval.render import Grid, begun, figure
from eval.render.names import CRITERIA, generator, interval, metric_name, named
from eval.rounding import is_above
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

OTHERS, COST = Sentence("others"), Sentence("cost")


@dataclass(frozen=True)
class MetricGroup:
    """Rows of metrics that look at one thing; ``key`` is its place in links."""

    key: str
    title: Sentence
    rows: tuple[Row, ...]

    @property
    def metrics(self) -> list[FigureName]:
        """The metrics with their spaces, in their order."""
        return list(dict.fromkeys(row.measured.name for row in self.rows))


def _kind(metric: str) -> tuple[str, Sentence]:
    """What a metric looks at: what a question asks, cost, or something else. Raises UnknownName."""
    for criterion, title in CRITERIA.items():
        if metric in PAIRS[criterion] + KIN[criterion]:
            return criterion, title
    return ("cost", COST) if METRICS[metric].takes is Takes.cost else ("others", OTHERS)


def _place(name: FigureName) -> tuple[int, bool, tuple[str, bool, str]]:
    """Where among its kind: as the kind lists them; then first what is measured in several spaces."""
    listed = [one for criterion in CRITERIA for one in PAIRS[criterion] + KIN[criterion]]
    place = listed.index(name.metric) if name.metric in listed else len(listed)
    return place, METRICS[name.metric].takes is not Takes.images, name.order


def kinds(table: Table) -> list[MetricGroup]:
    """The figures of every kind that has some. Raises UnknownName."""
    order = [*CRITERIA.values(), OTHERS, COST]
    rows: dict[tuple[str, Sentence], list[Row]] = {}
    for row in sorted(table.rows, key=lambda row: _place(row.measured.name)):
        rows.setdefault(_kind(row.measured.metric), []).append(row)
    found = (MetricGroup(key, title, tuple(those)) for (key, title), those in rows.items())
    return sorted(found, key=lambda kind: order.index(kind.title))


def _row(row: Row, language: Language) -> tuple[str, ...]:
    m = row.measured
    between = interval(figure(m.low), figure(m.high), language) if is_above(m.high, m.low) else "-"
    name, of = metric_name(m.name, language), generator(row.generator, language)
    rests = ("-", "-") if METRICS[m.metric].takes is Takes.cost else (f"{m.n:,}", language.tell(m.encoder))
    return (name, of, figure(m.value), between, *rests)


def card_grid(title: str, rows: Sequence[Row], language: Language) -> Grid:
    """One metric's figures by generator, whose intervals are drawn beside them."""
    head = (language.gettext("Generator"), language.gettext("Value"))
    shown = tuple(_row(row, language)[1:3] for row in rows)
    return Grid(title, head, shown, "", (1,))


def metrics_grid(kinds: Sequence[MetricGroup], language: Language) -> Grid:
    """Figures of these kinds; those without an interval are known, not estimated."""
    head = (
        language.gettext("Metric"),
        language.gettext("Generator"),
        language.gettext("Value"),
        language.gettext("95 % interval"),
        language.gettext("Prompts"),
        language.gettext("Encoder"),
    )
    rows = tuple(_row(row, language) for kind in kinds for row in kind.rows)
    empty = language.gettext("No metric could be computed.")
    return Grid(language.gettext("Metrics"), head, rows, empty, (2, 3, 4), wide=5)


def notes_of(table: Table, language: Language) -> list[str]:
    """Where figures of given pictures are from, and the notes of figures; metrics that share one are named together."""
    noted: dict[str, list[FigureName]] = {}
    for kind in kinds(table):
        for row in kind.rows:
            if row.measured.note:
                noted.setdefault(language.tell(row.measured.note), []).append(row.measured.name)
    return [
        *map(language.tell, table.origins),
        *(
            language.gettext("{metric}: {note}.", metric=begun(named(metrics, language)), note=note)
            for note, metrics in noted.items()
        ),
    ]


def missing_notes(missing: Sequence[Missing], language: Language) -> list[str]:
    """Figures that could not be had; those that a generator lacks for one reason are named together."""
    lacking: dict[tuple[str, str], list[FigureName]] = {}
    for one in missing:
        reason = language.tell(one.unmeasured.reason)
        lacking.setdefault((one.generator, reason), []).append(one.unmeasured.name)
    return [
        language.ngettext(
            "{metric} of {generator} is missing: {reason}", "{metric} of {generator} are missing: {reason}",
            len(metrics), metric=named(metrics, language), generator=generator(name, language), reason=reason,
        )
        for (name, reason), metrics in lacking.items()
    ]  # fmt: skip
