"""Online Elo, fragility, categories and the study of a question."""

import numpy as np
import pytest

from eval.ratings import prompt_origins
from eval.ratings.board import Rule
from eval.ratings.bradley_terry import SCALE, fit
from eval.ratings.by_question import Cluster, Control, Wanted, rate_questions
from eval.ratings.categories import (
    LENGTH_NAMES,
    SECONDS_NAMES,
    WORDING_NAMES,
    describe_wordings,
    rate_by_category,
)
from eval.ratings.counts import Counts, Votes, code_votes
from eval.ratings.elo import rate_online
from eval.ratings.fragility import find_fewest_raters, find_fewest_votes
from eval.ratings.robustness import ELO, RULES, compare_rules, study_robustness
from eval.ratings.weights import code_origins, weigh_votes
from eval.votes.fastchat import read_fastchat
from hub.errors import DataError, MissingFile
from hub.prompt_sets import PromptSet
from hub.prompt_sets.own_sets import OWN_SETS
from hub.prompts import load_captions
from hub.schema import Criterion, Outcome
from hub.votes import make_table
from tests.eval.made import vote
from tests.eval.ratings.made import BATTLES, published, voted
from tests.hub.votes.made import vote as worded


def small(seed: int, number: int = 22) -> Counts:
    """Few votes on three generators."""
    return voted(np.array([0.5, 0.0, -0.4]), number, seed, nu=0.3).counts


def changes(counts: Counts, removed: np.ndarray, leader: int) -> bool:
    """Whether without these votes another one is rated no lower than the leader."""
    try:
        theta = fit(counts.without(removed)).theta
    except DataError:
        return False
    return bool((np.delete(theta, leader) >= theta[leader]).any())


def exhaustive(counts: Counts, leader: int, most: int) -> int | None:
    """The very fewest, by trying all sets of votes in order of size."""
    places = [tuple(place) for place in np.argwhere(counts.cells > 0)]

    def tried(first: int, left: int, removed: np.ndarray) -> bool:
        if not left:
            return changes(counts, removed, leader)
        for i in range(first, len(places)):
            if removed[places[i]] < counts.cells[places[i]]:
                removed[places[i]] += 1
                found = tried(i, left - 1, removed)
                removed[places[i]] -= 1
                if found:
                    return True
        return False

    return next((size for size in range(1, most + 1) if tried(0, size, np.zeros_like(counts.cells))), None)


@pytest.mark.parametrize("seed", range(6))
def test_fragility_is_the_very_fewest_on_small_votes(seed: int) -> None:
    counts = small(seed)
    found = find_fewest_votes(counts)
    assert found is not None
    exact = exhaustive(counts, counts.names.index(found.leader), min(found.number, 4))
    assert exact == (found.number if found.number <= 4 else None)


def test_fragility_of_many_votes_is_fast_and_near_what_it_must_be() -> None:
    cells = np.zeros((2, 2, 4))
    cells[0, 1, :2] = 5_500, 4_500
    found = find_fewest_votes(Counts(("A", "B"), cells))
    assert found is not None
    assert (found.leader, found.rival, found.number, found.of) == ("A", "B", 1_000, 10_000)


def test_fragility_where_nothing_can_be_found() -> None:
    cells = np.zeros((2, 2, 4))
    cells[0, 1, 0] = 10
    assert find_fewest_votes(Counts(("A", "B"), cells)) is None


def test_the_fewest_raters() -> None:
    left, right = np.zeros(90, dtype=np.int64), np.ones(90, dtype=np.int64)
    rater = np.arange(90) // 10
    outcome = np.where(np.arange(90) % 10 < np.array([9, 9, 4, 4, 5, 5, 5, 4, 4])[rater], 0, 1)
    found = find_fewest_raters(Votes(("A", "B"), left, right, outcome, left), rater)
    assert found is not None
    assert (found.leader, found.rival, found.number, found.of) == ("A", "B", 1, 9)
    assert find_fewest_raters(Votes(("A", "B"), left, right, outcome, left), np.zeros(90, dtype=np.int64)) is None


def generation() -> Votes:
    """GenAI-Arena's anonymous text-to-image votes."""
    found = read_fastchat(BATTLES).table
    rows = np.array([source.endswith("(generation)") for source in found["source"].to_pylist()])
    return code_votes(found, rows & ~np.array(found["excluded"].is_valid().to_pylist()))


def test_online_elo_is_the_published_one() -> None:
    expected = published()["online_elo_anonymous_k4"]
    votes = generation()
    elo = rate_online(votes.left, votes.right, votes.outcome, len(votes.names))
    assert {name.split("_")[1]: points for name, points in zip(votes.names, elo, strict=True)} == pytest.approx(
        expected, abs=1e-4
    )


def test_online_elo_moves_two_points_on_the_first_vote_and_none_on_a_tie() -> None:
    def moved(outcome: int) -> list[float]:
        return list(rate_online(np.array([0]), np.array([1]), np.array([outcome]), 2))

    assert [moved(outcome) for outcome in range(4)] == [[1002, 998], [998, 1002], [1000, 1000], [1000, 1000]]


def long_and_short() -> list[tuple[str, float]]:
    """Prompt and seconds of votes."""
    return [("short", 2.0), ("a prompt that is neither long nor short", 3.0), ("long " * 20, 30.0)]


def test_categories_are_rated_apart() -> None:
    outcomes = {0: "aaab", 1: "abab", 2: "bbba"}
    made = [vote(10 * i + j, outcome=o, prompt=prompt, seconds=seconds)
            for i, (prompt, seconds) in enumerate(long_and_short()) for j, o in enumerate(outcomes[i])]  # fmt: skip
    table = make_table(made)
    found = rate_by_category(table, code_votes(table))
    assert [one.name for one in found] == [*LENGTH_NAMES, SECONDS_NAMES[0], SECONDS_NAMES[2]]
    assert [one.votes for one in found] == [4, 4, 4, 8, 4]
    leads = [one.ratings[0].generator for one in found]
    assert (leads[0], leads[2]) == ("one", "two")
    gap = found[0].ratings[0].rating - found[0].ratings[1].rating
    assert gap == pytest.approx(SCALE * np.log(3))
    assert rate_by_category(make_table(made[:4]), code_votes(make_table(made[:4]))) == ()


def test_votes_on_two_wordings_are_rated_with_alignment_and_apart_by_category() -> None:
    made = [worded(f"one-{n}", criterion=Criterion.alignment, outcome=Outcome(o)) for n, o in enumerate("aaab")]
    made += [worded(f"two-{n}", wording="one cat", outcome=Outcome(o)) for n, o in enumerate("abbb")]
    table = make_table(made)
    both = {one.name: one for one in rate_by_category(table, code_votes(table))}
    assert [both[name].votes for name in WORDING_NAMES] == [4, 4]
    assert [both[name].ratings[0].generator for name in WORDING_NAMES] == ["left", "right"]
    assert "two wordings: 4." in describe_wordings(table, code_votes(table))[0]
    (question,) = rate_questions(table, Wanted(Rule(), Cluster.known, (), None))
    assert (question.question.criterion, question.question.used) == (Criterion.alignment, 8)
    assert describe_wordings(table, code_votes(table))[0] in question.question.notes
    (fixed,) = rate_questions(table, Wanted(Rule(), Cluster.known, (Control.wordings,), None))
    assert fixed.board is not None
    assert [kind.name for kind in fixed.board.kinds] == [*WORDING_NAMES]
    for alone in (made[:4], made[4:]):
        assert describe_wordings(make_table(alone), code_votes(make_table(alone))) == ()


def test_prompts_are_rated_by_set_and_by_category_as_votes_tell_or_as_our_own_sets_have_them() -> None:
    noto, twemoji = (next(one for one in load_captions() if style in one) for style in ("Noto", "Twemoji"))
    asked: list[tuple[str, dict[str, str]]] = [
        (noto, {}),
        (twemoji, {}),
        ("two cats", {}),
        ("a red heart", {}),
        ("typed", {}),
    ]
    told = {"prompt_set": "parti", "prompt_category": "Animals"}
    asked += [(noto, told), ("whatever", told | {"prompt_category": "Food"}), ("none", {"prompt_set": "parti"})]
    made = [vote(3 * i + j, outcome="ab"[j % 2], prompt=prompt, seconds=1.0 + 0 * j).model_copy(update=more)
            for i, (prompt, more) in enumerate(asked) for j in range(3)]  # fmt: skip
    table = make_table(made)
    found = {str(one.name): (one.way, one.votes) for one in rate_by_category(table, code_votes(table))}
    by_set = {name: votes for name, (way, votes) in found.items() if way == "prompt set"}
    assert by_set == {
        "prompts of parti": 9,
        "prompts of captions": 6,
        "prompts of compositional": 6,
        "prompts that raters typed": 3,
    }
    by_category = {name: way for name, (way, votes) in found.items() if way.startswith("category") and votes == 3}
    assert by_category == {
        "parti: Animals": "category of parti",
        "parti: Food": "category of parti",
        "captions: Noto": "category of captions",
        "captions: Twemoji": "category of captions",
        "compositional: count": "category of compositional",
        "compositional: colour": "category of compositional",
    }


def test_without_our_own_sets_only_what_votes_tell_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> PromptSet:
        raise MissingFile("it is missing")

    made = [vote(0, prompt="two cats"), vote(1, prompt="typed").model_copy(update={"prompt_set": "parti"})]
    monkeypatch.setitem(OWN_SETS, "captions", missing)
    origins, codes = prompt_origins.read_origins(make_table(made))
    assert (codes[0], origins[codes[1]]) == (-1, ("parti", ""))


def test_every_rule_is_told_or_said_to_be_missing() -> None:
    made = [vote(0, "A", "B", "a"), vote(1, "B", "A", "a"), vote(2, "B", "C", "tie"), vote(3, "C", "B", "both_bad")]
    found = compare_rules(code_votes(make_table(made)))
    assert [one.rule for one in found] == [*RULES, ELO]
    missing = [one for one in found if one.missing]
    assert [one.rule for one in missing] == ["ties left out"]
    assert "(A and B) and (C)" in str(missing[0].missing)


def test_leaving_both_bad_out_widens_the_gap() -> None:
    outcomes = ["a"] * 5 + ["b"] * 2 + ["both_bad"] * 3
    found = compare_rules(code_votes(make_table([vote(i, outcome=given) for i, given in enumerate(outcomes)])))
    gaps = {one.rule: one.ratings["one"] - one.ratings["two"] for one in found}
    assert gaps["ties half a win"] == pytest.approx(SCALE * np.log(6.5 / 3.5))
    assert gaps["both bad left out"] == pytest.approx(SCALE * np.log(5 / 2))


def test_a_study_of_skewed_sides() -> None:
    rng = np.random.default_rng(0)
    sides = [("one", "two") if first else ("two", "one") for first in rng.integers(0, 2, 300)]
    outcomes = ["a" if left else "b" for left in rng.random(300) < 0.7]
    made = [vote(i, *sides[i], outcomes[i], rater=f"r{i % 9}") for i in range(300)]
    table = make_table(made)
    votes = code_votes(table)
    found = study_robustness(table, weigh_votes(votes, code_origins(table)), fit(votes.counts))
    assert found.position is not None
    points, low, high = found.position
    assert low < SCALE * np.log(7 / 3) < high
    assert low < points < high
    assert set(found.widening) == {"rater", "prompt", "rater and prompt"}
    assert found.telling is not None
    assert set(found.telling) == set(found.settled.order)
