"""Why raters preferred what they did: tables, plots and sentences, records of the JSON report, rows of the CSV."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from eval.reasons import QuestionReasons, ReasonFigures
from eval.reasons.clustered_shares import LEAST_RATERS, ClusteredShare, ShareDifference
from eval.render import Grid
from eval.render.csv_row import Figure
from eval.render.drawn import Column, Interval, column, interval_of
from eval.render.interval_plot import NamedInterval
from eval.render.names import asked, interval
from eval.rounding import rounded
from eval.statistics import FEWEST
from eval.summary import Summary
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.questions import TAG_WORDS
from hub.votes.rows import OWN

REASONS, TABLE = Sentence("Reasons"), Sentence("reasons")
TOO_FEW = Sentence("too few")
WHOSE = Sentence(
    "Reasons are ticked with a vote or after it, before the names are told; the last ones of a vote count. Shares are "
    "of the votes that preferred the generator, the others or its opponents, and gave any reason; a vote may give "
    "several. A line across a drawing is the others' share."
)
HOW = Sentence(
    "Intervals of reasons are Wilson's, at as many votes as vary by themselves, where one rater's are alike; of a "
    "difference Newcombe's, in points of a hundred. With fewer than {votes} votes or {raters} raters there is none. "
    "One in twenty such intervals misses the truth, and those who give reasons may differ from those who give none.",
    votes=FEWEST, raters=LEAST_RATERS,
)  # fmt: skip


def list_reasons(summary: Summary) -> list[QuestionReasons]:
    """The questions to tell of: this arena's, and those of imports that have reasons."""
    return [one for one in summary.reasons if one.source == OWN or one.given.count]


def _with_interval(value: str, between: str | None, language: Language) -> str:
    told = language.tell(TOO_FEW) if between is None else between
    return language.gettext("{value} ({between})", value=value, between=told)


def _share(one: ClusteredShare | None, language: Language) -> str:
    if one is None:
        return "-"
    told = None if one.low is None else interval(f"{one.low:.0%}", f"{one.high:.0%}", language)
    return _with_interval(f"{one.value:.0%}", told, language)


def _points(share: float | None) -> str:
    return f"{100 * (share or 0.0):+.0f}"


def _difference(one: ShareDifference | None, language: Language) -> str:
    if one is None:
        return "-"
    told = None if one.low is None else interval(_points(one.low), _points(one.high), language)
    return _with_interval(_points(one.value), told, language)


def _number(one: ClusteredShare | None) -> str:
    return f"{one.n:,}" if one else "0"


def _title(one: QuestionReasons, language: Language) -> str:
    name = asked(one.criterion, one.source, language)
    return language.gettext("{question}: {table}", question=name, table=TABLE)


def reasons_grid(one: QuestionReasons, language: Language) -> Grid:
    """A question's reasons, a row a generator and reason, generators as in the ratings."""
    rows = tuple(
        (language.title(row.generator), language.tell(TAG_WORDS[row.reason]), _share(row.won, language),
         _number(row.won), f"{row.others.value:.0%}" if row.others else "-", _difference(row.difference, language),
         _share(row.lost, language), _number(row.lost))
        for row in one.figures
    )  # fmt: skip
    head = (
        language.gettext("Generator"),
        language.gettext("Reason"),
        language.gettext("Of its wins"),
        language.gettext("Wins with reasons"),
        language.gettext("Of the others' wins"),
        language.gettext("Difference"),
        language.gettext("Of its losses"),
        language.gettext("Losses with reasons"),
    )
    return Grid(_title(one, language), head, rows, "", (2, 3, 4, 5, 6, 7))


def reasons_grids(summary: Summary, language: Language) -> list[Grid]:
    """The table of each question of which votes gave reasons."""
    return [reasons_grid(one, language) for one in list_reasons(summary) if one.figures]


def _interval(row: ReasonFigures, language: Language) -> NamedInterval | None:
    """The share in a generator's wins with its interval, and the others' share as a mark; None where it has none."""
    if row.won is None or row.won.low is None or row.won.high is None:
        return None
    name = f"{language.title(row.generator)}: {language.tell(TAG_WORDS[row.reason])}"
    shown = interval_of(name, (row.won.value, row.won.low, row.won.high), "{:.0%}".format, language)
    return NamedInterval(name, replace(shown, mark=row.others.value if row.others else None))


def reasons_column(one: QuestionReasons, language: Language) -> Column | None:
    """The intervals of the wins' shares drawn, each with the others' share; None without any."""
    found = [_interval(row, language) for row in one.figures]
    points: list[Interval] = [each.interval for each in found if each]
    if not points:
        return None
    drawn = column(2, points, ".0%", language, (0.0, 1.0))
    left = iter(drawn.cells)
    return Column(drawn.at, drawn.head, tuple(next(left) if each else "" for each in found))


def reasons_plot(one: QuestionReasons, language: Language) -> tuple[str, list[NamedInterval]]:
    """The title and the points of a question's plot for a paper."""
    return _title(one, language), [each for row in one.figures if (each := _interval(row, language))]


def _tell_given(one: QuestionReasons, language: Language) -> str:
    name = asked(one.criterion, one.source, language)
    if not one.given.count:
        return language.gettext(
            "{question}: none of {n:,} counted votes gave a reason.", question=name, n=one.given.n
        )  # fmt: skip
    return language.gettext(
        "{question}: {share} of {n:,} counted votes gave reasons; {decided:,} of these votes were for a side.",
        question=name, share=_share(one.given, language), n=one.given.n, decided=one.decided,
    )  # fmt: skip


def given_notes(one: QuestionReasons, language: Language) -> list[str]:
    """What to know of one question's reasons."""
    told = [WHOSE, HOW] if one.figures else []
    return [_tell_given(one, language), *map(language.tell, told)]


def reasons_notes(summary: Summary, language: Language) -> list[str]:
    """What to know of all reasons, each sentence once."""
    return list(dict.fromkeys(note for one in list_reasons(summary) for note in given_notes(one, language)))


def _share_record(one: ClusteredShare | None) -> dict[str, Any] | None:
    if one is None:
        return None
    ends = {key: None if end is None else rounded(end) for key, end in (("low", one.low), ("high", one.high))}
    return {"value": rounded(one.value), **ends, "votes": one.count, "n": one.n, "raters": one.raters}


def _difference_record(one: ShareDifference | None) -> dict[str, Any] | None:
    return {key: None if value is None else rounded(value) for key, value in vars(one).items()} if one else None


def reasons_records(summary: Summary) -> list[dict[str, Any]]:
    """The reasons as JSON; an end of an interval that can't be had is null."""
    return [
        {
            "criterion": one.criterion,
            "source": one.source,
            "given": _share_record(one.given),
            "decided": one.decided,
            "figures": [
                {"generator": row.generator, "reason": row.reason, "won": _share_record(row.won),
                 "others": _share_record(row.others), "difference": _difference_record(row.difference),
                 "lost": _share_record(row.lost)}
                for row in one.figures
            ],
        }
        for one in list_reasons(summary)
    ]  # fmt: skip


def _figure(about: Figure, name: str, one: ClusteredShare | ShareDifference | None, **of: str) -> Iterator[Figure]:
    if one is not None:
        n, note = one.n if isinstance(one, ClusteredShare) else None, TOO_FEW if one.low is None else ""
        yield about.of("reasons", name, one.value, low=one.low, high=one.high, n=n, note=note, **of)


def reasons_figures(summary: Summary) -> Iterator[Figure]:
    """The reasons as rows of the CSV report."""
    for one in list_reasons(summary):
        about = Figure(source=one.source, question=str(one.criterion or ""))
        yield from _figure(about, "given", one.given)
        for row in one.figures:
            of = {"generator": row.generator, "group": str(row.reason)}
            for name in ("won", "others", "difference", "lost"):
                yield from _figure(about, name, getattr(row, name), **of)
