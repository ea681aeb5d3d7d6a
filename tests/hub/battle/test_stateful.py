"""Battles under any order of calls: at most one vote each, by its own session, of what the server drew."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from hub.battle import Slot, SlotDrawing
from hub.errors import BattleError, GenerationError, StorageError
from hub.questions import TAGS
from hub.raters import Rater
from hub.schema import Criterion, Outcome, Side, Tag, Vote
from hub.votes import read_votes
from tests.asking import asking
from tests.hub.battle.fakes import ADA, BEN, Hall, drawn

RATERS = st.sampled_from([ADA, BEN])
SELDOM = st.integers(0, 7).map(lambda number: number == 7)
REASONS = st.sampled_from([[], [], [], [Tag.sharpness], [Tag.style, Tag.style], [Tag.layouts]])


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
        self.jobs: dict[str, dict[Slot, SlotDrawing]] = {}
        self.votes: dict[str, Vote] = {}
        self.named: set[str] = set()  # votes whose names were told

    def teardown(self) -> None:
        self.hall.log.close()
        logged = read_votes(self.folder)
        assert logged.problems == ()
        assert sorted(logged.table["id"].to_pylist()) == sorted(vote.id for vote in self.votes.values())
        shutil.rmtree(self.folder)

    def caller(self, token: str, foreign: bool) -> tuple[Rater, bool]:
        """Who calls, and whether the call should reach the battle at all."""
        owner = self.owner[token]
        rater = owner if not foreign else BEN if owner is ADA else ADA
        return rater, token in self.order[-6:] and not foreign

    @rule(target=tokens, rater=RATERS, criterion=st.sampled_from(Criterion))
    def start(self, rater: Rater, criterion: Criterion) -> str:
        token = self.hall.start(rater, criterion=criterion, again=True)
        self.order.append(token)
        self.owner[token] = rater
        self.jobs[token] = self.hall.battles.jobs(token, rater)
        there = () if self.jobs[token] else self.hall.battles.pictures(token, rater)
        self.states[token] = dict.fromkeys(self.jobs[token], "pending") | dict.fromkeys(there, "done")
        assert len(self.states[token]) == (8 if criterion is Criterion.variety else 2)
        return token

    @rule(token=tokens, foreign=SELDOM, pick=st.integers(0, 7), well=st.booleans())
    def draw(self, token: str, foreign: bool, pick: int, well: bool) -> None:
        rater, reaches = self.caller(token, foreign)
        slot = list(self.states[token])[pick % len(self.states[token])]
        job = self.jobs[token].get(slot, SlotDrawing("ink", asking("a cat", 3)))
        can = reaches and self.states[token][slot] == "pending"
        try:
            if well:
                self.hall.battles.record(token, rater, slot, drawn(job))
            else:
                self.hall.battles.fail(token, rater, slot, GenerationError("no"))
            assert can
            self.states[token][slot] = "done" if well else "failed"
        except BattleError:
            assert not can

    @rule(token=tokens)
    def draw_all(self, token: str) -> None:
        rater, reaches = self.caller(token, foreign=False)
        if reaches:
            drawn_now = self.hall.draw(token, rater)
            assert set(drawn_now) == {slot for slot, state in self.states[token].items() if state == "pending"}
            self.states[token] |= dict.fromkeys(drawn_now, "done")

    @rule(token=tokens, foreign=SELDOM)
    def redraw(self, token: str, foreign: bool) -> None:
        rater, reaches = self.caller(token, foreign)
        failed = {slot for slot, state in self.states[token].items() if state == "failed"}
        over = "pending" not in self.states[token].values()
        try:
            assert set(self.hall.battles.redraw(token, rater)) == failed
            assert reaches
            assert failed
            assert over
            self.states[token] |= dict.fromkeys(failed, "pending")
        except BattleError:
            assert not failed or not reaches or not over

    @rule(token=tokens, foreign=SELDOM, outcome=st.sampled_from(Outcome), tags=REASONS, broken=SELDOM)
    def vote(self, token: str, foreign: bool, outcome: Outcome, tags: list[Tag], broken: bool) -> None:
        rater, reaches = self.caller(token, foreign)
        can = reaches and token not in self.votes and set(self.states[token].values()) == {"done"}
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
                assert job in (None, SlotDrawing(sample.generator, sample.request))
        assert (vote.rater, vote.outcome) == (rater.id, outcome)
        self.votes[token] = vote
        told = self.hall.battles.told(token, rater)
        assert vote in told or vote.repeat_of is None
        assert vote.names_withheld is (vote.repeat_of is not None and vote.repeat_of not in self.named)
        self.named |= {one.id for one in told}

    @rule(token=tokens)
    def ask_for_the_names(self, token: str) -> None:
        rater, reaches = self.caller(token, foreign=False)
        if reaches and token in self.votes:
            told = self.hall.battles.told(token, rater, asked=True)
            assert self.votes[token] in told
            self.named |= {one.id for one in told}

    @invariant()
    def the_server_agrees(self) -> None:
        for token in self.order[-6:]:
            ready = token not in self.votes and set(self.states[token].values()) == {"done"}
            assert self.hall.battles.ready(token, self.owner[token]) is ready
        repeated = [vote.repeat_of for vote in self.votes.values() if vote.repeat_of]
        assert len(repeated) == len(set(repeated))


def _refuse(entry: object, *, names_withheld: bool = False) -> None:
    raise StorageError("no space")


TestBattles = Machine.TestCase
TestBattles.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
