"""What a report comes to, and what it is of, in a few plain sentences at its head."""

from eval.render.grids import heading
from eval.render.names import CRITERIA
from eval.summary import Question, Summary
from hub.language.catalogue import Language, printable
from hub.language.sentence import Sentence

UNFINISHED = Sentence(
    "The metrics were still being measured when this was written: it has the ratings only. The whole report takes its "
    "place when it is done."
)
FIRST = 12  # digits of a hash that are shown


def describe_conclusion(question: Question, language: Language) -> str:
    """What a question's votes come to, in a sentence."""
    name = heading(question, language)
    if not question.ratings or question.study is None:
        return language.gettext("{question}: {reason}", question=name, reason=question.unrated or "")
    fields = {"question": name, "first": language.title(question.ratings[0].generator)}
    if question.study.settled.whole:
        order = [language.title(rating.generator) for rating in question.ratings]
        return language.ngettext(
            "{question}: the whole order is settled with {n:,} vote: {order}.",
            "{question}: the whole order is settled with {n:,} votes: {order}.",
            question.used, question=name, order=order,
        )  # fmt: skip
    if question.study.settled.first:
        return language.ngettext(
            "{question}: {first} is the best, which is settled with {n:,} vote; the rest of the order is not.",
            "{question}: {first} is the best, which is settled with {n:,} votes; the rest of the order is not.",
            question.used, **fields,
        )  # fmt: skip
    return language.ngettext(
        "{question}: no order is settled with {n:,} vote.", "{question}: no order is settled with {n:,} votes.",
        question.used, question=name,
    )  # fmt: skip


def conclusions(summary: Summary, language: Language) -> list[str]:
    """A sentence a question, and one on those that nobody answered."""
    told = [describe_conclusion(question, language) for question in summary.answered]
    if not summary.total:
        return [language.gettext("There are no votes yet: vote in the arena, or name other votes with --votes.")]
    silent = [CRITERIA[criterion] for criterion in summary.unanswered]
    return told + ([language.gettext("Nobody has voted on {criteria} yet.", criteria=silent)] if silent else [])


def unfinished(summary: Summary) -> list[Sentence]:
    """That the metrics are not there yet, where that is so."""
    return [UNFINISHED] if summary.unfinished else []


def about_lines(summary: Summary, language: Language) -> list[str]:
    """How many votes of how many raters, from where and when, by which code, and the generators by title."""
    counted = language.gettext(
        "{used:,} of {total:,} votes are counted, of {raters:,} raters.",
        used=summary.used, total=summary.total, raters=summary.raters.raters,
    )  # fmt: skip
    about = summary.about
    if about is None:
        return [counted]
    times = {"first": about.first, "last": about.last, "votes": printable(about.votes), "digest": about.digest[:FIRST]}
    when = language.gettext("Votes of {first} to {last} in {votes}, SHA-256 {digest}.", **times) if about.last else ""
    code = language.gettext("Vernissage at {commit}.", commit=about.commit) if about.commit else ""
    titles = [
        printable(name if title in {"", name} or title.endswith(f"({name})") else f"{title} ({name})")
        for name, title in about.titles.items()
    ]
    generators = language.gettext("Generators: {entries}.", entries=titles) if titles else ""
    return [" ".join(filter(None, (counted, when, code))), *filter(None, [generators])]
