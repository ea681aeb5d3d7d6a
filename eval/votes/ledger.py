"""The ledger: which votes count, and for which question; of every other vote the one reason why it is left out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pyarrow as pa

from eval.favour import FavouringGroup, find_favouring
from eval.votes.codes import Codes, Mask, encode, is_set, list_names
from hub.gates import FAVOUR
from hub.language.sentence import Sentence
from hub.schema import NO_COOKIE, NO_LOGIN, NOT_BLIND, WITHDRAWN, Criterion, Outcome
from hub.votes.read import Unread
from hub.votes.rows import OWN


class LeftOut(StrEnum):
    """Why a vote is left out, where no gate is why."""

    unknown = "unknown"
    repeat = "repeat"
    same = "same"
    rule = "rule"  # of a rating that takes no ties
    chance = "chance"  # of a rating that weighs by the chances of pairs


TOLD: dict[LeftOut | Unread, Sentence] = {
    Unread.no_vote: Sentence("a line that is no vote"),
    Unread.repeated: Sentence("a repeated vote"),
    LeftOut.unknown: Sentence("what was asked, answered or compared is unknown"),
    LeftOut.repeat: Sentence("a hidden repeat"),
    LeftOut.same: Sentence("the same generator on both sides"),
    LeftOut.rule: Sentence("the rule: a tie, both bad, or of no known kind"),
    LeftOut.chance: Sentence("the chance with which its pair was drawn is not known"),
}
TELLING = (LeftOut.repeat, LeftOut.same)  # left out, and yet an answer of a rater's
MACHINE = "machine"  # a vote is excluded for this: no person gave it
STANDING = {  # who votes decides, before any gate
    MACHINE: Sentence("given by a machine judge"),
    WITHDRAWN: Sentence("taken back by its rater"),
    NO_LOGIN: Sentence("not logged in, where logins alone count"),
    NO_COOKIE: Sentence("no cookie came back"),
    NOT_BLIND: Sentence("the rater knew the names"),
}
CRITERIA, OUTCOMES = tuple(Criterion), tuple(Outcome)
Gates = tuple[str, ...]  # names
Reason = LeftOut | Unread | Gates
ASKED = (*CRITERIA, None)  # None: an imported vote whose file does not say what was asked


@dataclass(frozen=True)
class Ledger:
    """The question of each row of the votes' table, and the reason why it is left out, if it is.

    ``question``: index into ``questions`` (source; criterion, None where an import does not say), -1 where unknown.
    ``reason``: index into ``reasons``, -1 where the vote counts. A vote that gates left out has one reason, which is
    the names of them all; a gate goes before every other reason but ``unknown``, and who votes before a gate.
    ``groups`` are those of raters of whose votes none counts, as they favour one generator together.
    """

    questions: tuple[tuple[str, Criterion | None], ...]
    question: Codes  # (rows,)
    reasons: tuple[Reason, ...]
    reason: Codes  # (rows,)
    groups: tuple[FavouringGroup, ...] = ()

    @property
    def counts(self) -> Mask:
        """Rows that the ratings rest on, (rows,)."""
        return np.asarray(self.reason < 0)

    @property
    def own(self) -> Mask:
        """Rows of this arena's own votes, (rows,); imported ones were never before its gates."""
        mine = [source == OWN for source, _ in self.questions]
        return np.array([*mine, False])[self.question]

    @property
    def answered(self) -> Mask:
        """Rows that tell of this arena's raters, (rows,): its own that no gate left out, hidden repeats too."""
        telling = [reason in TELLING for reason in self.reasons]
        return np.asarray(np.array([*telling, True])[self.reason] & self.own)

    def excluded(self, rows: Mask | slice = slice(None)) -> dict[Reason, int]:
        """Return the number of votes left out by reason, of all rows or of these."""
        numbers = np.bincount(self.reason[rows] + 1, minlength=len(self.reasons) + 1)[1:]
        return {reason: int(n) for reason, n in zip(self.reasons, numbers, strict=True) if n}


def split_gates(joined: str) -> tuple[str, ...]:
    """Return the names of the gates in one value of the columns ``excluded`` and ``unchecked``, sorted."""
    return tuple(sorted(set(joined.split("+"))))


def _to_reason(joined: str) -> Gates:
    """Who votes, where that decides, else all gates."""
    gates = split_gates(joined)
    standing = next((name for name in STANDING if name in gates), None)
    return (standing,) if standing else gates


def sentence_of(reason: Reason) -> Sentence:
    """Why a vote is left out, in words."""
    if isinstance(reason, LeftOut | Unread):
        return TOLD[reason]
    if reason[0] in STANDING:
        return STANDING[reason[0]]
    if len(reason) > 1:
        return Sentence("the gates {gates}", gates=list(reason))
    return Sentence("the gate {gate}", gate=reason[0])


def name_reasons(excluded: Mapping[Reason, int]) -> dict[str, int]:
    """Return numbers of votes left out by the English sentence of the reason, as files for programs have it."""
    return {str(sentence_of(reason)): number for reason, number in excluded.items()}


def _code_questions(table: pa.Table) -> tuple[tuple[tuple[str, Criterion | None], ...], Codes]:
    """Return the questions of this arena, all of them, and of other sources; and each row's, (rows,)."""
    sources = (OWN, *(name for name in list_names(table["source"]) if name != OWN))
    source, criterion = encode(table["source"], sources), encode(table["criterion"], CRITERIA)
    criterion[(source > 0) & ~is_set(table["criterion"])] = ASKED.index(None)
    every = np.where((source < 0) | (criterion < 0), -1, source * len(ASKED) + criterion)
    votes = np.bincount(every + 1, minlength=len(sources) * len(ASKED) + 1)[1:]
    kept = [i for i, n in enumerate(votes) if n or i < len(CRITERIA)]
    lookup = np.full(len(votes) + 1, -1)
    lookup[kept] = np.arange(len(kept))
    return tuple((sources[i // len(ASKED)], ASKED[i % len(ASKED)]) for i in kept), lookup[every]


def read_ledger(table: pa.Table) -> Ledger:
    """Return the ledger of a table of votes as ``hub.votes.read_votes`` gives it.

    No vote of this arena's counts whose rater is found to favour one generator over the whole log (``eval.favour``):
    its reason is the gate's, whether or not the gate was certain when it was given.
    """
    questions, question = _code_questions(table)
    names = list_names(table["generator_a"], table["generator_b"])
    a, b = encode(table["generator_a"], names), encode(table["generator_b"], names)
    joined = list_names(table["excluded"])
    gates = sorted({_to_reason(value) for value in joined}, key=sentence_of)
    reasons: tuple[Reason, ...] = (LeftOut.unknown, *gates, *TELLING)
    reason = np.full(table.num_rows, -1)
    reason[a == b] = reasons.index(LeftOut.same)
    reason[is_set(table["repeat_of"])] = reasons.index(LeftOut.repeat)
    gate = np.array([*(reasons.index(_to_reason(value)) for value in joined), -1])[encode(table["excluded"], joined)]
    reason[gate >= 0] = gate[gate >= 0]
    unknown = (question < 0) | (a < 0) | (b < 0) | (encode(table["outcome"], OUTCOMES) < 0)
    reason[unknown] = reasons.index(LeftOut.unknown)
    return _leave_out_favour(table, Ledger(questions, question, reasons, reason))


def _leave_out_favour(table: pa.Table, ledger: Ledger) -> Ledger:
    """Return the ledger without the votes of raters who favour one generator."""
    favour = find_favouring(table, ledger.counts & ledger.own)
    found = favour.rows & ledger.own
    if not found.any():
        return ledger
    why = _to_reason(FAVOUR)
    reasons = ledger.reasons if why in ledger.reasons else (*ledger.reasons, why)
    open_ = [place for place, reason in enumerate(ledger.reasons) if reason in TELLING]
    left = found & ((ledger.reason < 0) | np.isin(ledger.reason, open_))
    reason = np.where(left, reasons.index(why), ledger.reason)
    return replace(ledger, reasons=reasons, reason=reason, groups=favour.groups)
