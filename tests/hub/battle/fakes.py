"""A hall for battles: the real log and store in a folder, fake generators, and whatever guard a test needs."""

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hub.battle import Battles, Slot, SlotDrawing, Tokens
from hub.engine import DrawnSample
from hub.gates import Gate, Guard
from hub.moderation import Moderation
from hub.raters import Rater
from hub.schema import Criterion, Outcome, Sample, Setup
from hub.votes import ContentStore, VoteLog
from tests.hub.votes import made

NAMES = ("ink", "oil", "wax")
ADA, BEN = Rater("ada", "ada-session", "ada-house"), Rater("ben", "ben-session", "ben-house")
SECRET = "a secret of the tests"  # noqa: S105


def drawn(job: SlotDrawing) -> DrawnSample:
    """What an engine would return for the job."""
    png = f"{job}".encode()
    setup: Setup = made.setup(generator=job.name)
    sample = Sample(
        generator=job.name,
        revision="r1",
        **dict(job.request),
        sha256=hashlib.sha256(png).hexdigest(),
        seconds=0.5,
        setup=setup.digest,
    )
    return DrawnSample(sample, png, setup)


def guard(gates: Sequence[Gate] = (), **limits: int) -> Guard:
    """A guard without gates, whose limits nobody reaches unless a test sets them."""
    amounts = {"battles_per_minute": 10**6, "votes_per_hour": 10**6, "address_factor": 2} | limits
    return Guard(gates, 1.0, amounts["battles_per_minute"], amounts["votes_per_hour"], amounts["address_factor"])


class Hall:
    """Battles in a data folder."""

    def __init__(
        self, data: Path, names: Sequence[str] = NAMES, minutes: float = 60, open_seconds: float = 0, **options: Any
    ) -> None:
        self.data, self.log, self.store = data, VoteLog(data, battle_seconds=open_seconds), ContentStore(data)
        self.tokens = Tokens(SECRET, minutes)
        parts: dict[str, Any] = {
            "guard": guard(),
            "moderation": Moderation(("none",)),
            "rng": random.Random(0),
        } | options
        rng, watch, moderation = (parts.pop(name) for name in ("rng", "guard", "moderation"))
        self.battles = Battles(names, self.log, self.store, rng, self.tokens, watch, moderation, **parts)

    def start(self, rater: Rater = ADA, **asked: Any) -> str:
        """The token of a new battle."""
        defaults: dict[str, Any] = {"prompt": "a cat", "criterion": Criterion.quality}
        return self.battles.start(rater, **(defaults | asked))

    def worded(self, prompt: str = "a cat", wording: str = "one cat", rater: Rater = ADA) -> str:
        """The token of a new battle on two wordings, with all its pictures."""
        token = self.battles.start_worded(rater, prompt, wording)
        self.draw(token, rater)
        return token

    def draw(self, token: str, rater: Rater = ADA) -> dict[Slot, SlotDrawing]:
        """Draw what is pending."""
        jobs = self.battles.jobs(token, rater)
        for slot, job in jobs.items():
            self.battles.record(token, rater, slot, drawn(job))
        return jobs

    def finished(self, rater: Rater = ADA, **asked: Any) -> str:
        """The token of a battle with all its pictures."""
        token = self.start(rater, **asked)
        self.draw(token, rater)
        return token

    def voted(self, outcome: Outcome = Outcome.a, rater: Rater = ADA, **asked: Any) -> str:
        """The id of a vote on a new battle."""
        return self.battles.vote(self.finished(rater, **asked), rater, outcome).id
