"""The content of a report, as data: ratings by question, counts of votes, the raters, and metrics."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from eval.about import About
from eval.agreement.evidence import Evidence, Join, QuestionVotes, join_metrics
from eval.arrays import one_thread
from eval.judge.machine_figures import MachineJudge
from eval.measure import Table
from eval.protocol import VoteProtocol
from eval.raters import Raters, measure_raters
from eval.raters.crowd import Crowd, measure_crowd
from eval.ratings.board import Rule, make_board
from eval.ratings.bradley_terry import Rating, fit
from eval.ratings.categories import describe_wordings
from eval.ratings.counts import Counts, code_votes
from eval.ratings.robustness import Robustness, study_robustness
from eval.ratings.weights import WeighedVotes, code_origins, weigh_votes
from eval.reasons import QuestionReasons, measure_reasons
from eval.votes.alarm import find_alarms
from eval.votes.codes import encode, list_names
from eval.votes.ledger import Ledger, Reason, read_ledger, sentence_of, split_gates
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.progress import track_items
from hub.schema import Criterion
from hub.votes import ReadVotes
from hub.votes.rows import OWN

REPORTED = 200  # generators of a question that has a page: refits tell how firm their order is
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
    study: Robustness | None
    excluded: dict[Reason, int]
    notes: tuple[str, ...] = ()  # on whose votes they are
    protocol: VoteProtocol | None = None

    @property
    def order(self) -> list[int]:
        """Indices of the counts' generators, best first, or by name where there are no ratings."""
        names = [rating.generator for rating in self.ratings] or self.counts.names
        return [self.counts.names.index(name) for name in names]

    @property
    def used(self) -> int:
        """Number of votes that the ratings rest on."""
        return self.counts.used

    @property
    def total(self) -> int:
        """Number of votes on this question, those excluded among them."""
        return self.used + sum(self.excluded.values())


@dataclass(frozen=True)
class Summary:
    """A report. ``unchecked``: by gate, votes that count though it could not run.

    ``unfinished``: its metrics are still being measured.
    """

    questions: tuple[Question, ...]
    total: int  # votes read, and lines that should have been votes
    excluded: dict[Reason, int]
    unchecked: dict[str, int]
    alarms: tuple[str, ...]
    raters: Raters
    problems: tuple[str, ...]
    table: Table | None  # None: metrics were not asked for
    join: Join | None  # of votes and metrics
    crowd: Crowd | None = None  # who gave what counts
    about: About | None = None
    unfinished: bool = False
    machines: tuple[MachineJudge, ...] = ()  # whose votes are in nothing else
    reasons: tuple[QuestionReasons, ...] = ()  # of questions whose votes count

    @property
    def used(self) -> int:
        """Number of votes that the ratings of all questions rest on."""
        return sum(question.used for question in self.questions)

    @property
    def answered(self) -> list[Question]:
        """Questions with votes."""
        return [question for question in self.questions if question.total]

    @property
    def unanswered(self) -> list[Criterion]:
        """Criteria that nobody has voted on in this arena."""
        return [question.criterion for question in self.questions if question.criterion and not question.total]


def _rate_question(
    table: pa.Table,
    criterion: Criterion | None,
    source: str,
    known: WeighedVotes,
    counts: Counts,
    excluded: dict[Reason, int],
) -> Question:
    """Rate one question; votes that give no ratings leave a reason instead."""
    ratings: tuple[Rating, ...] = ()
    prior = unrated = studied = None
    try:
        if not counts.used:
            left_out = sum(excluded.values())
            raise DataError(
                Sentence("No vote counts: {number:,} left out.", number=left_out)
                if left_out
                else Sentence("Nobody has voted on it yet.")
            )
        fitted = fit(known.votes.counts)
        ratings, prior = make_board(known.votes, Rule(), known.groups).ratings, fitted.prior
        studied = study_robustness(table, known, fitted)
    except DataError as error:
        unrated = error.sentence
    notes = (*known.notes, *describe_wordings(table, known.votes))
    protocol = known.describe_protocol()
    return Question(criterion, source, ratings, unrated, prior, counts, studied, excluded, notes, protocol)


def _count_unchecked(table: pa.Table, ledger: Ledger) -> dict[str, int]:
    """Return how many votes count that each gate could not check."""
    joined = list_names(table["unchecked"])
    numbers = np.bincount(encode(table["unchecked"], joined)[ledger.counts] + 1, minlength=len(joined) + 1)[1:]
    tally: Counter[str] = Counter()
    for names, number in zip(joined, numbers.tolist(), strict=True):
        tally.update(dict.fromkeys(split_gates(names), number))
    return dict(sorted((+tally).items()))


@dataclass(frozen=True)
class RatedVotes:
    """Votes that are rated, and what joining them with metrics needs."""

    summary: Summary
    votes: pa.Table
    asked: tuple[QuestionVotes, ...]

    def joined(self, table: Table, evidence: Evidence | None = None) -> Summary:
        """Return the summary with the metrics, and with the pictures that are joined with both."""
        return replace(self.summary, table=table, join=join_metrics(self.votes, self.asked, table, evidence))


@one_thread()
def rate_votes(read: ReadVotes) -> RatedVotes:
    """Rate the votes, question by question, and look at their raters."""
    ledger = read_ledger(read.table)
    questions, asked, reasons, of = [], [], [], code_origins(read.table)
    for number, (source, criterion) in enumerate(track_items(ledger.questions, "rating questions")):
        rows = ledger.question == number
        votes = code_votes(read.table, rows & ledger.counts, REPORTED)
        left_out_of_it, known = ledger.excluded(rows), weigh_votes(votes, of)
        questions.append(_rate_question(read.table, criterion, source, known, votes.counts, left_out_of_it))
        asked.append(QuestionVotes(criterion, source, votes))
        order = [votes.names[place] for place in questions[-1].order]
        reasons.append(measure_reasons(read.table, votes, criterion, source, order))
    left_out: dict[Reason, int] = {reason: number for reason, number in read.left_out.items() if number}
    excluded = ledger.excluded() | left_out
    crowd = measure_crowd(read.table, ledger)
    summary = Summary(
        questions=tuple(questions),
        total=read.table.num_rows + sum(left_out.values()),
        excluded=dict(sorted(excluded.items(), key=lambda one: sentence_of(one[0]))),
        unchecked=_count_unchecked(read.table, ledger),
        alarms=(*find_alarms(read.table, ledger), *(crowd.alarms() if crowd else ())),
        crowd=crowd,
        raters=measure_raters(read.table, ledger),
        problems=read.problems,
        table=None,
        join=None,
        reasons=tuple(filter(None, reasons)),
    )
    return RatedVotes(summary, read.table, tuple(asked))


def summarise(read: ReadVotes, table: Table | None = None, evidence: Evidence | None = None) -> Summary:
    """Rate the votes and put everything together.

    ``table`` holds the metrics, if they were asked for, ``evidence`` the pictures to join with both.
    """
    rated = rate_votes(read)
    return rated.joined(table, evidence) if table else rated.summary


def name_questions(summary: Summary) -> dict[str, Question]:
    """Return the questions by key: this arena's by their criteria, imported ones with votes by numbers."""
    own = {str(one.criterion): one for one in summary.questions if one.source == OWN and one.criterion}
    imported = [one for one in summary.questions if one.source != OWN and one.total]
    return own | {f"import-{number}": one for number, one in enumerate(imported, 1)}
