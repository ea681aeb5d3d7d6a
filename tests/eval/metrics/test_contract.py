"""The contract of every registered metric."""

from dataclasses import replace

import numpy as np
import pytest

from eval.metrics import (
    METRICS,
    NO_SPACE,
    Features,
    Measured,
    Metric,
    Takes,
    Unmeasured,
    figures,
    measurable,
)
from eval.statistics import FEWEST, bootstrap_interval, draw_resamples
from hub.errors import DataError
from hub.language.sentence import Sentence
from tests.eval.made import in_space
from tests.eval.metrics.made import bundle, normal

COUNTS = ("parameters", "training device-hours", "memory in MiB")


@pytest.mark.parametrize("metric", list(METRICS), ids=lambda metric: metric.name)
def test_contract(metric: Metric) -> None:
    generated, reference = bundle(shift=0.5), bundle(seeds=1, seed=1)
    measured = metric(generated, reference)
    assert measured == metric(generated, reference)
    assert measured.metric == metric.name
    assert metric.takes in Takes
    assert " (" not in metric.name  # what follows is the encoder's title
    assert measured.low <= measured.value <= measured.high
    assert (measured.low < measured.high) != (metric.name in COUNTS)
    assert measured.n == (10 if metric.name.startswith("consistency") else 20)
    assert measured.encoder == ("" if metric.takes is Takes.cost else "trunk@1")
    assert metric.better in ("lower", "higher")
    assert isinstance(metric.interval, Sentence)
    assert measured.note is None or isinstance(measured.note, Sentence)


@pytest.mark.parametrize("metric", list(METRICS), ids=lambda metric: metric.name)
def test_too_few_prompts_is_said_for_every_metric(metric: Metric) -> None:
    few = bundle(prompts=FEWEST - 1)
    if metric.takes is Takes.cost:
        pytest.skip("counts need no interval, and seconds are by rounds")
    with pytest.raises(DataError, match=f"{FEWEST - 1}|{(FEWEST - 1) // 2}") as caught:
        metric(few, bundle(prompts=FEWEST - 1, seeds=1))
    assert isinstance(caught.value.sentence, Sentence)


@pytest.mark.parametrize("name", ["FD", "FD-infinity", "KID", "precision", "recall", "density", "coverage"])
def test_distances_want_every_prompt_of_the_reference(name: str) -> None:
    with pytest.raises(DataError, match="each of the 30 reference prompts"):
        METRICS[name](bundle(prompts=20), bundle(prompts=30, seeds=1))


def test_the_frechet_distance_of_the_reference_from_itself_is_zero() -> None:
    same = bundle(seeds=1)
    measured = METRICS["FD"](same, same)
    assert (measured.value, measured.high) == pytest.approx((0, 0), abs=1e-9)


def test_frechet_below_the_dimension_is_marked() -> None:
    frechet = METRICS["FD"]
    small = Features(np.arange(12), normal(12, 30), "t")
    assert "N = 12 < 30 dimensions" in str(frechet(small, small).note)
    assert frechet(bundle(), bundle(seeds=1)).note is None


def test_diversity_needs_several_images_of_a_prompt() -> None:
    with pytest.raises(DataError, match="more seeds"):
        METRICS["PPD"](bundle(seeds=1), bundle(seeds=1))


def test_first_takes_one_image_a_prompt() -> None:
    one = bundle(prompts=12, seeds=3).first()
    assert one.prompts.tolist() == list(range(12))
    assert one.images == pytest.approx(bundle(prompts=12, seeds=3).images[:12])


def test_bootstrap_interval_of_a_mean() -> None:
    values = normal(400, 1)[:, 0]
    counts = draw_resamples(400, 1000)
    assert (counts.sum(1) == 400).all()
    low, high = bootstrap_interval(float(values.mean()), counts @ values / 400)
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.1)
    assert bootstrap_interval(0.99, np.array([0.9, 1.1]), most=1)[1] == 1


def test_only_metrics_whose_needs_are_met_are_measurable() -> None:
    lacking = {metric.name for metric in METRICS} - {metric.name for metric in measurable(bundle(whole=False), None)}
    assert {metric.name for metric in METRICS if metric.needs} == lacking
    assert measurable(bundle(), bundle(seeds=1)) == list(METRICS)


@pytest.mark.parametrize("metric", [m for m in METRICS if m.takes not in NO_SPACE], ids=lambda metric: metric.name)
def test_nan_is_said_and_never_measured(metric: Metric) -> None:
    broken = bundle()
    assert broken.wordings is not None and broken.scores is not None
    broken.images[3, 2] = broken.wordings.images[3, 2] = broken.scores.values[3] = np.nan
    with pytest.raises(DataError, match="not finite"):
        metric(broken, bundle(seeds=1, seed=1))


@pytest.mark.parametrize("metric", list(METRICS), ids=lambda metric: metric.name)
def test_the_order_of_images_does_not_matter(metric: Metric) -> None:
    if metric.name in ("drift", "PPD"):
        pytest.skip("its rows are pairs, or its prompts have several images")
    made, reference = bundle(seeds=1), bundle(seeds=1, seed=1)
    order = np.random.default_rng(0).permutation(20)
    assert made.wordings is not None and made.texts is not None and made.cost is not None and made.scores is not None
    cost = replace(made.cost, seconds=made.cost.seconds[order], computing=2 * made.cost.seconds[order])
    worded = replace(made.wordings, prompts=made.wordings.prompts[order], images=made.wordings.images[order])
    turned = replace(made, prompts=made.prompts[order], cost=cost, wordings=worded)
    turned = replace(turned, images=made.images[order], texts=made.texts[order])
    turned = replace(turned, scores=replace(made.scores, values=made.scores.values[order]))
    assert metric(turned, reference).value == pytest.approx(metric(made, reference).value, rel=1e-9)


def test_a_metric_stands_in_every_space_of_its_kind_under_the_encoders_title() -> None:
    generated, reference = bundle(shift=0.5), bundle(seeds=1, seed=1)
    for title in ("Inception", "one (of many)"):
        found = list(figures(generated, reference, title, tuple(Takes)))
        assert {one.name for one in found} == {in_space(metric, title) for metric in METRICS}
        assert all(isinstance(one, Measured) for one in found)
        assert {METRICS[one.metric] for one in found} == set(METRICS)
    images = {str(one.name) for one in figures(generated, None, "T", (Takes.images,))}
    assert {"PPD (T)", "Vendi (T)", "drift (T)"} <= images
    assert not {"FD (T)", "KID (T)", "recall (T)"} & images  # they need a reference
    real = {str(one.name) for one in figures(generated, reference, "T", (Takes.images,), real=True)}
    assert {"PPD (T)", "Vendi (T)"} <= real
    assert not {"FD (T)", "drift (T)"} & real


def test_a_figure_that_cant_be_had_has_its_reason() -> None:
    few = bundle(seeds=1, whole=False)
    (ppd,) = (one for one in figures(few, None, "T", (Takes.images,)) if str(one.name) == "PPD (T)")
    assert isinstance(ppd, Unmeasured)
    assert "more seeds" in ppd.reason


def test_drift_wants_the_same_prompts_and_seeds() -> None:
    made = bundle()
    assert made.before is not None and made.before.seeds is not None
    assert METRICS["drift"](made, made).n == 20
    for before in (replace(made.before, seeds=made.before.seeds + 10), replace(made.before, seeds=None)):
        with pytest.raises(DataError, match="same prompts and seeds"):
            METRICS["drift"](replace(made, before=before), made)


def test_drift_is_that_of_what_both_sides_have_in_any_order() -> None:
    made = bundle(prompts=13)
    assert made.before is not None
    whole = METRICS["drift"](made, made)
    assert whole.note is None
    rows = np.random.default_rng(0).permutation(26)
    turned = replace(made.before.at(rows), seeds=np.asarray(made.before.seeds)[rows])
    assert METRICS["drift"](replace(made, before=turned), made) == whole
    for torn in (0, 17):  # the first and the second picture of a prompt: another seed stands in, or is not looked at
        kept = np.delete(np.arange(26), torn)
        after = replace(made.at(kept), seeds=np.asarray(made.seeds)[kept])
        before = replace(made.before.at(kept), seeds=np.asarray(made.before.seeds)[kept])
        fewer = [METRICS["drift"](replace(one, before=other), made)
                 for one, other in ((made, before), (after, made.before), (after, before))]  # fmt: skip
        assert len({(one.value, one.low, one.high, one.n) for one in fewer}) == 1
        assert (fewer[0].value == whole.value, fewer[0].n) == (torn == 17, 13)
        assert [one.note for one in fewer] == ["left out because only one side has them: 1 of the images"] * 2 + [None]
    few = np.flatnonzero(made.prompts < FEWEST - 1)
    lost = replace(made.before.at(few), seeds=np.asarray(made.before.seeds)[few])
    with pytest.raises(DataError, match="Too few prompts for an interval, 9"):
        METRICS["drift"](replace(made, before=lost), made)
