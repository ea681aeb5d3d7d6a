"""Figures by category of the prompts in the report: tables, sentences, and records for programs."""

from collections.abc import Iterator, Sequence
from typing import Any

from eval.measure import CategoryRow, Table
from eval.metrics import METRICS, FigureName, Measured, Takes, figure_record
from eval.render import Grid, begun, figure
from eval.render.csv_row import Figure
from eval.render.drawn import Column, column, interval_of
from eval.render.names import generator, interval, metric_name
from eval.rounding import is_above, rounded
from eval.score_categories import sort_categories
from hub.language.catalogue import Language, printable
from hub.language.sentence import Sentence

PROMPTS_APART = Sentence("By category of the prompts")


def name_category(row: CategoryRow) -> str:
    """The set of a category's prompts and the category."""
    return f"{row.part.prompt_set}: {row.part.category}"


def split_by_metric(table: Table | None) -> dict[FigureName, list[CategoryRow]]:
    """The rows of each metric in each space, fit to the prompts first; category by category, by generator."""
    found: dict[FigureName, list[CategoryRow]] = {}
    for row in table.by_category if table else ():
        found.setdefault(row.part.name, []).append(row)
    for rows in found.values():
        order = sort_categories(row.part.origin for row in rows)
        rows.sort(key=lambda row: order.index(row.part.origin))
    return dict(sorted(found.items(), key=lambda one: METRICS[one[0].metric].takes is not Takes.embeddings))


def _cells(row: CategoryRow, language: Language) -> tuple[str, ...]:
    part, one = row.part, row.part.figure
    value = figure(one.value) if one else "-"
    wide = one is not None and is_above(one.high, one.low)
    between = interval(figure(one.low), figure(one.high), language) if one and wide else "-"
    of = (printable(name_category(row)), generator(row.generator, language))
    prompts = one.n if one else part.prompts  # a figure may be of some of them, as PPD of those with several pictures
    return (*of, value, between, f"{prompts:,}", f"{part.pictures:,}")


def category_grid(name: FigureName, rows: Sequence[CategoryRow], language: Language) -> Grid:
    """One metric's figures by category."""
    title = begun(language.gettext("{metric} by category of the prompts", metric=metric_name(name, language)))
    head = (
        language.gettext("Category"),
        language.gettext("Generator"),
        language.gettext("Value"),
        language.gettext("95 % interval"),
        language.gettext("Prompts"),
        language.gettext("Pictures"),
    )
    return Grid(title, head, tuple(_cells(row, language) for row in rows), "", (2, 3, 4, 5))


def category_column(rows: Sequence[CategoryRow], language: Language) -> Column | None:
    """The intervals drawn; None where all rows lack a figure."""
    known = [(row, row.part.figure) for row in rows]
    points = [
        interval_of(f"{name_category(row)}, {generator(row.generator, language)}", (m.value, m.low, m.high), figure,
                    language)
        for row, m in known if m
    ]  # fmt: skip
    if not points:
        return None
    drawn, cells = column(3, points, ".3g", language), []
    left = iter(drawn.cells)
    for _, measured in known:
        cells.append(next(left) if measured else "")
    return Column(drawn.at, drawn.head, tuple(cells))


def category_notes(rows: Sequence[CategoryRow], language: Language) -> list[str]:
    """Which categories have no figure, and why; those of one reason are named together."""
    reasons: dict[tuple[FigureName, str, str], list[str]] = {}
    for row in rows:
        if row.part.lacking:
            key = (row.part.name, row.generator, language.tell(row.part.lacking.reason))
            reasons.setdefault(key, []).append(name_category(row))
    return [
        language.gettext(
            "{metric} of {generator} on {categories} is missing: {reason}",
            metric=metric_name(name, language), generator=generator(of, language),
            categories=language.listed(categories), reason=reason,
        )
        for (name, of, reason), categories in reasons.items()
    ]  # fmt: skip


def category_grids(table: Table | None, language: Language) -> list[Grid]:
    """The table of each metric."""
    return [category_grid(name, rows, language) for name, rows in split_by_metric(table).items()]


def category_records(table: Table) -> list[dict[str, Any]]:
    """The figures as JSON; one that could not be had has a reason."""
    found = []
    for row in table.by_category:
        part, told = row.part, figure_record(row.part.told)
        said = {key: rounded(one) if isinstance(one, float) else one for key, one in told.items() if one is not None}
        about = {"generator": row.generator, "prompt_set": part.prompt_set, "category": part.category}
        found.append({**about, "prompts": part.prompts, "pictures": part.pictures, **said})
    return found


def category_figures(table: Table) -> Iterator[Figure]:
    """The figures as rows of the CSV report, and of how many pictures each is."""
    for row in table.by_category:
        part, told = row.part, row.part.told
        about = Figure(group=name_category(row), generator=row.generator, space=part.space)
        if isinstance(told, Measured):
            between = {"low": told.low, "high": told.high, "n": told.n, "encoder": told.encoder}
            yield about.of("prompt_categories", str(part.name), told.value, note=told.note or "", **between)
        else:
            yield about.of("prompt_categories", str(part.name), n=part.prompts, note=told.reason)
        yield about.of("prompt_categories", f"pictures of {part.name}", part.pictures)
