"""What a report says, as data: ratings by question, what became of the votes, the raters, and metrics."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from eval.alarm import RULE, find_alarms
from eval.columns import encode, names_in
from eval.ledger import Ledger, gates_in, read_ledger
from eval.measure import Table
from eval.raters import BETWEEN, CONSISTENCY, LEFT, WITHIN, Raters, measure_raters
from eval.raters.alpha import CATEGORIES, LEVEL
from eval.ratings.battles import Counts, Votes, code
from eval.ratings.bradley_terry import TIE_RULE, Rating, fit, rate
from eval.ratings.study import Study, study
from hub.errors import DataError
from hub.schema import Criterion
from hub.sentences import Sentence
from hub.votes import ReadVotes
from hub.votes.rows import OWN

CAVEAT = Sentence(
    "Metrics are measured with small embedded encoders on 64-pixel emoji: compare them with one another, never with "
    "published FID or CLIP scores."
)


@dataclass(frozen=True)
class Question:
    """One question's ratings, from one source's votes.

    ``criterion`` is None where an import does not say what was asked. ``unrated`` says why there are no ratings (and no
    study), ``prior`` what was added to the votes, if anything.
    """

    criterion: Criterion | None
    source: str
    ratings: tuple[Rating, ...]
    unrated: str | None
    prior: str | None
    counts: Counts
    study: Study | None
    excluded: dict[str, int]

    @property
    def order(self) -> list[int]:
        """Indices of the counts' generators, best first, or by name where there are no ratings."""
        names = [rating.generator for rating in self.ratings] or self.counts.names
        return [self.counts.names.index(name) for name in names]

    @property
    def used(self) -> int:
        """Votes the ratings rest on."""
        return self.counts.used

    @property
    def total(self) -> int:
        """Votes on this question, those excluded among them."""
        return self.used + sum(self.excluded.values())


@dataclass(frozen=True)
class Summary:
    """A report. ``unchecked``: by gate, votes that count though it could not run."""

    questions: tuple[Question, ...]
    total: int  # votes read, and lines that should have been votes
    excluded: dict[str, int]
    unchecked: dict[str, int]
    alarms: tuple[str, ...]
    raters: Raters
    problems: tuple[str, ...]
    table: Table | None  # None: metrics were not asked for

    @property
    def used(self) -> int:
        """Votes that the ratings of all questions rest on."""
        return sum(question.used for question in self.questions)

    @property
    def answered(self) -> list[Question]:
        """Questions with votes."""
        return [question for question in self.questions if question.total]

    @property
    def unanswered(self) -> list[Criterion]:
        """Criteria that nobody has voted on in this arena."""
        return [question.criterion for question in self.questions if question.criterion and not question.total]


def _rate(
    table: pa.Table, criterion: Criterion | None, source: str, votes: Votes, excluded: dict[str, int]
) -> Question:
    """Rate one question; votes that give no ratings leave a reason instead."""
    ratings: list[Rating] = []
    prior = unrated = studied = None
    counts = votes.counts
    try:
        if not counts.used:
            left_out = sum(excluded.values())
            raise DataError(
                Sentence("No vote counts: {number:,} left out.", number=left_out)
                if left_out
                else Sentence("Nobody has voted on it yet.")
            )
        fitted = fit(counts)
        ratings, prior, studied = rate(fitted), fitted.prior, study(table, votes, fitted)
    except DataError as error:
        unrated = error.sentence
    return Question(criterion, source, tuple(ratings), unrated, prior, counts, studied, excluded)


def _unchecked(table: pa.Table, ledger: Ledger) -> dict[str, int]:
    """How many votes count that each gate could not check."""
    joined = names_in(table["unchecked"])
    numbers = np.bincount(encode(table["unchecked"], joined)[ledger.counts] + 1, minlength=len(joined) + 1)[1:]
    tally: Counter[str] = Counter()
    for names, number in zip(joined, numbers.tolist(), strict=True):
        tally.update(dict.fromkeys(gates_in(names), number))
    return dict(sorted((+tally).items()))


def summarise(read: ReadVotes, table: Table | None = None) -> Summary:
    """Rate the votes and put everything together; ``table`` holds the metrics, if they were asked for."""
    ledger = read_ledger(read.table)
    questions = []
    for number, (source, criterion) in enumerate(ledger.questions):
        rows = ledger.question == number
        votes = code(read.table, rows & ledger.counts)
        questions.append(_rate(read.table, criterion, source, votes, ledger.excluded(rows)))
    left_out = {reason: number for reason, number in read.left_out.items() if number}
    return Summary(
        questions=tuple(questions),
        total=read.table.num_rows + sum(left_out.values()),
        excluded=dict(sorted((Counter(ledger.excluded()) + Counter(left_out)).items())),
        unchecked=_unchecked(read.table, ledger),
        alarms=find_alarms(read.table, ledger),
        raters=measure_raters(read.table, ledger),
        problems=read.problems,
        table=table,
    )


def rounded(value: float) -> float:
    """Six significant digits: what a file keeps of a figure."""
    return float(f"{value:.6g}")


def _figures(item: Any) -> dict[str, Any]:
    """A record's fields, floats rounded, those that are None left out."""
    fields = {key: rounded(value) if isinstance(value, float) else value for key, value in asdict(item).items()}
    return {key: value for key, value in fields.items() if value is not None}


def _question(question: Question) -> dict[str, Any]:
    counts = question.counts
    return {
        "criterion": question.criterion,
        "source": question.source,
        "votes": {"total": question.total, "used": question.used, "excluded": question.excluded},
        "ratings": [_figures(rating) for rating in question.ratings],
        "prior": question.prior,
        "unrated": question.unrated,
        "win_matrix": {
            "generators": list(counts.names),
            "wins": counts.wins.astype(int).tolist(),
            "ties": counts.ties.astype(int).tolist(),
        },
        "study": _study(question.study) if question.study else None,
    }


def _study(studied: Study) -> dict[str, Any]:
    names = ("points", "low", "high")
    position = studied.position and dict(zip(names, map(rounded, studied.position), strict=True))
    return {
        "otherwise": [
            {"rule": one.rule, "prior": one.prior, "missing": one.missing}
            | {"ratings": {name: rounded(points) for name, points in one.ratings.items()}}
            for one in studied.otherwise
        ],
        "left_side": position,
        "clustered_widening": {by: rounded(times) for by, times in studied.widening.items()},
        "fragility": {
            "votes": asdict(studied.votes) if studied.votes else None,
            "raters": asdict(studied.raters) if studied.raters else None,
        },
        "settled": asdict(studied.settled) | {"telling": studied.telling},
        "categories": [
            {"name": one.name, "votes": one.votes, "prior": one.prior, "unrated": one.unrated}
            | {"ratings": [_figures(rating) for rating in one.ratings]}
            for one in studied.categories
        ],
    }


def _raters(raters: Raters) -> dict[str, Any]:
    keys: dict[str, str] = {
        LEFT: "left_share",
        CONSISTENCY: "self_consistency",
        WITHIN: "alpha_within",
        BETWEEN: "alpha_between",
    }
    measured = (raters.left, raters.consistency, raters.within, raters.between)
    return {
        "source": OWN,
        "raters": raters.raters,
        "votes": raters.votes,
        "votes_a_rater": {"median": raters.median, "most": raters.most} if raters.raters else None,
        "repeats": raters.repeats,
        **{key: _figures(item) if item else None for key, item in zip(keys.values(), measured, strict=True)},
        "chance_consistency": None if raters.chance is None else rounded(raters.chance),
        "level": f"{LEVEL} over {', '.join(CATEGORIES)}",
        "missing": {keys[name]: reason for name, reason in raters.missing.items()},
    }


def to_json(summary: Summary) -> str:
    """The report as JSON, for programs. Figures that could not be had are under ``missing``, with the reason."""
    table = summary.table or Table()
    content = {
        "votes": {
            "total": summary.total,
            "used": summary.used,
            "excluded": summary.excluded,
            "unchecked": summary.unchecked,
            "alarms": list(summary.alarms),
            "alarm_rule": RULE,
        },
        "questions": [_question(question) for question in summary.questions],
        "tie_rule": TIE_RULE,
        "raters": _raters(summary.raters),
        "metrics": [{"generator": row.generator, **_figures(row.measured)} for row in table.rows],
        "missing": [asdict(missing) for missing in table.missing],
        "problems": list(summary.problems),
        "caveat": CAVEAT,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
