"""The leaderboard as HTML: a view for each question, and one of the votes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from urllib.parse import urlencode

from eval.ratings.bradley_terry import Rating
from eval.ratings.categories import Category
from eval.ratings.votes_needed import estimate_votes_needed
from eval.render import Grid, begun
from eval.render.conclusion import describe_conclusion
from eval.render.drawn import column, interval_of
from eval.render.firmness import settlement
from eval.render.grids import (
    BY_CATEGORY,
    BY_RULE,
    WINS,
    heading,
    raters_grid,
    ratings_grid,
    rules_grid,
    titled,
    votes_grid,
)
from eval.render.html_frame import folded, notes, paragraph, table
from eval.render.names import interval
from eval.render.notes import question_notes, raters_notes, votes_notes
from eval.render.shared_ranks import ESTIMATE, needed_notes, rank_notes
from eval.render.votes_by_day import draw_days
from eval.render.wins import wins_table
from eval.summary import Question, Summary
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.questions import QUESTIONS
from hub.schema import Criterion
from hub.votes.rows import OWN

MOST_DRAWN = 30  # generators of a win matrix on the page; the file has all
EMPTY = Sentence("Nobody has voted on it yet: choose this question in the tab Battle and give the first vote.")
NONE = Sentence("There are no votes yet: give the first one in the tab Battle.")


@dataclass(frozen=True)
class View:
    """A view of the leaderboard: ``key`` is its name in addresses, the same in every language."""

    key: str
    title: str
    html: str


def link_file(name: str, of: str, language: Language) -> str:
    """The link that downloads a file of the leaderboard; ``of`` says what is in it."""
    kind = name.rpartition(".")[2].upper()
    label = escape(language.gettext("{kind} of: {of}", kind=kind, of=of))
    return f'<a class="vs-file" href="board/file/{escape(name)}" download aria-label="{label}">{kind}</a>'


def titled_part(title: str, parts: Sequence[str], files: Sequence[str], language: Language) -> str:
    """A part of a view with its heading and the links to its files; empty without parts."""
    if not any(parts):
        return ""
    links = "".join(link_file(name, title, language) for name in files)
    head = f'<div class="vs-part-head"><h2>{escape(title)}</h2><span>{links}</span></div>'
    return f'<section class="vs-part">{head}{"".join(parts)}</section>'


def ratings_table(grid: Grid, ratings: Sequence[Rating], language: Language) -> str:
    """The table of ratings, best first, with their intervals drawn, and below it which ranks are shared."""
    points = [
        interval_of(language.title(r.generator), (r.rating, r.low, r.high), "{:.0f}".format, language) for r in ratings
    ]
    drawn = column(2, points, ".0f", language) if points else None
    shared = " ".join(rank_notes(ratings, language))
    return table(grid, "figures rated", drawn) + (paragraph(shared, "asked") if shared else "")


def _needed(question: Question, language: Language) -> str:
    told = needed_notes(estimate_votes_needed(question.ratings, question.used), language)
    title = language.gettext("Votes still needed")
    return titled_part(title, [notes(told), paragraph(language.tell(ESTIMATE), "asked")] if told else [], [], language)


def link_battles(question: Criterion, one: str, other: str) -> str:
    """The address of the gallery's battles of two generators on a question, relative to the page."""
    return f"?{urlencode({'tab': 'gallery', 'entry': one, 'against': other, 'question': question})}"


def _wins(question: Question, key: str, language: Language) -> str:
    title = begun(language.tell(WINS))
    if len(question.counts.names) > MOST_DRAWN:
        many = language.gettext("{n} generators: the file has every pair.", n=len(question.counts.names))
        return titled_part(title, [paragraph(many)], [f"{key}-wins.csv"], language)
    link = partial(link_battles, question.criterion) if question.criterion and question.source == OWN else None
    drawn = wins_table(question, f"board-wins-{key}", language, link)
    return titled_part(title, [drawn], [f"{key}-wins.csv"], language)


def category_grids(question: Question, categories: Sequence[Category], language: Language) -> list[Grid]:
    """A table for each way in which votes fall into categories, a row a generator in the order of all votes."""
    grids = []
    for way in dict.fromkeys(one.way for one in categories):
        found = [one for one in categories if one.way == way]
        rated = [{row.generator: row for row in one.ratings} for one in found]
        rows = tuple(
            (
                language.title(row.generator),
                *(
                    f"{one.rating:.0f} ({interval(f'{one.low:.0f}', f'{one.high:.0f}', language)})" if one else "-"
                    for one in (by_name.get(row.generator) for by_name in rated)
                ),
            )
            for row in question.ratings
        )
        heads = (
            language.ngettext(
                "{name}: {n:,} vote", "{name}: {n:,} votes", one.votes, name=begun(language.tell(one.name))
            )
            for one in found
        )
        head = (language.gettext("Generator"), *heads)
        about = language.gettext(
            "{table} ({names})",
            table=titled(question, BY_CATEGORY, language), names=[one.name for one in found],
        )  # fmt: skip
        grids.append(Grid(about, head, rows, "", tuple(range(1, len(head)))))
    return grids


def _study(question: Question, key: str, language: Language) -> list[str]:
    studied = question.study
    if studied is None:
        return []
    found = []
    if studied.categories:
        title = begun(language.tell(BY_CATEGORY))
        grids = [table(grid) for grid in category_grids(question, studied.categories, language)]
        found.append(titled_part(title, grids, [f"{key}-categories.csv"], language))
    rules, title = rules_grid(question, studied, language), begun(language.tell(BY_RULE))
    return [*found, titled_part(title, [table(rules, "figures fixed")], [f"{key}-rules.csv"], language)]


def question_view(question: Question, key: str, language: Language) -> View:
    """One question: its order, what of it is settled, who won against whom, by category and by rule."""
    title = heading(question, language)
    about = paragraph(language.tell(QUESTIONS[question.criterion]), "asked") if question.criterion else ""
    if not question.total:
        return View(key, title, about + paragraph(language.tell(EMPTY), "empty"))
    said = [paragraph(describe_conclusion(question, language), "conclusion")]
    if question.study and question.ratings:
        said.append(paragraph(settlement(question.study.settled, question.study.telling, language), "asked"))
    ratings = ratings_table(ratings_grid(question, language), question.ratings, language)
    order = titled_part(language.gettext("Order"), [ratings], [f"{key}-ratings.csv"], language)
    rest = [_needed(question, language), _wins(question, key, language), *_study(question, key, language)]
    how = folded(language.gettext("How this is counted"), [notes(question_notes(question, language))])
    return View(key, title, "".join([about, *said, order, *rest, how]))


def votes_view(summary: Summary, days: Mapping[int, int], language: Language) -> View:
    """When votes came, what became of them, and the raters; ``days``: votes by day since 1970, in UTC."""
    if not summary.total:
        return View("votes", language.gettext("Votes"), paragraph(language.tell(NONE), "empty"))
    alarms = [paragraph(language.tell(text), "alarm") for text in summary.alarms]
    votes = titled_part(
        language.gettext("Votes"),
        [table(votes_grid(summary, language)), notes(votes_notes(summary, language))],
        ["votes.csv"],
        language,
    )
    daily = titled_part(
        language.gettext("Votes a day"), [draw_days(days, language)], ["votes-by-day.csv", "votes-by-day.svg"], language
    )
    raters = titled_part(
        language.gettext("Raters"),
        [table(raters_grid(summary.raters, language)), notes(raters_notes(summary.raters, language))],
        ["raters.csv"],
        language,
    )
    return View("votes", language.gettext("Votes"), "".join([*alarms, votes, daily, raters]))
