"""The contract of every registered metric."""

from dataclasses import replace

import numpy as np
import pytest

from eval.metrics import METRICS, Features, Metric, measurable
from eval.metrics._bootstrap import FEWEST, interval, resamples
from hub.errors import DataError
from tests.eval.metrics.made import bundle, normal, unit

COUNTS = ("parameters", "training device-hours", "peak memory in bytes")


@pytest.mark.parametrize("metric", list(METRICS), ids=lambda metric: metric.name)
def test_contract(metric: Metric) -> None:
    generated, reference = bundle(shift=0.5), bundle(seeds=1, seed=1)
    measured = metric(generated, reference)
    assert measured == metric(generated, reference)
    assert measured.metric == metric.name
    assert measured.low <= measured.value <= measured.high
    assert (measured.low < measured.high) != (metric.name in COUNTS)
    assert measured.n == (10 if metric.name.startswith("consistency") else 20)
    assert measured.encoder in ("trunk@1", "judge@2", "wall clock", "checkpoints", "CPU", "process")
    assert metric.better in ("lower", "higher")


@pytest.mark.parametrize("metric", list(METRICS), ids=lambda metric: metric.name)
def test_too_few_prompts_is_said_for_every_metric(metric: Metric) -> None:
    few = bundle(prompts=FEWEST - 1)
    if metric.name in COUNTS:
        pytest.skip("a count needs no interval")
    with pytest.raises(DataError, match=f"{FEWEST - 1}|{(FEWEST - 1) // 2}"):
        metric(few, bundle(prompts=FEWEST - 1, seeds=1))


@pytest.mark.parametrize("name", ["FD", "FD-infinity", "KID", "precision", "recall", "density", "coverage"])
def test_distances_want_every_prompt_of_the_reference(name: str) -> None:
    with pytest.raises(DataError, match="each of the 30 reference prompts"):
        METRICS[f"{name} (EfficientNet-Lite2)"](bundle(prompts=20), bundle(prompts=30, seeds=1))


def test_the_frechet_distance_of_the_reference_from_itself_is_zero() -> None:
    same = bundle(seeds=1)
    measured = METRICS["FD (EfficientNet-Lite2)"](same, same)
    assert (measured.value, measured.high) == pytest.approx((0, 0), abs=1e-9)


def test_frechet_below_the_dimension_is_marked() -> None:
    frechet = METRICS["FD (EfficientNet-Lite2)"]
    small = Features(np.arange(12), normal(12, 30), unit(normal(12, 4)), unit(normal(12, 4)), "t", "j")
    assert "N = 12 < 30 dimensions" in str(frechet(small, small).note)
    assert frechet(bundle(), bundle(seeds=1)).note is None


def test_diversity_needs_several_images_of_a_prompt() -> None:
    with pytest.raises(DataError, match="more seeds"):
        METRICS["PPD (EfficientNet-Lite2)"](bundle(seeds=1), bundle(seeds=1))


def test_first_takes_one_image_a_prompt() -> None:
    one = bundle(prompts=12, seeds=3).first()
    assert one.prompts.tolist() == list(range(12))
    assert one.images == pytest.approx(bundle(prompts=12, seeds=3).images[:12])


def test_bootstrap_interval_of_a_mean() -> None:
    values = normal(400, 1)[:, 0]
    counts = resamples(400, 1000)
    assert (counts.sum(1) == 400).all()
    low, high = interval(float(values.mean()), counts @ values / 400)
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.1)
    assert interval(0.99, np.array([0.9, 1.1]), most=1)[1] == 1


def test_only_metrics_whose_needs_are_met_are_measurable() -> None:
    lacking = {metric.name for metric in METRICS} - {metric.name for metric in measurable(bundle(whole=False), None)}
    assert {metric.name for metric in METRICS if metric.needs} == lacking
    assert measurable(bundle(), bundle(seeds=1)) == list(METRICS)


@pytest.mark.parametrize("metric", [m for m in METRICS if m.needs != ("cost",)], ids=lambda metric: metric.name)
def test_nan_is_said_and_never_measured(metric: Metric) -> None:
    broken = bundle()
    broken.images[3, 2] = broken.image_embeddings[3, 2] = np.nan
    with pytest.raises(DataError, match="not finite"):
        metric(broken, bundle(seeds=1, seed=1))


@pytest.mark.parametrize("metric", list(METRICS), ids=lambda metric: metric.name)
def test_the_order_of_images_does_not_matter(metric: Metric) -> None:
    if metric.name.startswith(("drift", "PPD")):
        pytest.skip("its rows are pairs, or its prompts have several images")
    made, reference = bundle(seeds=1), bundle(seeds=1, seed=1)
    order = np.random.default_rng(0).permutation(20)
    arrays = made.images[order], made.image_embeddings[order], made.text_embeddings[order]
    assert made.meanings is not None and made.seeds is not None and made.cost is not None
    cost = replace(made.cost, seconds=made.cost.seconds[order])
    turned = replace(made, prompts=made.prompts[order], cost=cost, meanings=made.meanings[order])
    turned = replace(turned, images=arrays[0], image_embeddings=arrays[1], text_embeddings=arrays[2])
    assert metric(turned, reference).value == pytest.approx(metric(made, reference).value, rel=1e-9)
