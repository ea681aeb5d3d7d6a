"""What others said of a pair: of told and counted votes alone, whichever side they stood on, without one's own."""

import html
import random
from collections import Counter
from pathlib import Path

import pytest

from hub.language.catalogue import ENGLISH
from hub.schema import Criterion, Outcome, Vote
from hub.ui.battle.after_vote import render_after
from hub.ui.battle.own_votes import OwnVotes
from hub.ui.battle.verdict_counts import LEAST, VerdictCounts
from hub.votes import TABLE, find_vote, make_table, read_votes
from tests.hub.battle.fakes import ADA, BEN, Hall
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, Page, served
from tests.hub.votes.made import sample, vote

SWAP = {Outcome.a: Outcome.b, Outcome.b: Outcome.a}


def counts_of(hall: Hall) -> VerdictCounts:
    """The counts of an arena that has just begun."""
    return VerdictCounts(read_votes(hall.data).table if hall.data.exists() else TABLE.empty_table(), hall.log)


def recount(votes: list[Vote], own: Vote) -> Counter[Outcome]:
    """What others said of a vote's pair, counted by hand."""
    said: Counter[Outcome] = Counter()
    names = [own.a[0].generator, own.b[0].generator]
    for one in votes:
        sides = [one.a[0].generator, one.b[0].generator]
        asked = (one.criterion, one.worded) == (own.criterion, own.worded)
        if one.id != own.id and asked and sorted(sides) == sorted(names):
            said[one.outcome if sides == names else SWAP.get(one.outcome, one.outcome)] += 1
    return said


@pytest.mark.parametrize("restarted", [False, True])
def test_counts_are_those_of_a_recount_whichever_side_and_over_a_restart(tmp_path: Path, restarted: bool) -> None:
    hall, rng = Hall(tmp_path, open_seconds=3600), random.Random(3)
    counts = counts_of(hall)
    ids = [
        hall.voted(rng.choice(list(Outcome)), rng.choice([ADA, BEN]), criterion=rng.choice([*Criterion][:2]))
        for _ in range(80)
    ]
    ids += [hall.battles.vote(hall.worded(), ADA, rng.choice(list(Outcome))).id for _ in range(40)]
    if restarted:
        counts = counts_of(hall)
    votes = [find_vote(tmp_path, id) for id in ids]
    shown = 0
    for one in votes:
        wanted = recount(votes, one)
        said = counts.others(one)
        assert said == ({outcome: wanted[outcome] for outcome in Outcome} if wanted.total() >= LEAST else {})
        shown += bool(said)
    assert shown > 80


def test_a_vote_that_can_be_taken_back_or_is_kept_for_a_repeat_is_not_counted_until_told(tmp_path: Path) -> None:
    hall = Hall(tmp_path, ("ink", "oil"), open_seconds=3600)
    counts = counts_of(hall)
    for _ in range(LEAST):
        hall.voted(Outcome.tie)
    own = find_vote(tmp_path, hall.voted(Outcome.tie))
    token = hall.finished(BEN)
    hall.battles.vote(token, BEN, Outcome.both_bad, undoable=True)
    assert sum(counts.others(own).values()) == LEAST
    again, _ = hall.battles.undo(token, BEN)
    assert sum(counts.others(own).values()) == LEAST
    hall.battles.vote(again, BEN, Outcome.tie, undoable=True)
    assert sum(counts.others(own).values()) == LEAST
    hall.battles.settle(again, BEN)
    assert counts.others(own)[Outcome.tie] == LEAST + 1


def test_votes_that_are_left_out_count_for_nobody(tmp_path: Path) -> None:
    own = vote("own")
    kept = [vote(f"kept {number}") for number in range(LEAST)]
    out = [vote("gate", excluded=("velocity",)), vote("repeat", repeat_of="kept 1"), vote("same", right="left")]
    counts = VerdictCounts(make_table([*kept, *out, own]), Hall(tmp_path).log)
    assert counts.others(own) == {Outcome.a: LEAST, Outcome.b: 0, Outcome.tie: 0, Outcome.both_bad: 0}
    assert counts.others(vote("gate", excluded=("velocity",)))[Outcome.a] == LEAST + 1


def test_votes_that_are_taken_back_are_counted_no_more(tmp_path: Path) -> None:
    hall = Hall(tmp_path, ("ink", "oil"))
    counts = counts_of(hall)
    own = OwnVotes(tmp_path, hall.log, Counter(), counts)
    for rater in (*[ADA] * LEAST, *[BEN] * LEAST):
        hall.voted(rater=rater)
    last = find_vote(tmp_path, hall.voted(rater=BEN))
    assert sum(counts.others(last).values()) == 2 * LEAST
    assert own.withdraw(ADA) == LEAST
    assert own.withdraw(ADA) == 0
    assert sum(counts.others(last).values()) == LEAST
    assert counts_of(hall).others(last) == counts.others(last)  # nor after a start


def test_nobody_hears_of_a_pair_before_the_names_are_told(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES) as arena, Page(arena.url) as page:
        for number in range(LEAST + 1):
            sent = page.draw(f"a pair {number}")
            told = page.vote("tie")
            assert "What others said" not in sent
            assert ("What others said" in told) is (number == LEAST)
        sent = page.draw("a last pair")
        assert "What others said" not in sent + page.vote("a", undo="yes")
        told = page.http.post("/gradio_api/run/reveal", json=page.body("reveal", [], {})).text
        assert f"What others said of this pair, in {LEAST + 1} votes" in told


def test_shares_are_told_of_each_and_of_ties_and_nothing_without_enough() -> None:
    said = render_after(vote("x"), {Outcome.a: 6, Outcome.b: 3, Outcome.tie: 2, Outcome.both_bad: 1}, ENGLISH)
    assert "in 12 votes: left 50%, right 25%, tie 17%, both bad 8%." in said
    assert "others" not in render_after(vote("x"), {}, ENGLISH)


def test_both_can_be_seen_on_other_seeds_but_not_from_a_raters_picture() -> None:
    link = html.unescape(render_after(vote("x", prompt="a cat & <b>"), {}, ENGLISH))
    assert 'href="?tab=compare&prompt=a+cat+%26+%3Cb%3E&seed=0-3&entries=left%2Cright"' in link
    a, b = ((sample(name, image="0" * 64),) for name in ("left", "right"))
    assert render_after(vote("x", a=a, b=b), {}, ENGLISH) == ""
