"""The report's tables."""

from eval.measure import Table
from eval.raters import BETWEEN, CONSISTENCY, LEFT, WITHIN, Raters
from eval.raters.alpha import Agreement
from eval.raters.shares import Share
from eval.ratings.study import Study
from eval.render import Grid, figure, printable
from eval.render.joined import joined_grids
from eval.summary import Question, Summary
from hub.votes.rows import OWN

NO_VOTES = "There are no votes yet: vote in the arena, or name other votes with --votes."


def heading(question: Question) -> str:
    """What a question's part of the report is called."""
    name = question.criterion.capitalize() if question.criterion else "Preference"
    return name if question.source == OWN else f"{name}, imported from {printable(question.source)}"


def ratings_grid(question: Question) -> Grid:
    """Ratings, best first."""
    rows = tuple(
        (str(r.rank), printable(r.generator), f"{r.rating:.0f}", f"{r.low:.0f} to {r.high:.0f}", f"{r.win_rate:.0%}",
         f"{r.battles:,}")
        for r in question.ratings
    )  # fmt: skip
    head = ("Rank", "Generator", "Rating", "95 % interval", "Expected wins", "Votes")
    return Grid(f"{heading(question)}: ratings", head, rows, printable(question.unrated or ""))


def wins_grid(question: Question) -> Grid:
    """Share of votes that each row won against each column, with the number of votes; ties are half a win."""
    names, order = [printable(name) for name in question.counts.names], question.order
    wins, battles = question.counts.halved, question.counts.battles
    rows = tuple(
        (names[i], *(f"{wins[i, j] / n:.0%} of {n:,.0f}" if (n := battles[i, j]) else "-" for j in order))
        for i in order
    )
    title = f"{heading(question)}: wins of row against column"
    return Grid(title, ("", *(names[j] for j in order)), rows, "There are no votes to compare.")


def rules_grid(question: Question, studied: Study) -> Grid:
    """The ratings by each rule of what a tie is, with the gap between first and last."""
    columns = [one.ratings for one in studied.otherwise]
    rows = tuple(
        (printable(r.generator), *(f"{column[r.generator]:.0f}" if column else "-" for column in columns))
        for r in question.ratings
    )
    gaps = (f"{max(column.values()) - min(column.values()):.0f}" if column else "-" for column in columns)
    head = ("Generator", *(one.rule for one in studied.otherwise))
    return Grid(f"{heading(question)}: ratings by other rules", head, (*rows, ("First to last", *gaps)), "")


def categories_grid(question: Question, studied: Study) -> Grid:
    """Ratings with 95 % intervals, and ranks, by category of votes."""
    rows = tuple(
        (one.name, f"{one.votes:,}", str(r.rank), printable(r.generator), f"{r.rating:.0f}",
         f"{r.low:.0f} to {r.high:.0f}")
        for one in studied.categories for r in one.ratings
    )  # fmt: skip
    head = ("Category", "Votes", "Rank", "Generator", "Rating", "95 % interval")
    return Grid(f"{heading(question)}: ratings by category", head, rows, "No category has votes that can be rated.")


def study_grids(question: Question) -> list[Grid]:
    """The tables beside a question's ratings."""
    if question.study is None:
        return []
    categories = [categories_grid(question, question.study)] if question.study.categories else []
    return [rules_grid(question, question.study), *categories]


def question_grids(question: Question) -> list[Grid]:
    """A question's tables."""
    return [ratings_grid(question), wins_grid(question), *study_grids(question)]


def votes_grid(summary: Summary) -> Grid:
    """What became of the votes."""
    left_out = [(f"Left out: {printable(reason)}", f"{number:,}") for reason, number in summary.excluded.items()]
    rows = (("Counted", f"{summary.used:,}"), *left_out, ("All", f"{summary.total:,}"))
    return Grid("Votes", ("What became of them", "Votes"), rows if summary.total else (), NO_VOTES)


def _share(name: str, share: Share | None, of: str) -> tuple[str, ...]:
    if share is None:
        return (name, "-", "-", "-")
    rests = f"{share.n:,} {of} of {share.raters:,} rater{'s' if share.raters > 1 else ''}"
    return (name, f"{share.value:.1%}", f"{share.low:.1%} to {share.high:.1%}", rests)


def _alpha(name: str, alpha: Agreement | None) -> tuple[str, ...]:
    if alpha is None:
        return (name, "-", "-", "-")
    rests = f"{alpha.answers:,} answers to {alpha.units:,} battles"
    return (name, f"{alpha.value:.3f}", f"{alpha.low:.3f} to {alpha.high:.3f}", rests)


def raters_grid(raters: Raters) -> Grid:
    """How alike raters answer, and whether they lean to one side."""
    rows = (
        _share(LEFT.capitalize(), raters.left, "decided votes"),
        _share(CONSISTENCY.capitalize(), raters.consistency, "hidden repeats"),
        _alpha(WITHIN.capitalize(), raters.within),
        _alpha(BETWEEN.capitalize(), raters.between),
    )
    head = ("Measure", "Value", "95 % interval", "Rests on")
    return Grid("Raters", head, rows if raters.raters else (), "No rater of this arena has voted yet.")


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


def grids(summary: Summary) -> list[Grid]:
    """Every table of the report, in the order of the page."""
    questions = [grid for question in summary.answered for grid in question_grids(question)]
    metrics = [metrics_grid(summary.table)] if summary.table else []
    return [*questions, votes_grid(summary), raters_grid(summary.raters), *metrics, *joined_grids(summary.join)]
