"""Gates: what a rater's votes look like when nobody looked at the pictures.

A gate measures one thing and gives a risk; votes whose summed risk reaches the limit are kept but not counted. A gate
is one file of this package. It is a pure function of the rater's recent votes and the new one, so it can be run over
old votes again.
"""

import math
import threading
from collections.abc import Sequence
from typing import Protocol

from hub.errors import HubError
from hub.gates._alarm import Alarm
from hub.gates._limits import Limits, Outages
from hub.gates._recent import Recent
from hub.raters import Rater
from hub.registry import Registry
from hub.schema import Vote
from hub.settings import Settings

__all__ = ["GATES", "Gate", "Guard", "Recent", "carriers", "from_settings"]
HISTORY = 50  # votes of a rater that gates are given
KEPT = 20_000  # votes in memory, of all raters; those who voted longest ago are forgotten first
UNLIMITED = "rate-limit"  # what a vote is marked with when the rate limit could not be checked


class Gate(Protocol):
    """One thing that is measured. ``title`` says what a vote that it excludes looks like."""

    name: str
    title: str

    def risk(self, history: Sequence[Vote], vote: Vote) -> float:
        """From 0 (harmless) to 1 (certainly not a judgement). ``history``: the rater's votes before, oldest first."""
        ...


GATES: Registry[Gate] = Registry("gate", "hub.gates")


class Guard:
    """Says how much a rater may do, and marks each vote with its risk. Safe to call from several threads."""

    def __init__(
        self,
        gates: Sequence[Gate],
        risk_limit: float,
        battles_per_minute: int,
        votes_per_hour: int,
        address_factor: int,
    ) -> None:
        self._gates, self._risk_limit = tuple(gates), risk_limit
        self.limits = Limits(battles_per_minute, votes_per_hour, address_factor)
        self._recent = Recent(HISTORY, KEPT)
        self._alarms = {gate.name: Alarm(gate.name) for gate in gates}
        self._outages = Outages()
        self._lock = threading.Lock()

    def allow_battle(self, rater: Rater) -> None:
        """Count one battle. Raises BattleError, saying when to try again, for one too many."""
        self.limits.battle(rater)

    def allow_vote(self, rater: Rater) -> tuple[str, ...]:
        """Count one vote. Raises BattleError, saying when to try again, for one too many.

        Returns what the vote is marked with as unchecked: nothing, unless the limit could not be checked.
        """
        return () if self.limits.vote(rater) else (UNLIMITED,)

    def check(self, vote: Vote) -> Vote:
        """The vote with ``risk``, ``excluded`` and ``unchecked`` filled in, and remembered for the rater's next one.

        A gate that fails lets the vote in, marked. A vote checked again (the disk had refused it) counts once.
        """
        with self._lock:
            history = self._recent.add(vote)
        risk: dict[str, float] = {}
        unchecked = list(vote.unchecked)
        for gate in self._gates:
            try:
                risk[gate.name] = _measured(gate, history, vote)
                self._outages.works(f"The gate {gate.name}")
            except Exception:  # our failure must never cost a rater's vote
                self._outages.fails(f"The gate {gate.name}")
                unchecked.append(gate.name)
        excluded = carriers(risk, self._risk_limit)
        with self._lock:
            for name in risk:
                self._alarms[name].note(name not in excluded, vote.rater)
        return vote.model_copy(update={"risk": risk, "excluded": excluded, "unchecked": tuple(unchecked)})


def _measured(gate: Gate, history: Sequence[Vote], vote: Vote) -> float:
    risk = gate.risk(history, vote)
    if not (math.isfinite(risk) and 0 <= risk <= 1):
        raise ValueError(f"gate {gate.name} gave {risk}, which is no risk from 0 to 1")
    return round(risk, 4)


def carriers(risk: dict[str, float], limit: float) -> tuple[str, ...]:
    """The fewest gates, highest risks first, whose risks sum to the limit; none where all of them do not."""
    total = 0.0
    highest = sorted(risk, key=lambda name: (-risk[name], name))
    for count, name in enumerate(highest, 1):
        total += risk[name]
        if total >= limit - 1e-9:
            return tuple(highest[:count])
    return ()


def from_settings(settings: Settings) -> Guard:
    """The guard that the settings ask for. Raises UnknownName for a gate that is not there.

    Raises HubError for a limit that no sum of risks can reach.
    """
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
    )
