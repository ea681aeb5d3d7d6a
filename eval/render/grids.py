"""The report's tables."""

from collections.abc import Sequence
from dataclasses import replace

from eval.raters import TITLES, Raters
from eval.raters.alpha import Agreement
from eval.raters.shares import Share
from eval.ratings.bradley_terry import Rating
from eval.ratings.robustness import Robustness
from eval.render import Grid, begun
from eval.render.agreement_sections import joined_grids
from eval.render.category_tables import category_grids
from eval.render.difference_tables import difference_grids
from eval.render.machine_section import machines_grid
from eval.render.metric_tables import kinds, metrics_grid
from eval.render.names import asked, interval
from eval.render.reasons_section import reasons_grids
from eval.summary import Question, Summary
from eval.votes.ledger import sentence_of
from hub.language.catalogue import Language, printable
from hub.language.sentence import Sentence

RATINGS, WINS = Sentence("ratings"), Sentence("wins of row against column")
BY_RULE, BY_CATEGORY = Sentence("ratings by other rules"), Sentence("ratings by category")


def heading(question: Question, language: Language) -> str:
    """What a question's part of the report is called."""
    return asked(question.criterion, question.source, language)


def titled(question: Question, table: Sentence, language: Language) -> str:
    """The title of one of a question's tables."""
    return language.gettext("{question}: {table}", question=heading(question, language), table=table)


def ratings_grid(question: Question, language: Language) -> Grid:
    """Ratings, best first."""
    empty = language.tell(question.unrated or "")
    return list_ratings(titled(question, RATINGS, language), question.ratings, empty, language)


def named_ratings_grid(question: Question, language: Language) -> Grid:
    """Ratings with the names that commands ask for, where these are not what the generators are called."""
    grid, names = ratings_grid(question, language), [printable(row.generator) for row in question.ratings]
    if all(language.title(name) == name for name in names):
        return grid
    rows = tuple((*row, name) for row, name in zip(grid.rows, names, strict=True))
    return replace(grid, head=(*grid.head, language.gettext("Name in commands")), rows=rows)


def list_ratings(title: str, ratings: Sequence[Rating], empty: str, language: Language) -> Grid:
    """The table of these ratings, in their order."""
    rows = tuple(
        (str(r.rank), language.title(r.generator), f"{r.rating:.0f}",
         interval(f"{r.low:.0f}", f"{r.high:.0f}", language), f"{r.win_rate:.0%}", f"{r.battles:,}")
        for r in ratings
    )  # fmt: skip
    head = (
        language.gettext("Rank"),
        language.gettext("Generator"),
        language.gettext("Rating"),
        language.gettext("95 % interval"),
        language.gettext("Expected wins"),
        language.pgettext("number", "Votes"),
    )
    return Grid(title, head, rows, empty, (0, 2, 3, 4, 5))


def wins_grid(question: Question, language: Language) -> Grid:
    """Share of votes that each row won against each column, with the number of votes; ties are half a win."""
    names, order = [language.title(name) for name in question.counts.names], question.order
    wins, battles = question.counts.halved, question.counts.battles

    def won(i: int, j: int) -> str:
        n = battles[i, j]
        return language.gettext("{share:.0%} of {n:,.0f}", share=wins[i, j] / n, n=n) if n else "-"

    rows = tuple((names[i], *(won(i, j) for j in order)) for i in order)
    title = titled(question, WINS, language)
    empty = language.gettext("There are no votes to compare.")
    return Grid(
        title,
        (language.gettext("Won by, against"), *(names[j] for j in order)),
        rows,
        empty,
        tuple(range(1, len(order) + 1)),
    )


def rules_grid(question: Question, studied: Robustness, language: Language) -> Grid:
    """The ratings by each rule of what a tie is, with the gap between first and last."""
    columns = [one.ratings for one in studied.otherwise]
    rows = tuple(
        (language.title(r.generator), *(f"{column[r.generator]:.0f}" if column else "-" for column in columns))
        for r in question.ratings
    )
    gaps = (f"{max(column.values()) - min(column.values()):.0f}" if column else "-" for column in columns)
    head = (language.gettext("Generator"), *(language.tell(one.rule) for one in studied.otherwise))
    title = titled(question, BY_RULE, language)
    last = (language.gettext("First to last"), *gaps)
    return Grid(title, head, (*rows, last), "", tuple(range(1, len(head))))


def categories_grid(question: Question, studied: Robustness, language: Language) -> Grid:
    """Ratings with 95 % intervals, and ranks, by category of votes."""
    rows = tuple(
        (language.tell(one.name), f"{one.votes:,}", str(r.rank), language.title(r.generator), f"{r.rating:.0f}",
         interval(f"{r.low:.0f}", f"{r.high:.0f}", language))
        for one in studied.categories for r in one.ratings
    )  # fmt: skip
    head = (
        language.gettext("Category"),
        language.pgettext("number", "Votes"),
        language.gettext("Rank"),
        language.gettext("Generator"),
        language.gettext("Rating"),
        language.gettext("95 % interval"),
    )
    title = titled(question, BY_CATEGORY, language)
    return Grid(title, head, rows, language.gettext("No category has votes that can be rated."), (1, 2, 4, 5))


def study_grids(question: Question, language: Language) -> list[Grid]:
    """The tables beside a question's ratings."""
    if question.study is None:
        return []
    categories = [categories_grid(question, question.study, language)] if question.study.categories else []
    return [rules_grid(question, question.study, language), *categories]


def question_grids(question: Question, language: Language) -> list[Grid]:
    """A question's tables, for readers of a paper."""
    return [ratings_grid(question, language), wins_grid(question, language), *study_grids(question, language)]


def votes_grid(summary: Summary, language: Language) -> Grid:
    """What became of the votes."""
    left_out = [
        (language.gettext("Left out: {reason}", reason=sentence_of(reason)), f"{number:,}")
        for reason, number in summary.excluded.items()
    ]
    counted, everything = language.gettext("Counted"), language.gettext("All")
    rows = ((counted, f"{summary.used:,}"), *left_out, (everything, f"{summary.total:,}"))
    head = (language.gettext("What became of them"), language.pgettext("number", "Votes"))
    empty = language.gettext("There are no votes yet: vote in the arena, or name other votes with --votes.")
    return Grid(language.gettext("Votes"), head, rows if summary.total else (), empty, (1,))


def _share(name: str, share: Share, of: Sentence, language: Language) -> tuple[str, ...]:
    rests = language.ngettext(
        "{votes:,} {of} of {n:,} rater", "{votes:,} {of} of {n:,} raters", share.raters, votes=share.n, of=of
    )
    return (name, f"{share.value:.1%}", interval(f"{share.low:.1%}", f"{share.high:.1%}", language), rests)


def _alpha(name: str, alpha: Agreement, language: Language) -> tuple[str, ...]:
    rests = language.gettext("{answers:,} answers to {battles:,} battles", answers=alpha.answers, battles=alpha.units)
    return (name, f"{alpha.value:.3f}", interval(f"{alpha.low:.3f}", f"{alpha.high:.3f}", language), rests)


def raters_grid(raters: Raters, language: Language) -> Grid:
    """How alike raters answer, and whether they lean to one side."""
    left, consistency, within, between = (begun(language.tell(name)) for name in TITLES.values())
    shares = (
        (left, raters.left, Sentence("decided votes")),
        (consistency, raters.consistency, Sentence("hidden repeats")),
    )
    alphas = ((within, raters.within), (between, raters.between))
    rows = (
        *(_share(name, share, of, language) for name, share, of in shares if share),
        *(_alpha(name, alpha, language) for name, alpha in alphas if alpha),
    )
    head = (
        language.gettext("Measure"),
        language.gettext("Value"),
        language.gettext("95 % interval"),
        language.gettext("Rests on"),
    )
    few = language.gettext("Too few answers to measure raters by.")
    empty = few if raters.raters else language.gettext("No rater of this arena has voted yet.")
    return Grid(language.gettext("Raters"), head, rows, empty, (1, 2))


def grids(summary: Summary, language: Language) -> list[Grid]:
    """Every table of the report, in the order of the page."""
    questions = [
        grid
        for question in summary.answered
        for grid in (named_ratings_grid(question, language), *question_grids(question, language)[1:])
    ]
    metrics = [metrics_grid(kinds(summary.table), language)] if summary.table else []
    joined = joined_grids(summary.join, language)
    machines = [machines_grid(summary.machines, summary.raters, language)] if summary.machines else []
    raters = [raters_grid(summary.raters, language), *reasons_grids(summary, language)]
    apart = [*category_grids(summary.table, language), *difference_grids(summary.table, language)]
    return [*questions, votes_grid(summary, language), *raters, *machines, *metrics, *apart, *joined]
