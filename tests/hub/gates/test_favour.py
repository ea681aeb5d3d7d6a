"""The gate of favour: who votes for one generator whatever the others say, and who must never be taken for that."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

from eval.favour.suspects import COARSE
from hub.gates import GATES, Guard, Opinions
from hub.gates.entries.favour import CERTAIN, compute_log_ratios, find_favourite
from hub.gates.opinions import Voices, make_cell, reverse_cell
from hub.schema import Criterion, Outcome, Vote
from hub.votes import make_table
from tests.hub.gates import crowd
from tests.hub.gates.crowd import FAVOURITE, Voter, ballot, honest, in_turns, partisan, voters
from tests.hub.votes import made

HONEST_VOTES = 1000


def guard() -> Guard:
    """A guard with the gate of favour alone."""
    return Guard([GATES["favour"]], 1.0, 10**6, 10**6, 1)


def heard(rng: random.Random, raters: int = 50) -> list[Vote]:
    """A thousand honest votes of so many raters with tastes."""
    return list(in_turns(rng, [(voter, HONEST_VOTES // raters) for voter in voters(rng, raters)]))


def marked(watch: Guard, votes: Sequence[Vote]) -> list[bool]:
    """Which of the votes the guard excludes."""
    return [bool(watch.check(vote).excluded) for vote in votes]


@pytest.fixture(scope="module")
def before() -> list[Vote]:
    """What the crowd said before a bot came."""
    return heard(random.Random(0))


@pytest.mark.parametrize(
    ("favourite", "liked", "noise", "most"),
    [
        (FAVOURITE, True, 0.0, 100),
        (FAVOURITE, True, 0.05, 150),
        ("cedar", True, 0.0, 200),
        ("amber", False, 0.0, 100),
        ("cedar", False, 0.0, 200),
    ],
)
def test_one_who_is_always_for_or_against_a_generator_does_not_count(
    before: list[Vote], favourite: str, liked: bool, noise: float, most: int
) -> None:
    watch, rng = guard(), random.Random(1)
    assert not any(marked(watch, before))
    bot = Voter("bot", "lair", partisan(favourite, liked=liked, noise=noise))
    said = marked(watch, [ballot(rng, bot) for _ in range(300)])
    assert sum(said[most:]) > 0.9 * (300 - most)


def test_honest_raters_with_tastes_and_leanings_are_never_excluded() -> None:
    for seed in range(3):
        rng, watch = random.Random(seed), guard()
        everyone = [(voter, rng.choice([5, 20, 80])) for voter in voters(rng, 40)]
        assert not any(marked(watch, list(in_turns(rng, everyone))))


def test_cookies_of_one_network_are_asked_together(before: list[Vote]) -> None:
    watch, rng = guard(), random.Random(2)
    marked(watch, before)
    bots = [(Voter(f"bot-{number}", "lair", partisan()), 10) for number in range(30)]
    said = marked(watch, list(in_turns(rng, bots)))
    assert sum(said[100:]) > 0.9 * 200


def test_an_honest_rater_beside_a_bot_on_one_network_still_counts(before: list[Vote]) -> None:
    watch, rng = guard(), random.Random(3)
    marked(watch, before)
    bots = [(Voter(f"bot-{number}", "campus", partisan()), 10) for number in range(30)]
    marked(watch, list(in_turns(rng, bots)))
    student = Voter("student", "campus", honest(rng, taste=0.0))
    said = marked(watch, [ballot(rng, student) for _ in range(60)])
    assert sum(said[20:]) == 0


def test_tallies_judged_together_are_judged_as_alone_and_a_few_likings_bound_them() -> None:
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 12, 300)
    others = rng.integers(0, 60, (sizes.sum(), 2)).astype(float)
    own = np.stack((rng.poisson(6.0, len(others)), rng.poisson(0.6, len(others))), axis=1).astype(float)
    starts = np.cumsum(sizes) - sizes
    together = compute_log_ratios(own, others, starts)
    alone = [
        compute_log_ratios(own[at : at + n], others[at : at + n], np.zeros(1, int))[0]
        for at, n in zip(starts, sizes, strict=True)
    ]
    assert together == pytest.approx(alone, rel=1e-9, abs=1e-9)
    assert 50 < np.isfinite(together).sum() < 300
    assert (compute_log_ratios(own, others, starts, COARSE) >= together - 1e-9).all()


def test_where_others_said_little_nothing_is_said() -> None:
    watch, rng = guard(), random.Random(4)
    first = Voter("first", "home", partisan())
    assert not any(marked(watch, [ballot(rng, first) for _ in range(200)]))


def test_a_favourite_of_everybody_is_no_favour() -> None:
    watch, rng = guard(), random.Random(5)
    strong = (("amber", 3.5), ("birch", 0.0), ("cedar", 0.0), ("delta", 0.0), ("ebony", 0.0))
    everyone = [(Voter(f"r{n}", f"n{n}", honest(rng, strong)), 40) for n in range(30)]
    assert not any(marked(watch, list(in_turns(rng, everyone))))


def test_a_restart_forgets_nothing_that_was_said(before: list[Vote]) -> None:
    first, rng = guard(), random.Random(8)
    bot = Voter("bot", "lair", partisan())
    votes = [first.check(vote) for vote in [*before, *(ballot(rng, bot) for _ in range(120))]]
    again = guard()
    again.recall(make_table(votes))
    later = [ballot(rng, bot) for _ in range(20)]
    assert marked(again, later) == marked(first, later) == [True] * 20


def test_recalled_voices_are_those_that_were_heard_one_by_one(before: list[Vote]) -> None:
    some = [*before[:300], made.vote("repeat", repeat_of="x"), made.vote("tie", outcome=Outcome.tie)]
    one, other = Voices(), Voices()
    for vote in some:
        if cell := make_cell(vote):
            one.add(vote.rater, vote.network, cell)
    other.recall(make_table(some))
    asked = before[400]
    assert {c: round(n, 9) for c, n in one.said(asked).others.items()} == {
        c: round(n, 9) for c, n in other.said(asked).others.items()
    }
    assert one.said(asked).rater == other.said(asked).rater


def test_a_rater_stays_with_the_network_of_the_first_vote() -> None:
    voices = Voices()
    vote = made.vote("v", rater="bot", network="n0")
    cell = (Criterion.quality, "left", "right")
    for number in range(50):
        voices.add("bot", f"n{number}", cell)
    assert max(voices.said(vote.model_copy(update={"network": "n9"})).others.values()) == pytest.approx(0)
    assert voices.said(made.vote("w", rater="else", network="far")).others[cell] < 4


def test_a_voice_that_is_not_heard_is_worth_nothing_to_others() -> None:
    voices, cell = Voices(), (Criterion.quality, "left", "right")
    voices.add("bot", "lair", cell, 10)
    other = made.vote("w", rater="else", network="far")
    assert voices.said(other).others[cell] > 3
    voices.add("bot", "lair", cell, heard=False)
    assert voices.said(other).others[cell] == pytest.approx(0)


def test_a_vote_checked_again_is_said_once() -> None:
    watch = guard()
    vote = made.vote("v", network="home")
    watch.check(vote)
    watch.check(vote)
    said = watch._voices.said(made.vote("w", rater="else", network="far"))
    assert said.others[Criterion.quality, "left", "right"] == 1


def test_the_simulation_knows_what_is_honest() -> None:
    rng = random.Random(9)
    wins = [honest(rng, taste=0)(rng, "amber", FAVOURITE) for _ in range(4000)]
    assert 3 < wins.count(Outcome.a) / wins.count(Outcome.b) < 7  # e ** 1.6 is 5, less a leaning to one side
    assert wins.count(Outcome.tie) / 4000 == pytest.approx(crowd.TIES, abs=0.03)
    assert GATES["favour"].risk((), made.vote("v"), Opinions()) == 0


@pytest.mark.parametrize(("worth", "told"), [(7.0, False), (80.0, True)])
def test_nothing_is_said_by_pairs_on_which_too_few_others_were_heard(worth: float, told: bool) -> None:
    pairs = [(Criterion.quality, FAVOURITE, other) for other in ("amber", "birch")]
    own = dict.fromkeys(pairs, 40.0)
    others = {cell: worth * share for pair in pairs for cell, share in ((pair, 0.2), (reverse_cell(pair), 0.8))}
    found = find_favourite(own, others)
    assert (found is not None and found.times > CERTAIN) == told
