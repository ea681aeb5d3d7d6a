"""The report as one HTML page that needs nothing from outside."""

from html import escape

from eval.metrics import metric_of
from eval.render import begun
from eval.render.grids import (
    BY_CATEGORY,
    BY_RULE,
    WINS,
    categories_grid,
    heading,
    raters_grid,
    ratings_grid,
    rules_grid,
    votes_grid,
    wins_grid,
)
from eval.render.joined import Joined, joined_sections
from eval.render.language import ENGLISH, Language
from eval.render.measured import Kind, kinds, metrics_grid
from eval.render.names import metric_name
from eval.render.notes import metrics_notes, question_notes, raters_notes, votes_notes
from eval.render.page import Section, notes, page, paragraph, plot, table
from eval.render.plots import metric_plot, ratings_plot, wins_plot
from eval.summary import Question, Summary
from hub.schema import QUESTIONS
from hub.sentences import Sentence

UNSAID = Sentence("Their file does not say what was asked.")


def _metric_plot(kind: Kind, full: str, key: str, language: Language) -> str:
    """One metric in one space."""
    rows = [row for row in kind.rows if row.measured.metric == full]
    name = metric_name(full, language)
    lower = language.gettext("{metric}: lower is better", metric=name)
    higher = language.gettext("{metric}: higher is better", metric=name)
    title = begun(lower if metric_of(full).better == "lower" else higher)
    label = language.gettext("{title}. Figures with 95 % intervals; the table below says the same", title=title)
    return plot(metric_plot(rows, language), key, label, title)


def _kind(kind: Kind, language: Language) -> Section:
    """A plot for every metric of a kind, and their figures."""
    key = f"metrics-{kind.key}"
    drawn = "".join(_metric_plot(kind, full, f"{key}-{number}", language) for number, full in enumerate(kind.metrics))
    parts = [f'<div class="plots">{drawn}</div>', table(metrics_grid([kind], language))]
    return Section(key, begun(language.tell(kind.title)), parts)


def _metrics(summary: Summary, language: Language) -> Section:
    """The metrics, kind by kind."""
    found = kinds(summary.table) if summary.table else []
    empty = [] if found or not summary.table else [table(metrics_grid([], language))]
    parts, under = [*empty, notes(metrics_notes(summary, language))], [_kind(kind, language) for kind in found]
    return Section("metrics", language.gettext("Metrics"), parts, under)


def _wins(question: Question, key: str, number: int, language: Language) -> list[Section]:
    grid = wins_grid(question, language)
    if not grid.rows:
        return []
    label = language.gettext("Share of votes won; the table below says the same")
    caption = language.gettext("Share of votes that the row's generator won against the column's, a tie being half")
    drawn = plot(wins_plot(question), f"wins-{number}", label, caption)
    return [Section(f"{key}-wins", begun(language.tell(WINS)), [drawn, table(grid, "pairs")])]


def _study(question: Question, key: str, language: Language) -> list[Section]:
    """The tables beside a question's ratings."""
    if question.study is None:
        return []
    rules = table(rules_grid(question, question.study, language))
    found = [Section(f"{key}-rules", begun(language.tell(BY_RULE)), [rules])]
    if question.study.categories:
        categories = table(categories_grid(question, question.study, language))
        found.append(Section(f"{key}-categories", begun(language.tell(BY_CATEGORY)), [categories]))
    return found


def _question(question: Question, number: int, language: Language) -> Section:
    """One question's ratings and wins, drawn and in tables."""
    asked = QUESTIONS[question.criterion] if question.criterion else UNSAID
    parts, key = [paragraph(language.tell(asked), "asked")], f"question-{number}"
    if question.ratings:
        label = language.gettext("Ratings with 95 % intervals; the table below says the same")
        caption = language.gettext("Bradley-Terry rating with its 95 % interval (400 points: ten wins to one)")
        parts.append(plot(ratings_plot(question, language), f"ratings-{number}", label, caption))
    parts += [table(ratings_grid(question, language)), notes(question_notes(question, language))]
    under = [*_wins(question, key, number, language), *_study(question, key, language)]
    return Section(key, heading(question, language), parts, under)


def _joined(one: Joined) -> Section:
    """A section of the joined part."""
    plots = [plot(drawn.figure, drawn.key, drawn.label, drawn.caption) for drawn in one.plots]
    tables = [] if one.markup else map(table, one.grids)
    return Section(one.key, one.title, [*plots, one.markup, *tables, notes(one.notes)])


def _sections(summary: Summary, language: Language) -> list[Section]:
    questions = [_question(question, number, language) for number, question in enumerate(summary.answered)]
    votes = [table(votes_grid(summary, language)), notes(votes_notes(summary, language))]
    raters = [table(raters_grid(summary.raters, language)), notes(raters_notes(summary.raters, language))]
    joined = joined_sections(summary.join, language) if summary.join else []
    return [
        *questions,
        Section("votes", language.gettext("Votes"), votes),
        Section("raters", language.gettext("Raters"), raters),
        _metrics(summary, language),
        *map(_joined, joined),
    ]


def _figures(summary: Summary, language: Language) -> str:
    """How much the report rests on, at a glance."""
    names = {name for question in summary.questions for name in question.counts.names}
    figures = {
        language.gettext("Votes counted"): summary.used,
        language.gettext("Votes read"): summary.total,
        language.gettext("Generators voted on"): len(names),
        language.gettext("Raters of this arena"): summary.raters.raters,
    }
    items = (f"<div><dt>{escape(name)}</dt><dd>{number:,}</dd></div>" for name, number in figures.items())
    return f"<dl>{''.join(items)}</dl>"


def _alarm(sentence: str, language: Language) -> str:
    said, text = escape(language.gettext("Alarm:")), escape(language.tell(sentence))
    return f'<p class="alarm" role="alert"><strong>{said}</strong> {text}</p>'


def to_html(summary: Summary, language: Language = ENGLISH) -> str:
    """The whole report with plotly's script inside."""
    alarms = [_alarm(sentence, language) for sentence in summary.alarms]
    below = language.gettext("The same figures to six digits are in report.csv and report.json beside this page.")
    above = [*alarms, _figures(summary, language)]
    return page(language.gettext("Vernissage report"), above, _sections(summary, language), below, language)
