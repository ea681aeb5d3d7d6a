"""Vendi score, similarity to references, consistency and cost: closed forms and plain loops."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics import METRICS, Features
from eval.metrics.entries.consistency import consistencies
from eval.metrics.entries.vendi import vendi_influences, vendi_of_shares, vendi_score
from eval.metrics.similarity import prompt_similarities
from eval.statistics import jackknife_error
from hub.errors import DataError
from tests.eval.metrics.made import bundle, normal, rotation, unit, vendi_of_kernel


def test_vendi_of_the_papers_example() -> None:
    points = np.array([0.0, 0, 10, 10, 20, 20])
    assert vendi_of_kernel(np.exp(-np.abs(points[:, None] - points))) == pytest.approx(2.9999, abs=1e-4)


@pytest.mark.parametrize("q", [0.0, 0.5, 1.0, 2.0, np.inf])
def test_vendi_of_every_order_counts_equal_kinds(q: float) -> None:
    assert vendi_score(np.repeat(np.eye(4), 3, axis=0), q) == pytest.approx(4)
    assert vendi_score(np.ones((5, 3)), q) == pytest.approx(1)


def test_vendi_orders_differ_where_kinds_are_unequal() -> None:
    shares = np.array([0.7, 0.2, 0.1])
    assert vendi_of_shares(shares, 2) == pytest.approx(1 / 0.54)
    assert vendi_of_shares(shares, np.inf) == pytest.approx(1 / 0.7)
    scores = [vendi_of_shares(shares, q) for q in (0, 0.5, 1, 2, np.inf)]
    assert scores == sorted(scores, reverse=True)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 30), st.integers(1, 10), st.sampled_from([0.5, 1.0, 2.0]), st.integers(0, 1000))
def test_vendi_is_invariant_and_between_1_and_n(n: int, d: int, q: float, seed: int) -> None:
    x = normal(n, d, seed)
    score = vendi_score(x, q)
    assert 1 - 1e-9 <= score <= n + 1e-9
    assert vendi_score(x[::-1] @ rotation(d, seed), q) == pytest.approx(score, rel=1e-6)
    assert vendi_of_kernel(unit(x) @ unit(x).T, q) == pytest.approx(score, rel=1e-6)
    assert vendi_score(np.concatenate([x, x]), q) == pytest.approx(score, rel=1e-6)


def test_vendis_error_is_the_spread_over_fresh_samples() -> None:
    scale = np.array([3.0, 1, 1, 0.5, 0.2])
    spread = np.std([vendi_score(normal(300, 5, seed) * scale) for seed in range(300)])
    assert jackknife_error(vendi_influences(normal(300, 5, 999) * scale)) == pytest.approx(spread, rel=0.2)


def test_similarity_is_the_mean_over_pairs_of_one_prompt() -> None:
    x, y = normal(9, 4), normal(12, 4, 1)
    mine, theirs = np.arange(9) % 3, np.arange(12) % 4
    got = prompt_similarities(x, y, mine, theirs)
    for prompt in range(3):
        pairs = itertools.product(unit(x[mine == prompt]), unit(y[theirs == prompt]))
        assert got[prompt] == pytest.approx(np.mean([a @ b for a, b in pairs]))
    with pytest.raises(DataError, match="1 prompts have no reference image"):
        prompt_similarities(x, y[:5], mine, np.array([0, 1, 1, 0, 3]))


def test_images_equal_to_their_references_have_similarity_one() -> None:
    same = bundle(seeds=1)
    for name in ("CLIP-I", "reference similarity"):
        assert METRICS[name](same, same).value == pytest.approx(1)


def test_consistency_pairs_wordings_of_one_seed() -> None:
    e = unit(normal(8, 3))
    meanings, seeds = np.array([0, 0, 0, 0, 1, 1, 1, 2]), np.array([7, 7, 8, 8, 7, 7, 7, 7])
    first = (e[0] @ e[1] + e[2] @ e[3]) / 2
    second = (e[4] @ e[5] + e[4] @ e[6] + e[5] @ e[6]) / 3
    assert consistencies(5 * e, meanings, seeds) == pytest.approx([first, second])
    with pytest.raises(DataError, match="paraphrases"):
        consistencies(e, np.arange(8), seeds)


def test_cost_counts_prompts_alike() -> None:
    made = bundle(prompts=10, seeds=2)
    assert made.cost is not None
    seconds = np.concatenate([np.full(10, 1.0), np.full(10, 3.0)])
    made = replace(made, cost=replace(made.cost, seconds=seconds))
    assert METRICS["seconds an image"](made, made).value == pytest.approx(2)
    assert METRICS["images a second"](made, made).value == pytest.approx(0.5)
    assert METRICS["computing seconds an image"](made, made).value > 2
    assert METRICS["memory in MiB"](made, made).value == 1024
    assert made.cost is not None
    with pytest.raises(DataError, match="runs elsewhere"):
        METRICS["memory in MiB"](replace(made, cost=replace(made.cost, own_bytes=None)), made)
    elsewhere = replace(made, cost=replace(made.cost, parameters=None, device_hours=None, computing=None))
    for name in ("parameters", "training device-hours", "computing seconds an image"):
        with pytest.raises(DataError, match="can't be known here"):
            METRICS[name](elsewhere, made)
    with pytest.raises(DataError, match="less time"):
        METRICS["images a second"](replace(made, cost=replace(made.cost, seconds=seconds * 0)), made)
    with pytest.raises(DataError, match="no time"):
        METRICS["seconds an image"](replace(made, cost=replace(made.cost, seconds=seconds * np.nan)), made)


def test_one_picture_for_every_seed_is_no_variety_at_all() -> None:
    """Rounding takes the mean cosine of equal pictures above 1."""
    prompts = np.repeat(np.arange(12), 4)
    made = Features(prompts, np.repeat(normal(12, 37), 4, axis=0), "e", seeds=np.zeros(48, dtype=int))
    none = METRICS["PPD"](made, made)
    assert 0 <= none.low <= none.value <= none.high < 1e-12
    same = METRICS["consistency"](replace(made, wordings=made), made)
    assert 1 - 1e-12 < same.low <= same.value <= same.high <= 1
