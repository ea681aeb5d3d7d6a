"""What must never count: forged, expired, another session's, double and too many votes. And what must not be lost."""

import errno
import logging
import os
import threading
import time
from pathlib import Path

import pytest

from hub.battle import Slot
from hub.battle.tokens import EXPIRED, FOREIGN, FORGED
from hub.errors import BattleError, GenerationError, ModerationError, StorageError
from hub.gates import GATES
from hub.log_entries import Drawing
from hub.schema import Criterion, Failure, Outcome, Side
from hub.votes import read_votes
from tests.hub.battle.fakes import ADA, BEN, Hall, drawn, guard

A, B = Slot(Side.a, 0), Slot(Side.b, 0)
KNOWN = "This battle is no longer known here: draw a new one."
VOTED = "This battle has its vote already: draw the next one."


def test_every_kind_of_bad_vote_is_refused_told_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall = Hall(tmp_path)
    old, now = hall.finished(), time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 7200)
    spent, good = hall.finished(), hall.finished()
    hall.battles.vote(spent, ADA, Outcome.a)
    cases = {  # a token, and why it is refused
        "forged": FORGED,
        good[:-5] + "AAAAA": FORGED,
        old: EXPIRED,
        hall.finished(BEN): FOREIGN,
        hall.tokens.sign("guessed", ADA.session): KNOWN,
        spent: VOTED,
    }
    caplog.set_level(logging.WARNING)
    for token, why in cases.items():
        caplog.clear()
        with pytest.raises(BattleError) as caught:
            hall.battles.vote(token, ADA, Outcome.b)
        assert str(caught.value) == why
        (record,) = caplog.records
        assert (record.name, record.levelname) == ("hub.battle", "WARNING")
        assert record.getMessage() == f"a vote of rater ada was refused: {why}"
        for secret in (token, ADA.session, ADA.network):
            assert secret not in caplog.text
    assert read_votes(tmp_path).table.num_rows == 1
    hall.battles.vote(good, ADA, Outcome.a)


def test_a_token_outlives_no_restart_of_the_battles(tmp_path: Path) -> None:
    token = Hall(tmp_path).finished()
    with pytest.raises(BattleError, match="no longer known"):
        Hall(tmp_path).battles.vote(token, ADA, Outcome.a)


def test_a_replayed_vote_is_refused_whatever_it_says(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    token = hall.finished()
    hall.battles.vote(token, ADA, Outcome.a)
    for outcome in Outcome:
        with pytest.raises(BattleError) as caught:
            hall.battles.vote(token, ADA, outcome)
        assert str(caught.value) == VOTED
    assert read_votes(tmp_path).table["outcome"].to_pylist() == ["a"]


def test_one_vote_too_many_is_refused_with_the_time_to_wait_and_can_be_given_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall = Hall(tmp_path, guard=guard(votes_per_hour=2))
    tokens = [hall.finished() for _ in range(3)]
    for token in tokens[:2]:
        hall.battles.vote(token, ADA, Outcome.a)
    with pytest.raises(BattleError, match=r"given 2 votes within an hour.*try again in 60 minutes"):
        hall.battles.vote(tokens[2], ADA, Outcome.a)
    assert "rater ada was refused: You have given 2 votes" in caplog.text
    assert hall.battles.ready(tokens[2], ADA)
    hall.voted(rater=BEN)
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + 3601)
    fresh = hall.finished()
    assert hall.battles.vote(fresh, ADA, Outcome.a).rater == "ada"


def test_a_vote_that_is_not_counted_is_kept_with_its_reasons(tmp_path: Path) -> None:
    hall = Hall(tmp_path, guard=guard(list(GATES)))
    vote = hall.battles.vote(hall.finished(), ADA, Outcome.a)
    assert vote.excluded == ("time-to-decide",)
    assert vote.risk == {"favour": 0, "repeats": 0, "streaks": 0, "time-to-decide": 1, "velocity": 0}
    assert read_votes(tmp_path).table["excluded"].to_pylist() == ["time-to-decide"]


@pytest.mark.parametrize("moment", ["vote", "picture", "drawing"])
def test_a_full_disk_leaves_the_battle_votable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    hall = Hall(tmp_path)
    token = hall.start()
    jobs = hall.battles.jobs(token, ADA)
    hall.battles.record(token, ADA, A, drawn(jobs[A]))
    hall.battles.record(token, ADA, B, drawn(jobs[B])) if moment == "vote" else None
    fsync, write = os.fsync, os.write

    def full(fd: int, *data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(os, "write", full)
    if moment == "vote":
        with pytest.raises(StorageError, match="not saved"):
            hall.battles.vote(token, ADA, Outcome.a)
    else:
        if moment == "drawing":
            monkeypatch.setattr(hall.store, "write_image", lambda png: "")
            monkeypatch.setattr(hall.store, "write_setup", lambda setup: "")
        with pytest.raises(StorageError, match="not saved"):
            hall.battles.record(token, ADA, B, drawn(jobs[B]))
        with pytest.raises(BattleError, match="could not be drawn whole"):
            hall.battles.vote(token, ADA, Outcome.a)
    monkeypatch.undo()
    assert (os.fsync, os.write) == (fsync, write)
    if moment != "vote":
        assert hall.battles.redraw(token, ADA) == {B: jobs[B]}
        hall.battles.record(token, ADA, B, drawn(jobs[B]))
    vote = hall.battles.vote(token, ADA, Outcome.b)
    assert read_votes(tmp_path).table["id"].to_pylist() == [vote.id]


def test_a_failure_that_cannot_be_logged_still_fails_the_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hall = Hall(tmp_path)
    token = hall.start()

    def refuse(entry: Drawing) -> None:
        raise StorageError("no space")

    monkeypatch.setattr(hall.log, "append", refuse)
    hall.battles.fail(token, ADA, A, GenerationError("no"))
    assert "could not be logged" in caplog.text
    assert set(hall.battles.jobs(token, ADA)) == {B}


class Veto:
    """A moderation that holds back the pictures named."""

    missing = ()

    def __init__(self) -> None:
        self.pictures: set[bytes] = set()

    def check_prompt(self, text: str) -> None:
        """All may be drawn."""

    def check_image(self, png: bytes) -> None:
        """None of ``pictures`` may be shown."""
        if png in self.pictures:
            raise ModerationError("Held back.")


def test_a_picture_that_is_held_back_is_neither_kept_nor_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    veto = Veto()
    hall = Hall(tmp_path, moderation=veto)
    logged: list[Drawing] = []
    monkeypatch.setattr(hall.log, "append", logged.append)
    token = hall.start()
    jobs = hall.battles.jobs(token, ADA)
    veto.pictures = {drawn(jobs[A]).png}
    with pytest.raises(ModerationError, match="Held back"):
        hall.battles.record(token, ADA, A, drawn(jobs[A]))
    hall.battles.record(token, ADA, B, drawn(jobs[B]))
    assert not hall.store.image(drawn(jobs[A]).sample.sha256).exists()
    failure = logged[0].result
    assert isinstance(failure, Failure)
    assert (failure.error, failure.revision) == ("Held back.", "r1")
    with pytest.raises(BattleError, match="could not be drawn whole"):
        hall.battles.vote(token, ADA, Outcome.a)


def test_a_slot_recorded_by_many_threads_is_kept_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hall = Hall(tmp_path)
    logged: list[Drawing] = []
    monkeypatch.setattr(hall.log, "append", logged.append)
    token = hall.start(criterion=Criterion.variety)
    jobs = hall.battles.jobs(token, ADA)
    barrier, refused = threading.Barrier(16), []

    def record(slot: Slot) -> None:
        barrier.wait()
        try:
            hall.battles.record(token, ADA, slot, drawn(jobs[slot]))
        except BattleError as error:
            refused.append(error)

    threads = [threading.Thread(target=record, args=(slot,)) for slot in jobs for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(logged), len(refused)) == (8, 8)
    assert hall.battles.ready(token, ADA)
