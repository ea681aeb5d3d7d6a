"""The report as one HTML page that needs nothing from outside."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from eval.measure import Table
from eval.metrics import METRICS, FigureName
from eval.render import begun, figure
from eval.render.agreement_sections import Joined, joined_sections
from eval.render.category_tables import PROMPTS_APART, category_column, category_grid, split_by_metric
from eval.render.conclusion import about_lines, conclusions, unfinished
from eval.render.difference_tables import (
    DIFFERENCES,
    difference_column,
    difference_grid,
    difference_notes,
    split_by_space,
)
from eval.render.drawn import column, interval_of
from eval.render.glossary import glossary
from eval.render.grids import (
    BY_CATEGORY,
    BY_RULE,
    WINS,
    categories_grid,
    heading,
    named_ratings_grid,
    raters_grid,
    rules_grid,
    votes_grid,
)
from eval.render.html_frame import Section, folded, notes, page, paragraph, table
from eval.render.machine_section import MACHINES, machines_grid, machines_notes
from eval.render.metric_tables import MetricGroup, card_grid, kinds, metrics_grid
from eval.render.names import generator, metric_name
from eval.render.notes import metrics_notes, question_notes, raters_notes, votes_notes
from eval.render.reasons_section import (
    REASONS,
    list_reasons,
    reasons_column,
    reasons_grid,
    reasons_notes,
)
from eval.render.shared_ranks import shared_notes
from eval.render.wins import wins_table
from eval.summary import Question, Summary
from hub.language.catalogue import ENGLISH, Language
from hub.language.sentence import Sentence
from hub.questions import QUESTIONS

UNSAID = Sentence("Their file does not say what was asked.")
FIGURES = Sentence("All figures with their intervals")
NOTES = 2  # that a section shows unasked


def _card(kind: MetricGroup, of: FigureName, key: str, language: Language) -> str:
    """One metric in one space: a table of the generators' figures, drawn."""
    rows = [row for row in kind.rows if row.measured.name == of]
    name = metric_name(of, language)
    lower = language.gettext("{metric}: lower is better", metric=name)
    higher = language.gettext("{metric}: higher is better", metric=name)
    title = begun(lower if METRICS[of.metric].better == "lower" else higher)
    points = [
        interval_of(generator(row.generator, language), (m.value, m.low, m.high), figure, language)
        for row in rows
        for m in [row.measured]
    ]
    drawn = replace(column(1, points, ".3g", language), head=language.gettext("95 % interval"))
    shown = table(card_grid(title, rows, language), "card", drawn, key)
    return f"<figure><figcaption>{escape(title)}</figcaption>{shown}</figure>"


def _kind(kind: MetricGroup, language: Language) -> Section:
    """A card for every metric of a kind, and all their figures folded."""
    key, title = f"metrics-{kind.key}", begun(language.tell(kind.title))
    drawn = "".join(_card(kind, of, f"{key}-{number}", language) for number, of in enumerate(kind.metrics))
    parts = [
        f'<div class="cards">{drawn}</div>',
        folded(language.tell(FIGURES), [table(replace(metrics_grid([kind], language), title=title))]),
    ]
    return Section(key, title, parts)


def _metrics(summary: Summary, language: Language) -> Section:
    """The metrics, kind by kind."""
    found, apart = kinds(summary.table) if summary.table else [], _apart(summary.table, language)
    empty = [] if found or not summary.table else [table(metrics_grid([], language))]
    told = metrics_notes(summary, language)
    parts, under = (
        [*empty, notes(told[:1]), _more(told[1:], language)],
        [*(_kind(kind, language) for kind in found), *apart],
    )
    return Section("metrics", language.gettext("Metrics"), parts, under)


def _apart(measured: Table | None, language: Language) -> list[Section]:
    """The figures by category of the prompts, and the differences of given pictures', each metric and space folded."""
    by_metric = [
        folded(grid.title, [table(grid, "figures", category_column(rows, language))])
        for name, rows in split_by_metric(measured).items() for grid in [category_grid(name, rows, language)]
    ]  # fmt: skip
    differences = [
        folded(grid.title, [table(grid, "figures", difference_column(those, language))])
        for space, those in split_by_space(measured).items() for grid in [difference_grid(space, those, language)]
    ]  # fmt: skip
    sections = (
        Section("prompt-categories", language.tell(PROMPTS_APART), by_metric),
        Section("differences", language.tell(DIFFERENCES), [*differences, notes(difference_notes(measured, language))]),
    )
    return [one for one, parts in zip(sections, (by_metric, differences), strict=True) if parts]


def _more(told: Sequence[str], language: Language) -> str:
    """Sentences that are shown when asked for."""
    title = language.ngettext("{n} more note", "{n} more notes", len(told))
    return folded(title, [notes(told)]) if told else ""


def _few(told: Sequence[str], language: Language) -> list[str]:
    """The first sentences, and the others when asked for."""
    return [notes(told[:NOTES]), _more(told[NOTES:], language)]


def _study(question: Question, language: Language) -> list[str]:
    """What stands beside a question's ratings, folded."""
    if question.study is None:
        return []
    rules = table(rules_grid(question, question.study, language))
    found = [folded(begun(language.tell(BY_RULE)), [rules])]
    if question.study.categories:
        categories = table(categories_grid(question, question.study, language))
        found.append(folded(begun(language.tell(BY_CATEGORY)), [categories]))
    return found


def _question(question: Question, number: int, language: Language) -> Section:
    """One question's ratings, drawn in their table, and who won against whom."""
    asked = QUESTIONS[question.criterion] if question.criterion else UNSAID
    parts = [paragraph(language.tell(asked), "asked")]
    drawn = None
    if question.ratings:
        points = [
            interval_of(language.title(r.generator), (r.rating, r.low, r.high), "{:.0f}".format, language)
            for r in question.ratings
        ]
        drawn = column(2, points, ".0f", language)
    ratings = table(named_ratings_grid(question, language), "figures", drawn, f"ratings-{number}")
    parts += [f'<div class="beside">{ratings}{_wins(question, number, language)}</div>']
    told = [*shared_notes(question, language), *question_notes(question, language)]
    parts += [*_few(told, language), *_study(question, language)]
    return Section(f"question-{number}", heading(question, language), parts)


def _wins(question: Question, number: int, language: Language) -> str:
    """Who won against whom, with a heading; empty without a vote."""
    wins = wins_table(question, f"wins-{number}", language)
    return f"<div><h3>{escape(begun(language.tell(WINS)))}</h3>{wins}</div>" if wins else ""


def _reasons(summary: Summary, language: Language) -> list[Section]:
    """Why raters preferred what they did: a table a question, drawn; none where nobody voted."""
    grids = [
        (reasons_grid(one, language), reasons_column(one, language)) for one in list_reasons(summary) if one.figures
    ]
    tables = [
        f"<h3>{escape(grid.title)}</h3>{table(grid, 'figures', drawn, f'reasons-{number}')}"
        for number, (grid, drawn) in enumerate(grids)
    ]
    told = notes(reasons_notes(summary, language))
    return [Section("reasons", language.tell(REASONS), [*tables, told])] if told else []


def _joined(one: Joined, language: Language) -> Section:
    """A section of the joined part."""
    first, *others = one.grids or (None,)
    tables = [] if one.instead or first is None else [table(first, one.kind, one.drawn), *map(table, others)]
    return Section(one.key, one.title, [one.markup, *tables, *_few(one.notes, language)])


def _sections(summary: Summary, language: Language) -> list[Section]:
    questions = [_question(question, number, language) for number, question in enumerate(summary.answered)]
    votes = [table(votes_grid(summary, language)), *_few(votes_notes(summary, language), language)]
    raters = [table(raters_grid(summary.raters, language)), *_few(raters_notes(summary.raters, language), language)]
    joined = joined_sections(summary.join, language) if summary.join else []
    machines = []
    if summary.machines:
        shown = table(machines_grid(summary.machines, summary.raters, language))
        machines = [Section("machines", language.tell(MACHINES), [shown, notes(machines_notes(language))])]
    return [
        *questions,
        Section("votes", language.gettext("Votes"), votes),
        Section("raters", language.gettext("Raters"), raters),
        *_reasons(summary, language),
        *machines,
        _metrics(summary, language),
        *(_joined(one, language) for one in joined),
        Section("glossary", language.gettext("What the words mean"), [glossary(summary, language)]),
    ]


def _alarm(sentence: str, language: Language) -> str:
    said, text = escape(language.gettext("Alarm:")), escape(language.tell(sentence))
    return f'<p class="alarm" role="alert"><strong>{said}</strong> {text}</p>'


def to_html(summary: Summary, language: Language = ENGLISH) -> str:
    """The whole report as one page without a script."""
    alarms = [_alarm(sentence, language) for sentence in summary.alarms]
    told = [paragraph(text, "conclusion") for text in conclusions(summary, language)]
    still = [paragraph(language.tell(text), "alarm") for text in unfinished(summary)]
    of = [paragraph(text, "about") for text in about_lines(summary, language)]
    below = language.gettext("The same figures to six digits are in report.csv and report.json beside this page.")
    above = [*alarms, *still, *told, *of]
    return page(language.gettext("Vernissage report"), above, _sections(summary, language), below, language)
