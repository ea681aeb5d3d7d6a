"""Battles: who meets whom, on which side, with which seeds, and exactly one vote each."""

import inspect
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.battle import Battles, Slot, SlotDrawing
from hub.errors import BattleError, GenerationError, PromptError
from hub.log_entries import Drawing
from hub.prompt_sets.open_sets import open_sets
from hub.raters import Rater
from hub.schema import Criterion, Failure, Outcome, Sample, Side, Tag
from hub.votes import find_vote, read_votes
from tests.hub.battle.fakes import ADA, BEN, NAMES, Hall, drawn

A, B = Slot(Side.a, 0), Slot(Side.b, 0)


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    """Battles in a folder of their own."""
    opened = Hall(tmp_path)
    yield opened
    opened.log.close()


def test_a_vote_tells_the_set_of_its_prompt_where_the_arena_has_it_word_for_word(tmp_path: Path) -> None:
    prompts = open_sets(["compositional"], random.Random(0))
    hall = Hall(tmp_path, find_origin=prompts.find)
    told = []
    for text in ("two cats", " a red heart ", "Two cats", "a cat"):
        vote = hall.battles.vote(hall.finished(prompt=text), ADA, Outcome.a)
        told.append((vote.prompt_set, vote.prompt_category))
    assert told == [("compositional", "count"), ("compositional", "colour"), ("", ""), ("", "")]
    again = Hall(tmp_path / "again", find_origin=prompts.find, repeats=1.0)
    first = again.battles.vote(again.finished(prompt="two cats"), ADA, Outcome.a)
    assert first.prompt_set == "compositional"
    plain = Hall(tmp_path / "plain")
    assert plain.battles.vote(plain.finished(prompt="two cats"), ADA, Outcome.a).prompt_set == ""


def test_the_vote_is_on_disk_and_names_the_sides(hall: Hall) -> None:
    token = hall.start(prompt="  a cat ")
    jobs = hall.battles.jobs(token, ADA)
    assert set(jobs) == {A, B}
    for slot, job in jobs.items():
        assert not hall.battles.ready(token, ADA)
        hall.battles.record(token, ADA, slot, drawn(job))
    assert hall.battles.ready(token, ADA)
    assert hall.battles.jobs(token, ADA) == {}
    vote = hall.battles.vote(token, ADA, Outcome.b, [Tag.colours, Tag.sharpness, Tag.colours])
    assert find_vote(hall.data, vote.id) == vote
    assert (vote.a[0].generator, vote.b[0].generator) == (jobs[A].name, jobs[B].name)
    assert (vote.outcome, vote.prompts, vote.rater) == (Outcome.b, ("a cat",), "ada")
    assert vote.seeds == (jobs[A].request.seed,)
    assert vote.tags == (Tag.sharpness, Tag.colours)
    assert (vote.risk, vote.excluded, vote.unchecked, vote.repeat_of) == ({}, (), (), None)
    for sample, slot in ((vote.a[0], A), (vote.b[0], B)):
        assert hall.store.read_image(sample.sha256) == drawn(jobs[slot]).png
        assert hall.store.read_setup(sample.setup) == drawn(jobs[slot]).setup
    assert not hall.battles.ready(token, ADA)


def test_every_drawing_is_logged_voted_on_or_not(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[Drawing] = []
    monkeypatch.setattr(hall.log, "append", logged.append)
    token = hall.start(criterion=Criterion.alignment)
    jobs = hall.battles.jobs(token, ADA)
    hall.battles.record(token, ADA, A, drawn(jobs[A]))
    hall.battles.fail(token, ADA, B, GenerationError("The brush broke."))
    first, second = logged
    assert first.result == drawn(jobs[A]).sample
    assert isinstance(second.result, Failure)
    assert (second.result.generator, second.result.error) == (jobs[B].name, "The brush broke.")
    assert {(one.rater, one.criterion) for one in logged} == {("ada", Criterion.alignment)}
    assert (first.side, second.side, first.battle) == (Side.a, Side.b, second.battle)
    assert token not in (first.battle, first.rater)


@pytest.mark.parametrize("images", [4, 9])
def test_variety_is_asked_on_sets_of_the_same_seeds(
    tmp_path: Path, images: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall = Hall(tmp_path, variety_images=images)
    monkeypatch.setattr("hub.battle.secrets.randbelow", lambda below: below - 2)
    token = hall.start(criterion=Criterion.variety)
    jobs = hall.draw(token)
    assert len(jobs) == 2 * images
    assert set(hall.battles.pictures(token, ADA)) == set(jobs)
    vote = hall.battles.vote(token, ADA, Outcome.tie, [Tag.layouts])
    assert vote.seeds == (2**31 - 2, 2**31 - 1, *range(images - 2))
    assert {sample.generator for sample in vote.a} == {jobs[A].name}
    assert {sample.generator for sample in vote.b} == {jobs[B].name}


def test_fifty_threads_vote_and_one_counts(hall: Hall) -> None:
    token = hall.finished()
    barrier, won, refused = threading.Barrier(50), [], []

    def vote() -> None:
        barrier.wait()
        try:
            won.append(hall.battles.vote(token, ADA, Outcome.a))
        except BattleError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=vote) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(refused)) == (1, 49)
    assert set(refused) == {"This battle has its vote already: draw the next one."}
    assert read_votes(hall.data).table.num_rows == 1


def test_pairs_meet_equally_often_and_sides_are_tossed(tmp_path: Path) -> None:
    hall = Hall(tmp_path, limit=5)
    pairs: Counter[tuple[str, ...]] = Counter()
    left: Counter[str] = Counter()
    for number in range(3000):
        jobs = hall.battles.jobs(hall.start(), ADA)
        pairs[tuple(sorted(job.name for job in jobs.values()))] += 1
        left[jobs[A].name] += 1
        if number % 3 == 2:
            assert set(pairs.values()) == {number // 3 + 1}
    assert len(pairs) == 3
    for name in NAMES:  # 2000 battles each: 5 standard deviations are 112
        assert abs(left[name] - 1000) < 112


def test_pairs_that_met_before_a_restart_wait_for_the_others(tmp_path: Path) -> None:
    met = {("oil", "ink"): 4, ("ink", "wax"): 3, ("oil", "gone"): 9}
    hall = Hall(tmp_path, met=met)
    seen = [{job.name for job in hall.battles.jobs(hall.start(), ADA).values()} for _ in range(4)]
    assert seen[:3] == [{"oil", "wax"}] * 3
    assert seen[3] in ({"oil", "wax"}, {"ink", "wax"})


def test_only_failed_slots_are_drawn_again(hall: Hall) -> None:
    token = hall.start(criterion=Criterion.variety)
    jobs = hall.battles.jobs(token, ADA)
    for slot, job in jobs.items():
        if slot in (Slot(Side.b, 1), Slot(Side.b, 3), Slot(Side.a, 0)):
            hall.battles.fail(token, ADA, slot, GenerationError("no"))
        else:
            hall.battles.record(token, ADA, slot, drawn(job))
    for refused in (hall.battles.pictures, lambda token, rater: hall.battles.vote(token, rater, Outcome.a)):
        with pytest.raises(BattleError, match=r"^This battle could not be drawn whole: try again, then vote\.$"):
            refused(token, ADA)
    again = hall.battles.redraw(token, ADA)
    failed = (Slot(Side.b, 1), Slot(Side.b, 3), Slot(Side.a, 0))
    assert again == {slot: jobs[slot] for slot in failed} == hall.battles.jobs(token, ADA)
    hall.draw(token)
    with pytest.raises(BattleError, match="This battle has no picture that failed"):
        hall.battles.redraw(token, ADA)
    assert set(hall.battles.pictures(token, ADA)) == set(jobs)
    assert len(hall.battles.vote(token, ADA, Outcome.tie).seeds) == 4


def test_a_battle_without_all_its_pictures_takes_no_vote(hall: Hall) -> None:
    token = hall.start()
    hall.battles.record(token, ADA, A, drawn(hall.battles.jobs(token, ADA)[A]))
    with pytest.raises(BattleError, match="This battle is still being drawn"):
        hall.battles.vote(token, ADA, Outcome.a)


def test_a_slot_takes_only_its_own_picture_and_only_once(hall: Hall) -> None:
    token = hall.start()
    jobs = hall.battles.jobs(token, ADA)
    picture, other = drawn(jobs[A]), drawn(jobs[B])
    with pytest.raises(BattleError, match="not the one that its place"):
        hall.battles.record(token, ADA, A, other)
    for lie in (
        type(picture)(picture.sample, other.png, picture.setup),
        type(picture)(picture.sample, picture.png, other.setup),
    ):
        with pytest.raises(BattleError, match="its own record"):
            hall.battles.record(token, ADA, A, lie)
    with pytest.raises(BattleError, match="does not wait"):
        hall.battles.record(token, ADA, Slot(Side.a, 1), picture)
    hall.battles.record(token, ADA, A, picture)
    with pytest.raises(BattleError, match="Side A of this battle does not wait"):
        hall.battles.record(token, ADA, A, picture)
    with pytest.raises(BattleError, match="Side A of this battle does not wait"):
        hall.battles.fail(token, ADA, A, GenerationError("no"))
    with pytest.raises(BattleError, match="still being drawn"):
        hall.battles.pictures(token, ADA)


def test_the_seeds_of_a_battle_are_the_servers_and_new_in_every_battle(tmp_path: Path) -> None:
    """Whoever knew them could draw the same pictures by name, side by side, and compare."""
    assert "seed" not in inspect.signature(Battles.start).parameters
    hall = Hall(tmp_path, rng=random.Random(0), repeats=0.0)
    seeds = [hall.battles.jobs(hall.start(again=True), ADA)[A].request.seed for _ in range(200)]
    assert len(set(seeds)) == 200
    other = Hall(tmp_path / "other", rng=random.Random(0))
    assert not set(seeds) & {
        other.battles.jobs(other.start(), ADA)[A].request.seed for _ in range(200)
    }  # of chance alone
    assert min(seeds) < 2**29
    assert max(seeds) > 3 * 2**29


def test_what_is_drawn_first_has_nothing_to_do_with_its_side(tmp_path: Path) -> None:
    """On one device the half of a battle that is done first tells how fast the side was that was asked for first."""
    hall = Hall(tmp_path)
    first = Counter(next(iter(hall.battles.jobs(hall.start(), ADA))).side for _ in range(400))
    assert abs(first[Side.a] - 200) < 50  # five standard deviations
    token = hall.start(criterion=Criterion.variety)
    orders = {tuple(slot.side for slot in hall.battles.jobs(token, ADA)) for _ in range(20)}
    assert len(orders) > 10
    for slot in hall.battles.jobs(token, ADA):
        hall.battles.fail(token, ADA, slot, GenerationError("no"))
    again = hall.battles.redraw(token, ADA)
    assert len(again) == 8


def test_the_seconds_of_a_vote_are_those_since_the_pictures_were_hung(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr("hub.battle.time.monotonic", lambda: now)
    token = hall.finished()
    now += 30.0
    hall.battles.pictures(token, ADA)
    now += 2.5
    assert hall.battles.vote(token, ADA, Outcome.a).seconds == 2.5


@pytest.mark.parametrize("names", [(), ("ink",), ("ink", "ink")])
def test_a_battle_needs_two_generators(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(BattleError, match="two generators"):
        Hall(tmp_path, names)


def test_who_is_absent_meets_nobody_until_back(tmp_path: Path) -> None:
    absent = {"wax"}
    hall = Hall(tmp_path, absent=lambda: absent)

    def meet() -> set[str]:
        return {job.name for job in hall.battles.jobs(hall.start(), ADA).values()}

    assert [meet() for _ in range(4)] == [{"ink", "oil"}] * 4
    absent.add("oil")
    with pytest.raises(BattleError, match="Fewer than two generators can be loaded now"):
        hall.start()
    absent.clear()
    assert all("wax" in meet() for _ in range(4))  # as it met least
    hall.log.close()


def test_a_prompt_that_cannot_be_drawn_starts_nothing(hall: Hall) -> None:
    with pytest.raises(PromptError, match="empty"):
        hall.start(prompt=" ")
    assert not hall.battles._known


def test_reasons_are_those_of_the_question(hall: Hall) -> None:
    token = hall.finished()
    with pytest.raises(BattleError, match=r"not for the question “Which picture looks better\?”"):
        hall.battles.vote(token, ADA, Outcome.a, [Tag.layouts])
    assert hall.battles.vote(token, ADA, Outcome.a).tags == ()


def test_memory_stays_bounded(tmp_path: Path) -> None:
    hall = Hall(tmp_path, limit=3)
    tokens = [hall.finished() for _ in range(5)]
    assert len(hall.battles._known) == 3
    for token in tokens[:2]:
        with pytest.raises(BattleError, match="no longer known"):
            hall.battles.vote(token, ADA, Outcome.a)
    for token in tokens[2:]:
        hall.battles.vote(token, ADA, Outcome.a)


def test_expired_battles_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hall = Hall(tmp_path, minutes=1)
    for _ in range(5):
        hall.start()
    now = 1e9
    monkeypatch.setattr("hub.battle.time.monotonic", lambda: now)
    hall.start()
    assert len(hall.battles._known) <= 1


def test_a_picture_is_in_the_store_and_not_in_memory(hall: Hall) -> None:
    token = hall.start()
    jobs = hall.draw(token)
    corners = next(iter(hall.battles._known)).corners
    assert all(isinstance(corner.sample, Sample) and not hasattr(corner, "png") for corner in corners.values())
    pictures = {slot: hall.store.read_image(sha) for slot, sha in hall.battles.pictures(token, ADA).items()}
    assert pictures == {slot: drawn(job).png for slot, job in jobs.items()}


def test_the_seconds_are_those_since_the_last_picture(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("hub.battle.time.monotonic", lambda: now)
    token = hall.start()
    jobs = hall.battles.jobs(token, ADA)
    hall.battles.record(token, ADA, A, drawn(jobs[A]))
    now = 110.0
    hall.battles.record(token, ADA, B, drawn(jobs[B]))
    now = 112.5
    assert hall.battles.vote(token, ADA, Outcome.a).seconds == 2.5


def test_two_raters_do_not_share_a_battle(hall: Hall) -> None:
    token = hall.finished(BEN)
    for act in (Battles.jobs, Battles.pictures, Battles.ready):
        with pytest.raises(BattleError, match="another browser session"):
            act(hall.battles, token, ADA)
    assert hall.battles.vote(token, Rater("ben-logged-in", BEN.session), Outcome.a).rater == "ben-logged-in"


def test_a_job_has_the_prompt_without_outer_space(hall: Hall) -> None:
    jobs = hall.battles.jobs(hall.start(prompt="  a dog  "), ADA)
    assert {job.request.prompt for job in jobs.values()} == {"a dog"}
    assert all(isinstance(job, SlotDrawing) for job in jobs.values())
