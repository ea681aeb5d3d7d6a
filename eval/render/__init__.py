"""A summary as text: the words and tables that the terminal, Markdown and HTML reports share."""

from dataclasses import dataclass

from eval.measure import REAL, Table
from eval.summary import CAVEAT, Summary

GROUPED = "Real images count by concept: one concept in its several styles stands for one prompt."
TIES = "A tie, or a vote that calls both bad, counts as half a win for each side."


@dataclass(frozen=True)
class Grid:
    """A table of plain text, not escaped for any format. ``empty`` is said where it has no rows."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str


def printable(text: str) -> str:
    """The text on one line, with what a terminal would act on replaced."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def figure(value: float) -> str:
    """A metric's figure with four significant digits, never in exponents above 0.00001."""
    return f"{value:#.4g}".rstrip(".") if abs(value) >= 1e-4 or value == 0 else f"{value:.2e}"


def ratings_grid(summary: Summary) -> Grid:
    """Ratings, best first."""
    rows = tuple(
        (str(r.rank), printable(r.generator), f"{r.rating:.0f}", f"{r.low:.0f} to {r.high:.0f}", f"{r.battles:,}")
        for r in summary.ratings
    )
    empty = printable(summary.unrated or "")
    return Grid("Ratings", ("Rank", "Generator", "Rating", "95 % interval", "Votes"), rows, empty)


def metrics_grid(table: Table) -> Grid:
    """Metrics, those of one kind together."""
    rows = tuple(
        (
            m.metric,
            printable(row.generator),
            figure(m.value),
            f"{figure(m.low)} to {figure(m.high)}",
            f"{m.n:,}",
            m.encoder,
        )
        for row in sorted(table.rows, key=lambda row: row.measured.metric)
        for m in [row.measured]
    )
    head = ("Metric", "Generator", "Value", "95 % interval", "Prompts", "Encoder")
    return Grid("Metrics", head, rows, "No metric could be computed.")


def wins_grid(summary: Summary) -> Grid:
    """Share of votes that each row won against each column, with the number of votes; ties are half a win."""
    names, order = [printable(name) for name in summary.counts.names], summary.order
    wins, battles = summary.counts.halved, summary.counts.battles
    rows = tuple(
        (names[i], *(f"{wins[i, j] / n:.0%} of {n:.0f}" if (n := battles[i, j]) else "-" for j in order)) for i in order
    )
    return Grid("Wins of row against column", ("", *(names[j] for j in order)), rows, "There are no votes to compare.")


def grids(summary: Summary) -> list[Grid]:
    """Every table of the report."""
    metrics = [metrics_grid(summary.table)] if summary.table else []
    return [ratings_grid(summary), wins_grid(summary), *metrics]


def votes_notes(summary: Summary) -> list[str]:
    """What to know of the votes and the ratings."""
    notes = [f"{summary.used:,} of {summary.total:,} votes are counted."]
    notes += [f"Left out: {number:,} for {reason}." for reason, number in summary.excluded.items()]
    notes.append(TIES)
    if summary.prior:
        notes.append(f"Too few votes for an estimate from them alone; a prior is in use: {summary.prior}.")
    return notes + [printable(problem) for problem in summary.problems]


def metrics_notes(summary: Summary) -> list[str]:
    """What to know of the metrics: the notes of the figures, the missing ones with the reason."""
    if not summary.table:
        return ["Metrics were not asked for."]
    notes = dict.fromkeys(f"{r.measured.metric}: {r.measured.note}." for r in summary.table.rows if r.measured.note)
    grouped = [GROUPED] if any(row.generator == REAL for row in summary.table.rows) else []
    missing = [f"{m.metric} of {m.generator} is missing: {m.reason}" for m in summary.table.missing]
    return [CAVEAT, *grouped, *map(printable, notes), *map(printable, missing)]
