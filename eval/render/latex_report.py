"""The report's tables and plots for a paper: LaTeX with what each figure rests on, plots as SVG and PDF."""

import re
from collections.abc import Iterator

from eval.measure import Row, Table
from eval.metrics import FigureName
from eval.reasons import QuestionReasons
from eval.render import Grid, begun, figure
from eval.render.agreement_sections import joined_sections
from eval.render.category_tables import category_grid, category_notes, split_by_metric
from eval.render.conclusion import about_lines, conclusions, unfinished
from eval.render.difference_tables import difference_grid, difference_notes, split_by_space
from eval.render.drawn import interval_of
from eval.render.grids import BY_CATEGORY, BY_RULE, RATINGS, WINS, question_grids, raters_grid, titled, votes_grid
from eval.render.interval_plot import NamedInterval, draw_interval_plot
from eval.render.latex import LatexFigure, LatexTable, document, table
from eval.render.machine_section import machines_grid, machines_notes
from eval.render.metric_tables import COST, MetricGroup, kinds, missing_notes
from eval.render.names import generator, interval, metric_name, word
from eval.render.notes import raters_notes, votes_notes
from eval.render.plot_files import to_pdf, to_svg
from eval.render.protocol_notes import (
    encoder_notes,
    interval_note,
    metric_note,
    picture_notes,
    rating_notes,
    votes_digest_note,
)
from eval.render.reasons_section import given_notes, list_reasons, reasons_grid, reasons_plot
from eval.rounding import is_above
from eval.summary import CAVEAT, Question, Summary, name_questions
from hub.language.catalogue import ENGLISH, Language
from hub.language.sentence import Sentence

FOLDER, TABLES, FIGURES = "latex", "tables", "figures"  # beside the report
PARTS = {RATINGS: "ratings", WINS: "wins", BY_RULE: "rules", BY_CATEGORY: "categories"}  # of a question


TURNS = Sentence("N is the number of rounds, in each of which every generator draws one test caption with its seeds.")


def to_key(*names: str) -> str:
    """Return a name of files and labels, of small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(names).lower()).strip("-")


def _plain(notes: list[str]) -> tuple[tuple[str, str], ...]:
    """Return notes without marks."""
    return tuple(("", note) for note in notes)


def _question_tables(question: Question, key: str, digest: str, language: Language) -> Iterator[LatexTable]:
    notes = _plain(rating_notes(question, digest, language))
    names = {titled(question, part, language): name for part, name in PARTS.items()}
    for grid in question_grids(question, language):
        yield LatexTable(f"{names[grid.title]}-{key}", grid, notes)


def _metric_cells(rows: list[Row], names: list[str], language: Language) -> tuple[list[str], list[str]]:
    """Return a metric's figures and its intervals, by generator; a hyphen where there is none."""
    by_name = {row.generator: row.measured for row in rows}
    values, between = [], []
    for name in names:
        one = by_name.get(name)
        values.append(figure(one.value) if one else "-")
        wide = one is not None and is_above(one.high, one.low)
        between.append(interval(figure(one.low), figure(one.high), language) if one and wide else "")
    return values, between


def metric_table(kind: MetricGroup, space: str, summary: Summary, language: Language) -> LatexTable:
    """Return the figures of one kind in one space: a row a generator, a column a metric, intervals below figures."""
    names = [name for name in kind.metrics if name.space == space]
    rows: dict[FigureName, list[Row]] = {name: [r for r in kind.rows if r.measured.name == name] for name in names}
    generators = list(dict.fromkeys(row.generator for those in rows.values() for row in those))
    columns = [_metric_cells(rows[name], generators, language) for name in names]
    lines: list[tuple[str, ...]] = []
    for place, one in enumerate(generators):
        lines.append((generator(one, language), *(values[place] for values, _ in columns)))
        lines.append(("", *(between[place] for _, between in columns)))
    marks = {place: chr(ord("a") + place - 1) for place in range(1, len(names) + 1)}
    own = [(marks[place], metric_note(name, rows[name], language)) for place, name in enumerate(names, 1)]
    measured = [row.measured for those in rows.values() for row in those]
    notes = [language.tell(TURNS)]
    if kind.title != COST:
        pictures = picture_notes(summary.table.protocol if summary.table else None, language)
        notes = [*pictures, *encoder_notes(measured, language)]
    title = begun(language.tell(kind.title))
    if space:
        notes.append(language.tell(CAVEAT))
        title = language.gettext("{table} ({names})", table=title, names=[word(space, language)])
    head = (language.gettext("Generator"), *(word(name.metric, language) for name in names))
    grid = Grid(title, head, tuple(lines), "", tuple(range(1, len(head))))
    return LatexTable(to_key(kind.key, space), grid, (*own, *_plain(notes)), marks, frozenset(range(1, len(lines), 2)))


def _metric_tables(summary: Summary, language: Language) -> Iterator[LatexTable]:
    for kind in kinds(summary.table) if summary.table else ():
        for space in dict.fromkeys(name.space for name in kind.metrics):
            yield metric_table(kind, space, summary, language)


def list_part_tables(measured: Table, language: Language) -> Iterator[LatexTable]:
    """Yield the figures by category of the prompts, and the differences of given pictures' figures."""
    pictures = picture_notes(measured.protocol, language)
    for name, rows in split_by_metric(measured).items():
        known = [row.part.figure for row in rows if row.part.figure]
        notes = [interval_note(name.metric, language), *category_notes(rows, language), *pictures]
        grid = category_grid(name, rows, language)
        yield LatexTable(to_key("prompt-categories", *name), grid, _plain([*notes, *encoder_notes(known, language)]))
    for space, those in split_by_space(measured).items():
        notes = [*difference_notes(measured, language), *pictures, *encoder_notes(those, language)]
        yield LatexTable(to_key("differences", space), difference_grid(space, those, language), _plain(notes))


def _name_reasons(summary: Summary) -> dict[str, QuestionReasons]:
    """Return the questions whose votes gave reasons by the keys of all questions."""
    found = {(one.source, one.criterion): one for one in list_reasons(summary) if one.figures}
    named = {key: (question.source, question.criterion) for key, question in name_questions(summary).items()}
    return {key: found[of] for key, of in named.items() if of in found}


def list_tables(summary: Summary, language: Language) -> Iterator[LatexTable]:
    """Yield every table of the report that has rows, with its notes."""
    digest = summary.about.digest if summary.about else ""
    own = votes_digest_note(digest, language)
    for key, question in name_questions(summary).items():
        if question.total:
            yield from _question_tables(question, key, digest, language)
    yield LatexTable("votes", votes_grid(summary, language), _plain([*votes_notes(summary, language), *own]))
    notes = _plain([*raters_notes(summary.raters, language), *own])
    yield LatexTable("raters", raters_grid(summary.raters, language), notes)
    for key, reasons in _name_reasons(summary).items():
        below = _plain([*given_notes(reasons, language), *own])
        yield LatexTable(f"reasons-{key}", reasons_grid(reasons, language), below)
    if summary.machines:
        machines = machines_grid(summary.machines, summary.raters, language)
        yield LatexTable("machines", machines, _plain([*machines_notes(language), *own]))
    yield from _metric_tables(summary, language)
    yield from list_part_tables(summary.table or Table(), language)
    pictures = picture_notes(summary.table.protocol if summary.table else None, language)
    for part in joined_sections(summary.join, language) if summary.join else ():
        for number, grid in enumerate(part.grids, 1):
            key = part.key if len(part.grids) == 1 else f"{part.key}-{number}"
            yield LatexTable(key, grid, _plain([*part.notes, *pictures, *own]))


def _plots(summary: Summary, language: Language) -> Iterator[tuple[LatexFigure, str]]:
    """Yield every plot with its caption."""
    for key, question in name_questions(summary).items():
        points = [
            NamedInterval(
                language.title(r.generator),
                interval_of(language.title(r.generator), (r.rating, r.low, r.high), "{:.0f}".format, language),
            )
            for r in question.ratings
        ]
        title = titled(question, RATINGS, language)
        yield LatexFigure(f"ratings-{key}", title), draw_interval_plot(title, points)
    for key, reasons in _name_reasons(summary).items():
        title, points = reasons_plot(reasons, language)
        yield LatexFigure(f"reasons-{key}", title), draw_interval_plot(title, points)
    for kind in kinds(summary.table) if summary.table else ():
        for name in kind.metrics:
            rows = [(generator(row.generator, language), row.measured) for row in kind.rows
                    if row.measured.name == name]  # fmt: skip
            points = [NamedInterval(of, interval_of(of, (m.value, m.low, m.high), figure, language)) for of, m in rows]
            title = begun(metric_name(name, language))
            yield LatexFigure(to_key(*name), title), draw_interval_plot(title, points)
    for part in joined_sections(summary.join, language) if summary.join else ():
        if part.key.startswith("front-"):
            yield LatexFigure(part.key, part.title), part.markup


def make_latex(summary: Summary, language: Language = ENGLISH) -> dict[str, bytes]:
    """Return the files of the folder ``latex`` by name: a document, its tables, and its plots as SVG and PDF."""
    found: dict[str, bytes] = {}
    shown = [one for one in list_tables(summary, language) if one.grid.rows]
    for one in shown:
        found[f"{TABLES}/{one.key}.tex"] = table(one).encode()
    drawn = [(about, to_svg(plot)) for about, plot in _plots(summary, language) if plot]
    for about, svg in drawn:
        found[f"{FIGURES}/{about.key}.svg"] = svg.encode()
        found[f"{FIGURES}/{about.key}.pdf"] = to_pdf(svg)
    told = [language.tell(text) for text in unfinished(summary)]
    told += [*conclusions(summary, language), *about_lines(summary, language)]
    if summary.table:
        told += missing_notes(summary.table.missing, language)
    names, figures = [one.key for one in shown], [about for about, _ in drawn]
    found["report.tex"] = document(language.gettext("Vernissage report"), told, names, figures).encode()
    return found
