"""Battles on one idea in two wordings: what both sides draw, what the vote keeps, and that all else is as of any."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.battle import Slot
from hub.errors import BattleError, GenerationError, PromptError
from hub.moderation import Moderation
from hub.schema import Criterion, Outcome, Side
from hub.votes import VOTES, ContentStore, find_vote, read_votes
from hub.votes.shards import holds_entries, write_entries
from tests.hub.battle.fakes import ADA, BEN, Hall, drawn


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    """Battles in a folder of their own."""
    opened = Hall(tmp_path)
    yield opened
    opened.log.close()


def test_both_sides_draw_both_wordings_with_one_seed_of_the_server(hall: Hall) -> None:
    jobs = hall.battles.jobs(hall.battles.start_worded(ADA, " a cat ", "one cat"), ADA)
    assert sorted(jobs) == [Slot(side, number) for side in Side for number in (0, 1)]
    for side in Side:
        assert [jobs[Slot(side, number)].request.prompt for number in (0, 1)] == ["a cat", "one cat"]
    assert len({job.request.seed for job in jobs.values()}) == 1
    assert len({job.name for job in jobs.values()}) == 2
    again = hall.battles.jobs(hall.battles.start_worded(ADA, "a cat", "one cat"), ADA)
    assert {job.request.seed for job in again.values()} != {job.request.seed for job in jobs.values()}


def test_the_vote_keeps_both_wordings_in_the_log_in_a_shard_and_in_the_table(hall: Hall, tmp_path: Path) -> None:
    token = hall.worded("赤いりんご", "a red apple")
    assert [asked.prompt for asked in hall.battles.requests(token, ADA)] == ["赤いりんご", "a red apple"]
    vote = hall.battles.vote(token, ADA, Outcome.b)
    assert (vote.criterion, vote.worded, vote.prompts) == (Criterion.alignment, True, ("赤いりんご", "a red apple"))
    assert [asked.read_as for asked in vote.requests] == ["red apple", ""]
    assert find_vote(hall.data, vote.id) == vote
    plain = hall.battles.vote(hall.finished(criterion=Criterion.alignment), ADA, Outcome.a)
    other = hall.battles.vote(hall.worded("a red apple", "赤いりんご"), ADA, Outcome.a)
    for sha256 in {sample.sha256 for one in (vote, plain, other) for sample in (*one.a, *one.b)}:
        ContentStore(tmp_path / "shard").write_image(hall.store.read_image(sha256))
    write_entries(tmp_path / "shard", VOTES, [vote, plain, other], "segment")
    (shard,) = VOTES.shards(tmp_path / "shard")
    assert holds_entries(shard, VOTES, [vote, plain, other])
    assert not holds_entries(shard, VOTES, [vote, plain, vote])
    for folder in (hall.data, tmp_path / "shard"):
        rows = {row["id"]: row for row in read_votes(folder).table.to_pylist()}
        assert (rows[vote.id]["prompt"], rows[vote.id]["wording"]) == ("赤いりんご", "a red apple")
        assert rows[vote.id]["seeds"] == ",".join(map(str, vote.seeds))
        assert rows[plain.id]["wording"] is None


def test_wordings_that_are_the_same_or_empty_or_no_prompt_are_refused(hall: Hall) -> None:
    for wording, said in (("a cat ", "wordings are the same"), (" ", "empty"), ("a\ncat", "control characters")):
        with pytest.raises(PromptError, match=said):
            hall.battles.start_worded(ADA, "a cat", wording)


@pytest.mark.parametrize("wordings", [("a cat", "naked people"), ("naked people", "a cat")])
def test_a_filter_reads_both_wordings(tmp_path: Path, wordings: tuple[str, str]) -> None:
    hall = Hall(tmp_path, moderation=Moderation(("words",)))
    with pytest.raises(PromptError, match="word filter"):
        hall.battles.start_worded(ADA, *wordings)
    assert hall.battles.start_worded(ADA, "a cat", "one cat")
    hall.log.close()


def test_a_failed_wording_is_drawn_again_by_the_same_request_and_no_vote_is_taken_before(hall: Hall) -> None:
    token = hall.battles.start_worded(ADA, "a cat", "one cat")
    jobs = hall.battles.jobs(token, ADA)
    failed = Slot(Side.b, 1)
    for slot, job in jobs.items():
        if slot == failed:
            hall.battles.fail(token, ADA, slot, GenerationError("It failed."))
        else:
            hall.battles.record(token, ADA, slot, drawn(job))
    with pytest.raises(BattleError):
        hall.battles.vote(token, ADA, Outcome.a)
    assert hall.battles.redraw(token, ADA) == {failed: jobs[failed]}
    assert [asked.prompt for asked in hall.battles.requests(token, ADA)] == ["a cat", "one cat"]
    hall.battles.record(token, ADA, failed, drawn(jobs[failed]))
    assert hall.battles.vote(token, ADA, Outcome.a).b[1].prompt == "one cat"


def test_a_vote_that_is_taken_back_is_given_anew_on_the_same_pictures(hall: Hall) -> None:
    token = hall.worded()
    first = hall.battles.vote(token, ADA, Outcome.a, undoable=True)
    again, _ = hall.battles.undo(token, ADA)
    second = hall.battles.vote(again, ADA, Outcome.b)
    assert (second.a, second.b, second.prompts) == (first.a, first.b, first.prompts)
    with pytest.raises(BattleError):
        hall.battles.requests(again, BEN)


def test_a_hidden_repeat_shows_the_same_two_wordings_and_no_others(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=0.5)
    first = hall.battles.vote(hall.worded(), ADA, Outcome.a)
    hall.battles.vote(hall.worded(), ADA, Outcome.a)

    def show(prompt: str, wording: str) -> list[str]:
        asked = [hall.battles.show_again(ADA, prompt, Criterion.alignment, wording=wording) for _ in range(20)]
        return [token for token in asked if token]

    assert show("a cat", "") == show("one cat", "") == show("a cat", "two cats") == []
    shown = show("a cat", "one cat")
    vote = hall.battles.vote(shown[0], ADA, Outcome.b)
    assert (vote.repeat_of, vote.a, vote.b) == (first.id, first.b, first.a)
    hall.log.close()
