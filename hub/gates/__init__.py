"""Gates: what a rater's votes look like when nobody looked at the pictures.

A gate measures one thing and gives a risk; votes whose summed risk reaches the limit are kept but not counted. A gate
is one file of this package. It is a pure function of the rater's recent votes, the new one, and tallies of what was
said of the generators, so it can be run over old votes again. Before any gate stands who votes: what a rater can have
as many of as they like, pages without a cookie, is kept and not counted.
"""

import math
import threading
from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa

from hub.errors import HubError
from hub.gates.gate_alarm import Alarm
from hub.gates.opinions import FAVOUR, Cell, Opinions, Tally, Voices, make_cell, reverse_cell, weigh_votes
from hub.gates.rate_limits import Limits, Outages
from hub.gates.recent_votes import Recent
from hub.raters import KnownBy, Rater
from hub.registry import Registry
from hub.schema import NO_COOKIE, NO_LOGIN, Vote
from hub.settings import Count, Settings

__all__ = [
    "FAVOUR",
    "GATES",
    "Cell",
    "Gate",
    "Guard",
    "Opinions",
    "Recent",
    "Tally",
    "build_guard",
    "find_excluding_gates",
    "reverse_cell",
    "weigh_votes",
]
HISTORY = 50  # votes of a rater that gates are given
KEPT = 20_000  # votes in memory, of all raters; those who voted longest ago are forgotten first
UNLIMITED = "rate-limit"  # what a vote is marked with when the rate limit could not be checked


class Gate(Protocol):
    """One measured property of a rater's votes; ``title`` says what a vote that it excludes looks like."""

    name: str
    title: str

    def risk(self, history: Sequence[Vote], vote: Vote, said: Opinions) -> float:
        """Return the risk of a vote: from 0 (harmless) to 1 (certainly not a judgement).

        ``history`` are the rater's earlier votes, oldest first; ``said`` the opinions of the generators until now.
        """
        ...


GATES: Registry[Gate] = Registry("gate", "hub.gates.entries")


class Guard:
    """Limits how much a rater may do, and marks each vote with its risk. Safe to call from several threads."""

    def __init__(
        self,
        gates: Sequence[Gate],
        risk_limit: float,
        battles_per_minute: int,
        votes_per_hour: int,
        address_factor: int,
        count: Count = Count.all,
    ) -> None:
        self._gates, self._risk_limit, self._count = tuple(gates), risk_limit, count
        self.limits = Limits(battles_per_minute, votes_per_hour, address_factor)
        self._recent, self._voices = Recent(HISTORY, KEPT), Voices()
        self._alarms = {gate.name: Alarm(gate.name) for gate in gates}
        self._outages = Outages()
        self._lock = threading.Lock()

    def allow_battle(self, rater: Rater) -> None:
        """Count one battle of a rater.

        Raises: BattleError for one too many, saying when to try again.
        """
        self.limits.battle(rater)

    def allow_vote(self, rater: Rater) -> tuple[str, ...]:
        """Count one vote of a rater; return what to mark it with as unchecked, nothing where the limit was checked.

        Raises: BattleError for one too many, saying when to try again.
        """
        return () if self.limits.vote(rater) else (UNLIMITED,)

    def recall(self, table: pa.Table) -> None:
        """Learn the opinions in the votes of an earlier run; ``table`` is as ``read_votes`` gives it."""
        with self._lock:
            self._voices.recall(table)

    def standing(self, rater: Rater) -> tuple[str, ...]:
        """Return the reasons why no vote of this rater is counted, whatever it says; none where their votes count."""
        if self._count is Count.logins and rater.known_by is not KnownBy.login:
            return (NO_LOGIN,)
        return (NO_COOKIE,) if rater.known_by is KnownBy.page else ()

    def forget(self, vote: Vote) -> None:
        """Forget a vote that its rater took back: the next one on the same pictures repeats nothing."""
        with self._lock:
            if any(one.id == vote.id for one in self._recent.of(vote.rater)):
                self._recent.drop(vote)

    def check(self, vote: Vote) -> Vote:
        """Return the vote with ``risk``, ``excluded`` and ``unchecked`` filled in, and remember it for the next one.

        What it is ``excluded`` for already stays. A gate that fails lets the vote in, marked. A vote checked again (the
        disk had refused it) counts once.
        """
        with self._lock:
            again = any(one.id == vote.id for one in self._recent.of(vote.rater))
            history, said = self._recent.add(vote), self._voices.said(vote, again)
        risk: dict[str, float] = {}
        unchecked = list(vote.unchecked)
        for gate in self._gates:
            try:
                risk[gate.name] = _measure_risk(gate, history, vote, said)
                self._outages.works(f"The gate {gate.name}")
            except Exception:  # our failure must never cost a rater's vote
                self._outages.fails(f"The gate {gate.name}")
                unchecked.append(gate.name)
        excluded = find_excluding_gates(risk, self._risk_limit)
        with self._lock:
            for name in risk:
                self._alarms[name].note(name not in excluded, vote.rater)
            cell = make_cell(vote)
            if cell and not again and not vote.excluded and set(excluded) <= {FAVOUR}:
                self._voices.add(vote.rater, vote.network, cell, heard=not excluded)
        every = (*vote.excluded, *excluded)
        return vote.model_copy(update={"risk": risk, "excluded": every, "unchecked": tuple(unchecked)})


def _measure_risk(gate: Gate, history: Sequence[Vote], vote: Vote, said: Opinions) -> float:
    risk = gate.risk(history, vote, said)
    if not (math.isfinite(risk) and 0 <= risk <= 1):
        raise ValueError(f"gate {gate.name} gave {risk}, which is no risk from 0 to 1")
    return round(risk, 4)


def find_excluding_gates(risk: dict[str, float], limit: float) -> tuple[str, ...]:
    """Return the fewest gates, highest risks first, whose risks sum to the limit; none if all stay below it."""
    total = 0.0
    highest = sorted(risk, key=lambda name: (-risk[name], name))
    for count, name in enumerate(highest, 1):
        total += risk[name]
        if total >= limit - 1e-9:
            return tuple(highest[:count])
    return ()


def build_guard(settings: Settings) -> Guard:
    """Return the guard that the settings ask for.

    Raises: UnknownName for a gate that is not there; HubError for a limit that no sum of risks can reach, and where
    logins alone count but nobody can log in.
    """
    if settings.count is Count.logins and not settings.logins:
        raise HubError(
            "HUB_COUNT can't be logins here: raters log in only inside a Space whose README.md says hf_oauth: true. "
            "Leave HUB_COUNT out, or push the arena to a Space (python -m hub.space push)."
        )
    gates = GATES.chosen(settings.gates)
    if gates and settings.risk_limit > len(gates):
        raise HubError(
            f"HUB_RISK_LIMIT can't be {settings.risk_limit:g}: {len(gates)} gates sum to {len(gates)} at most. "
            "Lower it, or set HUB_GATES=none."
        )
    return Guard(
        gates,
        settings.risk_limit,
        settings.battles_per_minute,
        settings.votes_per_hour,
        settings.address_factor,
        settings.count,
    )
