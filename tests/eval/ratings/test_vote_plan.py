"""Votes planned for a gap and a power: by the closed form where there is one, by the report's intervals everywhere."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower, normal_sample_size_one_tail
from statsmodels.stats.proportion import proportion_effectsize
from typer.testing import CliRunner

from eval import plan
from eval.ratings.board import Rule, make_board
from eval.ratings.bradley_terry import SCALE
from eval.ratings.counts import Votes
from eval.ratings.taste_spread import measure_pattern
from eval.ratings.vote_plan import VotePattern, draw_votes, estimate_alone, find_lean, find_parted, plan_votes
from hub.command import make_command
from hub.schema import Outcome
from hub.votes import VoteLog
from tests.hub.votes.made import vote

app = make_command(plan.main, plan.EXAMPLE)
ALIKE = VotePattern()


@pytest.mark.parametrize(("gap", "power"), list(product((20, 60, 150), (0.5, 0.8, 0.95))))
def test_the_closed_form_is_statsmodels_test_of_one_proportion(gap: float, power: float) -> None:
    share = 1 / (1 + np.exp(-gap / SCALE))
    exact = normal_sample_size_one_tail(
        share - 0.5, power, 0.025, std_null=0.5, std_alternative=(share - share**2) ** 0.5
    )
    assert estimate_alone(gap, power) == int(np.ceil(exact))
    arcsine = NormalIndPower().solve_power(proportion_effectsize(share, 0.5), alpha=0.05, power=power, ratio=0)
    assert estimate_alone(gap, power) == pytest.approx(arcsine, rel=0.05, abs=3)


@pytest.mark.parametrize("gap", [60, 120])
def test_independent_votes_without_ties_are_planned_as_statsmodels_does(gap: float) -> None:
    share = 1 / (1 + np.exp(-gap / SCALE))
    found = plan_votes(gap, 0.8, ALIKE)
    wanted = NormalIndPower().solve_power(proportion_effectsize(share, 0.5), alpha=0.05, power=0.8, ratio=0)
    assert found.votes == pytest.approx(wanted, rel=0.08)
    assert found.reached == pytest.approx(0.8, abs=0.04)
    assert (found.raters, found.prompts) == (found.votes, found.votes)


@pytest.mark.parametrize(
    ("raters", "prompts"), [(200, 200), (20, 200), (13, 29), (200, 9), (4, 200)], ids=lambda value: f"{value}"
)
def test_parted_is_what_the_reports_intervals_say(raters: int, prompts: int) -> None:
    rng = np.random.default_rng(0)
    groups = np.arange(200) * raters // 200, rng.permutation(np.arange(200) * prompts // 200)
    pattern = VotePattern(ties=0.3, taste=0.6, wording=0.6)
    found = draw_votes(find_lean(45, pattern), pattern, groups, 40, rng)
    parted = find_parted(found, groups).tolist()
    assert len(set(parted)) == 2
    keys = [key for key, count in zip(groups, (raters, prompts), strict=True) if count < 200]
    for said, one in zip(found, parted, strict=True):
        outcome = np.array([1, 2, 0])[(2 * said).astype(int)]
        votes = Votes(
            ("better", "worse"), np.zeros(200, dtype=np.int64), np.ones(200, dtype=np.int64), outcome, np.arange(200)
        )
        rows = {row.generator: row for row in make_board(votes, Rule(), keys).ratings}
        assert (rows["better"].low > rows["worse"].high) is one


def test_the_mean_of_everybody_is_the_gap_however_much_raters_lean() -> None:
    rng = np.random.default_rng(0)
    pattern = VotePattern(ties=0.26, taste=0.8, wording=0.5)
    each = np.arange(200_000)
    mean = draw_votes(find_lean(80, pattern), pattern, (each, each), 1, rng).mean()
    assert mean == pytest.approx(1 / (1 + np.exp(-80 / SCALE)), abs=0.004)


def test_ties_take_fewer_votes_and_leanings_more() -> None:
    alike = plan_votes(80, 0.8, ALIKE, 500).votes or 0
    tied = plan_votes(80, 0.8, VotePattern(ties=0.3), 500).votes or 0
    leaning = plan_votes(80, 0.8, VotePattern(taste=0.8, a_rater=10), 500)
    assert 0.55 * alike < tied < 0.85 * alike  # a tie is half a win for sure
    assert (leaning.votes or 0) > 1.3 * alike
    assert leaning.raters == -(-(leaning.votes or 0) // 10)


def test_few_raters_of_strong_leanings_never_part_near_generators() -> None:
    found = plan_votes(20, 0.8, VotePattern(taste=1.0, raters=8), 200)
    assert (found.votes, found.raters, found.reached) == (None, None, None)


def leaning_votes(taste: float, wording: float) -> tuple[Votes, np.ndarray, np.ndarray]:
    """Votes of 300 raters, 40 each, on 400 prompts and three generators, whose leanings are known."""
    rng, count = np.random.default_rng(0), 12_000
    rater, prompt = np.arange(count) // 40, rng.integers(0, 400, count)
    left, right = np.array([(0, 1), (0, 2), (1, 2), (1, 0), (2, 0), (2, 1)])[rng.integers(0, 6, count)].T
    own, asked = rng.normal(0, taste / 2**0.5, (300, 3)), rng.normal(0, wording / 2**0.5, (400, 3))
    lean = np.array([0.3, 0.0, -0.3])
    d = sum(one[..., left] - one[..., right] for one in (lean,)) + own[rater, left] - own[rater, right]
    d = d + asked[prompt, left] - asked[prompt, right]
    outcome = np.where(rng.random(count) < 0.2, 2, (rng.random(count) >= 1 / (1 + np.exp(-d))).astype(np.int64))
    return Votes(("ink", "oil", "wax"), left, right, outcome, np.arange(count)), rater, prompt


@pytest.mark.parametrize(("taste", "wording"), [(0.0, 0.0), (0.9, 0.0), (0.0, 0.7), (0.7, 0.7)])
def test_leanings_are_found_in_votes_that_have_them(taste: float, wording: float) -> None:
    found = measure_pattern(*leaning_votes(taste, wording))
    assert found.ties == pytest.approx(0.2, abs=0.02)
    for measured, true in ((found.taste, taste), (found.wording, wording)):
        assert measured is not None
        assert measured == pytest.approx(0.8 * true, abs=0.16)  # a fifth are ties, half a win whatever is leant to
    assert found.a_rater == pytest.approx(40 / 3, rel=0.01)


def folder_of_votes(data: Path) -> Path:
    """Sixty votes of six raters."""
    log, outcomes = VoteLog(data), (Outcome.a, Outcome.b, Outcome.tie)
    for number in range(60):
        log.append(vote(f"{number}", prompt=f"{number}", outcome=outcomes[number % 3], rater=f"{number % 6}"))
    log.close()
    return data


def run(*options: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and what was said."""
    done = CliRunner().invoke(app, [*options])
    return done.exit_code, done.stdout, " ".join(done.stderr.split())


def test_the_command_plans_from_votes_and_says_what_is_from_where(tmp_path: Path) -> None:
    data = folder_of_votes(tmp_path)
    code, printed, _ = run(
        "--gap", "150", "--gap", "200", "--votes", f"{data}", "--taste", "0.2", "--runs", "200", "--json"
    )
    assert code == 0
    found = json.loads(printed)
    assert [(one["gap"], one["power"]) for one in found["plans"]] == [(150, 0.8), (200, 0.8)]
    assert found["assumed"]["ties"] == pytest.approx(1 / 3)
    assert (found["assumed"]["a_rater"], found["assumed"]["taste"]) == (10, 0.2)
    assert found["sources"] == {
        "ties": "from 60 votes",
        "taste": "given",
        "wording": "default, as no two votes tell it",
        "a_rater": "from 60 votes",
        "a_prompt": "from 60 votes",
    }
    code, printed, _ = run("--gap", "200", "--runs", "200")
    assert code == 0
    assert "reached" in printed
    assert "0.264 (default)" in printed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--gap", "0"), "A gap is above 0"),
        (("--gap", "30", "--power", "1"), "a power above 0.05"),
        (("--gap", "400", "--ties", "0.9"), "give fewer, or a smaller gap"),
        (("--gap", "30", "--raters", "5", "--votes-a-rater", "2"), "Give either the raters in all"),
        (("--gap", "30", "--votes-a-rater", "60"), "--votes-a-rater 50 or less"),
        (("--gap", "30", "--votes", "nowhere"), "There are no votes at nowhere"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_can_not_be_planned_is_one_sentence(options: tuple[str, ...], said: str) -> None:
    code, printed, told = run(*options)
    assert (code, printed) == (2, "")
    assert said in told
    assert "Traceback" not in told
