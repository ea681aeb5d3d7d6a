"""Battles: who meets whom, on which side, and exactly one vote each."""

import errno
import hashlib
import os
import random
import threading
from collections import Counter
from pathlib import Path

import pytest

from hub.battle import Battles, Job, Side
from hub.engine import Drawn
from hub.errors import BattleError, PromptError, StorageError
from hub.schema import Outcome, Sample
from hub.votes import ImageStore, VoteLog, read_votes

NAMES = ("ink", "oil", "wax")


def battles_in(data: Path, names: tuple[str, ...] = NAMES, limit: int = 10_000) -> Battles:
    """Battles with a fixed random number generator."""
    return Battles(names, VoteLog(data), ImageStore(data), random.Random(0), limit)


def drawn(job: Job) -> Drawn:
    """What an engine would return for the job."""
    png = f"{job}".encode()
    digest = hashlib.sha256(png).hexdigest()
    sample = Sample(generator=job.name, revision="r1", prompt=job.prompt, seed=job.seed, sha256=digest, seconds=0.5)
    return Drawn(sample, png)


def finished(battles: Battles, prompt: str = "a cat", seed: int = 3) -> str:
    """The token of a battle with both pictures."""
    token = battles.start(prompt, seed)
    for side, job in battles.jobs(token).items():
        battles.record(token, side, drawn(job))
    return token


def test_the_vote_is_on_disk_and_names_the_sides(tmp_path: Path) -> None:
    battles = battles_in(tmp_path)
    token = battles.start("  a cat ", 3)
    jobs = battles.jobs(token)
    for side, job in jobs.items():
        assert not battles.ready(token)
        battles.record(token, side, drawn(job))
    assert battles.ready(token)
    vote = battles.vote(token, Outcome.b)
    assert read_votes(tmp_path).votes == (vote,)
    assert (vote.a.generator, vote.b.generator) == (jobs[Side.a].name, jobs[Side.b].name)
    assert (vote.outcome, vote.a.prompt, vote.a.seed) == (Outcome.b, "a cat", 3)
    for sample, job in ((vote.a, jobs[Side.a]), (vote.b, jobs[Side.b])):
        assert ImageStore(tmp_path).path(sample.sha256).read_bytes() == drawn(job).png
    assert not battles.ready(token)


def test_fifty_threads_vote_and_one_counts(tmp_path: Path) -> None:
    battles = battles_in(tmp_path)
    token = finished(battles)
    barrier, won, refused = threading.Barrier(50), [], []

    def vote() -> None:
        barrier.wait()
        try:
            won.append(battles.vote(token, Outcome.a))
        except BattleError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=vote) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(refused)) == (1, 49)
    assert set(refused) == {"This battle has its vote already: draw the next one."}
    assert len(read_votes(tmp_path).votes) == 1


def test_pairs_meet_equally_often_and_sides_are_tossed(tmp_path: Path) -> None:
    battles = battles_in(tmp_path)
    pairs: Counter[tuple[str, ...]] = Counter()
    left: Counter[str] = Counter()
    for number in range(3000):
        jobs = battles.jobs(battles.start("a cat", 3))
        pairs[tuple(sorted(job.name for job in jobs.values()))] += 1
        left[jobs[Side.a].name] += 1
        if number % 3 == 2:
            assert set(pairs.values()) == {number // 3 + 1}
    assert len(pairs) == 3
    for name in NAMES:  # 2000 battles each: 5 standard deviations are 112
        assert abs(left[name] - 1000) < 112


def test_what_cannot_be_voted(tmp_path: Path) -> None:
    battles = battles_in(tmp_path)
    with pytest.raises(BattleError, match="unknown or too old"):
        battles.vote("guess", Outcome.a)
    token = battles.start("a cat", 3)
    jobs = battles.jobs(token)
    battles.record(token, Side.a, drawn(jobs[Side.a]))
    with pytest.raises(BattleError, match="Side B is still being drawn"):
        battles.vote(token, Outcome.a)
    battles.fail(token, Side.b)
    with pytest.raises(BattleError, match="Side B could not be drawn"):
        battles.vote(token, Outcome.a)
    assert battles.redraw(token, Side.b) == jobs[Side.b]
    battles.record(token, Side.b, drawn(jobs[Side.b]))
    assert battles.vote(token, Outcome.tie).b.generator == jobs[Side.b].name


def test_a_side_takes_only_its_own_picture_and_only_once(tmp_path: Path) -> None:
    battles = battles_in(tmp_path)
    token = battles.start("a cat", 3)
    jobs = battles.jobs(token)
    with pytest.raises(BattleError, match="Side A"):
        battles.record(token, Side.a, drawn(jobs[Side.b]))
    battles.record(token, Side.a, drawn(jobs[Side.a]))
    with pytest.raises(BattleError, match="Side A"):
        battles.record(token, Side.a, drawn(jobs[Side.a]))
    with pytest.raises(BattleError, match="is done, not failed"):
        battles.redraw(token, Side.a)
    with pytest.raises(BattleError, match="is done, not pending"):
        battles.fail(token, Side.a)


@pytest.mark.parametrize("stored", [False, True], ids=["image", "vote"])
def test_a_full_disk_leaves_the_battle_votable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: bool) -> None:
    battles = battles_in(tmp_path)
    token = battles.start("a cat", 3)
    for side, job in battles.jobs(token).items():
        battles.record(token, side, drawn(job))
        if stored:  # so that the vote's line is the first thing to fail
            ImageStore(tmp_path).write(drawn(job).png)

    def full(fd: int, data: memoryview) -> int:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(StorageError, match="disk is full"):
            battles.vote(token, Outcome.a)
    assert read_votes(tmp_path).votes == ()
    assert battles.ready(token)
    battles.vote(token, Outcome.both_bad)
    assert [vote.outcome for vote in read_votes(tmp_path).votes] == [Outcome.both_bad]


def test_the_oldest_battle_is_forgotten(tmp_path: Path) -> None:
    battles = battles_in(tmp_path, limit=2)
    first, second, third = (finished(battles) for _ in range(3))
    with pytest.raises(BattleError, match="too old"):
        battles.vote(first, Outcome.a)
    battles.vote(second, Outcome.a)
    battles.vote(third, Outcome.a)


@pytest.mark.parametrize("names", [(), ("ink",), ("ink", "ink")])
def test_a_battle_needs_two_generators(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(BattleError, match="needs two generators"):
        battles_in(tmp_path, names)


def test_a_bad_prompt_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="empty"):
        battles_in(tmp_path).start("  ", 3)


def test_tokens_tell_nothing(tmp_path: Path) -> None:
    battles = battles_in(tmp_path)
    tokens = {battles.start("a cat", 3) for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 20
