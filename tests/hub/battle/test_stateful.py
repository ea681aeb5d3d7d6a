"""Battles under any order of calls: at most one vote each, by its own session, of what the server drew."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from hub.battle import Job, Slot
from hub.errors import BattleError, GenerationError, StorageError
from hub.raters import Rater
from hub.schema import TAGS, Criterion, Outcome, Side, Tag, Vote
from hub.votes import read_votes
from tests.hub.battle.fakes import ADA, BEN, Hall, drawn

RATERS = st.sampled_from([ADA, BEN])


class Machine(RuleBasedStateMachine):
    """Knows of each token only who started it and which slots were drawn, and what that must mean."""

    tokens: Any = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.hall = Hall(self.folder, repeats=0.5, limit=6)
        self.order: list[str] = []
        self.owner: dict[str, Rater] = {}
        self.states: dict[str, dict[Slot, str]] = {}
        self.jobs: dict[str, dict[Slot, Job]] = {}
        self.votes: dict[str, Vote] = {}

    def teardown(self) -> None:
        self.hall.log.close()
        logged = read_votes(self.folder)
        assert logged.problems == ()
        assert sorted(logged.table["id"].to_pylist()) == sorted(vote.id for vote in self.votes.values())
        shutil.rmtree(self.folder)

    def usable(self, token: str, rater: Rater) -> bool:
        """Whether calls of this rater should reach the battle at all."""
        return token in self.order[-6:] and self.owner[token] == rater

    @rule(target=tokens, rater=RATERS, criterion=st.sampled_from(Criterion), seed=st.integers(0, 2**31 - 1))
    def start(self, rater: Rater, criterion: Criterion, seed: int) -> str:
        token = self.hall.start(rater, criterion=criterion, seed=seed, again=True)
        self.order.append(token)
        self.owner[token] = rater
        self.jobs[token] = self.hall.battles.jobs(token, rater)
        there = self.hall.battles.shown(token, rater)
        self.states[token] = dict.fromkeys(self.jobs[token], "pending") | dict.fromkeys(there, "done")
        assert len(self.states[token]) == (8 if criterion is Criterion.variety else 2)
        return token

    @rule(token=tokens, rater=RATERS, pick=st.integers(0, 7), well=st.booleans())
    def draw(self, token: str, rater: Rater, pick: int, well: bool) -> None:
        slot = list(self.states[token])[pick % len(self.states[token])]
        job = self.jobs[token].get(slot, Job("ink", "a cat", 3))
        can = self.usable(token, rater) and self.states[token][slot] == "pending"
        try:
            if well:
                self.hall.battles.record(token, rater, slot, drawn(job))
            else:
                self.hall.battles.fail(token, rater, slot, GenerationError("no"))
            assert can
            self.states[token][slot] = "done" if well else "failed"
        except BattleError:
            assert not can

    @rule(token=tokens, rater=RATERS)
    def draw_all(self, token: str, rater: Rater) -> None:
        if self.usable(token, rater):
            drawn_now = self.hall.draw(token, rater)
            assert set(drawn_now) == {slot for slot, state in self.states[token].items() if state == "pending"}
            self.states[token] |= dict.fromkeys(drawn_now, "done")

    @rule(token=tokens, rater=RATERS, side=st.sampled_from(Side))
    def redraw(self, token: str, rater: Rater, side: Side) -> None:
        failed = {slot for slot, state in self.states[token].items() if state == "failed" and slot.side is side}
        try:
            assert set(self.hall.battles.redraw(token, rater, side)) == failed
            assert self.usable(token, rater)
            self.states[token] |= dict.fromkeys(failed, "pending")
        except BattleError:
            assert not failed or not self.usable(token, rater)

    @rule(
        token=tokens,
        rater=RATERS,
        outcome=st.sampled_from(Outcome),
        tags=st.lists(st.sampled_from(Tag), max_size=2),
        broken=st.booleans(),
    )
    def vote(self, token: str, rater: Rater, outcome: Outcome, tags: list[Tag], broken: bool) -> None:
        can = self.usable(token, rater) and token not in self.votes and set(self.states[token].values()) == {"done"}
        with pytest.MonkeyPatch.context() as patch:
            if broken:
                patch.setattr(self.hall.log, "append", _refuse)
            try:
                vote = self.hall.battles.vote(token, rater, outcome, tags)
            except StorageError:
                assert broken
                assert can
                return
            except BattleError as error:
                assert not can or "reasons" in str(error)
                return
        assert can
        assert set(tags) <= set(TAGS[vote.criterion])
        for side, samples in ((Side.a, vote.a), (Side.b, vote.b)):
            for number, sample in enumerate(samples):
                job = self.jobs[token].get(Slot(side, number))
                assert job in (None, Job(sample.generator, sample.prompt, sample.seed))
        assert (vote.rater, vote.outcome) == (rater.id, outcome)
        self.votes[token] = vote

    @invariant()
    def the_server_agrees(self) -> None:
        for token in self.order[-6:]:
            ready = token not in self.votes and set(self.states[token].values()) == {"done"}
            assert self.hall.battles.ready(token, self.owner[token]) is ready
        repeated = [vote.repeat_of for vote in self.votes.values() if vote.repeat_of]
        assert len(repeated) == len(set(repeated))


def _refuse(entry: object) -> None:
    raise StorageError("no space")


TestBattles = Machine.TestCase
TestBattles.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
