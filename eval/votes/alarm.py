"""Alarms when the gates suddenly keep out far more votes than before, and when raters favour a generator together."""

import math
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from eval.favour import FavouringGroup
from eval.votes.codes import Codes, Mask, encode, list_names
from eval.votes.ledger import Ledger, split_gates
from hub.language.sentence import Sentence
from hub.schema import NO_COOKIE, NO_LOGIN, WITHDRAWN

WINDOW = 100  # votes: the latest
LEAST = 50  # votes; with fewer on either side nothing is said
DROP = 0.2  # of the pass rate
CHANCE = 0.001  # of a drop as large by luck alone
WHO = {NO_COOKIE: Sentence("The rule that a cookie must come back")}
RULE = Sentence(
    "The alarm rings when the gates left out more than half of the latest {window} votes, or when the share that a "
    "gate let pass is {points:.0f} points or more lower in them than in all votes before, and luck alone would do "
    "that less than once in {times:,.0f} times (Fisher's exact test). Where there are fewer than {twice} votes, the "
    "later half is held against the earlier; nothing is said on fewer than {least}.",
    window=WINDOW, points=DROP * 100, times=1 / CHANCE, twice=2 * WINDOW, least=LEAST,
)  # fmt: skip


def chance_by_luck(out: int, window: int, out_all: int, votes: int) -> float:
    """Return the chance that ``window`` of the votes, drawn blindly, hold ``out`` or more of the ``out_all`` left out.

    Exact: the upper tail of the hypergeometric distribution, which is Fisher's one-sided test.
    """
    most = min(window, out_all)
    ways = sum(math.comb(out_all, k) * math.comb(votes - out_all, window - k) for k in range(out, most + 1))
    return ways / math.comb(votes, window)


def _describe_raters(out: Mask, rater: Codes) -> Sentence:
    """Return a sentence on how many raters the votes left out are of."""
    return Sentence(
        "Those left out are of {behind:,} of the {everyone:,} raters then: find out whether they cheat or the gates "
        "are wrong.",
        behind=len(np.unique(rater[out])), everyone=len(np.unique(rater)),
    )  # fmt: skip


def _warn_of_fall(who: Sentence, out: Mask, rater: Codes) -> Sentence | None:
    """Return the sentence on a pass rate that fell, if it did.

    ``out``: votes left out, (votes,), by time.
    """
    window = min(WINDOW, len(out) // 2)
    if window < LEAST:
        return None
    late, early = out[-window:], out[:-window]
    passed, before = 1 - late.mean(), 1 - early.mean()
    fell = before - passed >= DROP - 1e-12
    if not fell or chance_by_luck(int(late.sum()), window, int(out.sum()), len(out)) >= CHANCE:
        return None
    return Sentence(
        "{who} let {passed:.0%} of the latest {window:,} votes pass, after {before:.0%} of the {early:,} before. "
        "{whose}",
        who=who, passed=passed, window=window, before=before, early=len(early),
        whose=_describe_raters(late, rater[-window:]),
    )  # fmt: skip


def _warn_of_half(out: Mask, rater: Codes) -> Sentence | None:
    """Return the sentence on more than half of the latest votes left out, if they were."""
    late = out[-WINDOW:]
    if len(late) < LEAST or late.mean() <= 0.5:
        return None
    return Sentence("The gates left out {out:,} of the latest {window:,} votes. {whose}",
                    out=late.sum(), window=len(late), whose=_describe_raters(late, rater[-WINDOW:]))  # fmt: skip


def list_alarms(out: Mapping[str, Mask], rater: Codes) -> tuple[str, ...]:
    """List every alarm that rings; the gates are held together where none falls by itself.

    ``out``: by gate, which votes it left out, (votes,) by time; ``rater``: who gave them, (votes,).
    """
    together = np.logical_or.reduce([np.zeros(len(rater), dtype=bool), *out.values()])
    alone = [
        _warn_of_fall(WHO.get(name, Sentence("The gate {gate}", gate=name)), left, rater) for name, left in out.items()
    ]
    whole = None if any(alone) else _warn_of_fall(Sentence("The gates together"), together, rater)
    said = [_warn_of_half(together, rater), *alone, whole]
    return tuple(sentence for sentence in said if sentence)


def _describe_networks(number: int) -> Sentence:
    if number < 2:
        return Sentence("one network") if number else Sentence("no known network")
    return Sentence("{number:,} networks", number=number)


def warn_of_group(group: FavouringGroup) -> Sentence:
    """Return the sentence on raters who favour one generator, or refuse it, together."""
    did = (Sentence("preferred {generator}", generator=group.generator) if group.liked
           else Sentence("refused {generator}", generator=group.generator))  # fmt: skip
    return Sentence(
        "{raters:,} raters on {networks} {did}, whatever stood beside it, as one person with many cookies would: "
        "their {votes:,} votes are left out. Find out whether they are one.",
        raters=group.raters, networks=_describe_networks(group.networks), did=did, votes=group.votes,
    )  # fmt: skip


def find_alarms(table: pa.Table, ledger: Ledger) -> tuple[str, ...]:
    """List every alarm that rings over this arena's own votes: of gates, by time, then of groups of raters."""
    rows = np.flatnonzero(ledger.own)
    rows = rows[np.argsort(np.asarray(table["time"])[rows], kind="stable")]
    joined = list_names(table["excluded"])
    value = encode(table["excluded"], joined)[rows]
    gates = sorted(
        {gate for names in joined for gate in split_gates(names)} - {NO_LOGIN, WITHDRAWN}
    )  # which are choices
    out = {gate: np.array([*(gate in split_gates(names) for names in joined), False])[value] for gate in gates}
    rung = list_alarms(out, encode(table["rater"], list_names(table["rater"]))[rows])
    return (*rung, *map(warn_of_group, ledger.groups))
