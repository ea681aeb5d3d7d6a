"""Several images of a prompt: what they count, pairs that are left out, and intervals that hold the true value."""

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from eval.metrics import METRICS, Array, Features, Ints, kernel_sums
from eval.metrics.compared_sets import ComparedSets, PromptImages, pair_sides
from eval.metrics.entries.frechet import estimate_frechet, frechet_distance, frechet_thin, influences
from eval.metrics.entries.prdc import manifolds
from eval.metrics.entries.recall import count_independent
from eval.metrics.kernel_distance import KernelDistance, kernel_distance, sides_distance
from eval.metrics.resamples import Resampled
from eval.statistics import draw_resamples, jackknife_error, wilson
from hub.errors import DataError
from tests.benchmarks.coverage import D, true_distance
from tests.eval.metrics.made import bundle, normal

ELSEWHERE = 10_000  # numbers of prompts that only the reference has
UNEQUAL = (1, 4, 1, 7)
NEAR = 0.1  # spread of a prompt's images about what they share


def images(rng: np.random.Generator, shared: Array, each: int | Sequence[int], shift: float = 0.0) -> Features:
    """So many ``each`` images of every prompt in any order, nearly alike, from what they share, (G, D).

    Where that is standard normal every image is N(shift, I).
    """
    prompts = np.repeat(np.arange(len(shared)), np.resize(each, len(shared)))
    own = rng.standard_normal((len(prompts), shared.shape[1]))
    x, order = shift + np.sqrt(1 - NEAR**2) * shared[prompts] + NEAR * own, rng.permutation(len(prompts))
    return Features(prompts[order], x[order], "t")


def free(reference: Features, start: int = ELSEWHERE) -> Features:
    """A set of its own, whose prompts are numbered from ``start``."""
    return replace(reference, prompts=reference.prompts + start, free=True)


@pytest.mark.parametrize("each", [4, UNEQUAL], ids=str)
@pytest.mark.parametrize(("name", "d"), [("FD", 2), ("KID", D)])
def test_intervals_hold_the_true_distance_where_images_of_a_prompt_are_alike(
    name: str, d: int, each: int | Sequence[int]
) -> None:
    """As if each image were independent those of FD held it 66 to 75 times, those of KID without a shift 0 to 9."""
    for shift in (0.8,) if name != "KID" else (0.0, 0.4):
        rng, truth = np.random.default_rng(0), true_distance(shift) if name == "KID" else d * shift**2
        made = []
        for _ in range(100):
            drawn = images(rng, rng.standard_normal((100, d)), each, shift)
            made.append(METRICS[name](drawn, free(images(rng, rng.standard_normal((200, d)), 1))))
        assert sum(one.low <= truth <= one.high for one in made) >= 90
        error = statistics.fmean([(one.high - one.low) / 3.92 for one in made])
        most = 1.3 if shift else 1.6  # of sets that are alike the upper end knows no direction
        assert 0.8 < error / statistics.stdev([one.value for one in made]) < most
        assert {one.n for one in made} == {100}


def test_the_extrapolation_is_over_prompts() -> None:
    """Parts of the images instead of the prompts have nearly as many prompts as all, and so nearly the same bias."""
    rng, d = np.random.default_rng(0), 16
    real = free(Features(np.arange(20_000), rng.standard_normal((20_000, d)), "t"))
    made = [images(rng, rng.standard_normal((80, d)), 8, 0.2) for _ in range(12)]
    lines, distances = ([METRICS[name](one, real).value for one in made] for name in ("FD-infinity", "FD"))
    truth, error = d * 0.04, statistics.stdev(lines) / np.sqrt(12)
    assert abs(statistics.fmean(lines) - truth) < 3 * error < 0.5
    assert statistics.fmean(distances) - truth > 0.8


@pytest.mark.parametrize("overlap", [60, 30])
@pytest.mark.parametrize("name", ["FD", "KID"])
def test_prompts_that_both_sides_have_are_not_taken_for_independent(name: str, overlap: int) -> None:
    """With but some in common the interval is only the wider; without a shift two models alike are no nearer than 0."""
    rng, d = np.random.default_rng(0), 2 if name == "FD" else D
    shift = 0.8 if name == "FD" else 0.0
    truth, made = 2 * shift**2, []
    for _ in range(100):
        shared = rng.standard_normal((120 - overlap, d))
        drawn, real = images(rng, shared[:60], 3, shift), images(rng, shared[60 - overlap :], 2)
        made.append(METRICS[name](drawn, free(real, 60 - overlap)))
    assert sum(one.low <= truth <= one.high for one in made) >= 90
    values = [one.value for one in made]
    if name == "KID":
        assert abs(statistics.fmean(values)) < 3 * statistics.stdev(values) / 10
    wide = statistics.fmean([(one.high - one.low) / 3.92 for one in made]) / statistics.stdev(values)
    assert 0.75 < wide < (1.25 if name == "FD" else 1.6) if overlap == 60 else wide > 1


def test_precision_holds_its_truth_where_images_of_a_prompt_are_alike() -> None:
    """The truth is that of the reference's manifold, which the interval holds fixed."""
    rng = np.random.default_rng(0)
    real = free(Features(np.arange(300), rng.standard_normal((300, 4)), "t"))
    many = manifolds(rng.standard_normal((20_000, 4)) + 0.7, real.images)
    held = dict.fromkeys(("precision", "density"), 0)
    for _ in range(100):
        drawn = images(rng, rng.standard_normal((100, 4)), 4, 0.7)
        for name, truth in (("precision", many.precise.mean()), ("density", many.dense.mean())):
            one = METRICS[name](drawn, real)
            held[name] += bool(one.low <= truth <= one.high)
    assert min(held.values()) >= 90


def test_the_number_of_independent_images_that_tell_a_share() -> None:
    hits = np.array([1.0] * 30 + [0.0] * 10)
    assert count_independent(hits, 40) == 40
    assert count_independent(hits, 160) == pytest.approx(40)  # four each, all alike
    assert count_independent(np.full(40, 0.75), 160) == 160  # each prompt like every other
    assert count_independent(np.ones(40), 160) == 40  # nothing tells whether a prompt's images are alike
    rng = np.random.default_rng(0)
    assert count_independent((rng.random((4000, 4)) < 0.3).mean(1), 16_000) == pytest.approx(16_000, rel=0.05)
    assert wilson(0.75, 40.0) == wilson(0.75, 40)


def loops(x: Features, y: Features) -> float:
    """The distance by plain loops: a prompt, then an image of it; never two images of one prompt."""

    def k(a: Features, g: int, b: Features, h: int) -> float:
        pairs = itertools.product(a.images[a.prompts == g], b.images[b.prompts == h])
        return statistics.fmean([float((one @ other / len(one) + 1) ** 3) for one, other in pairs])

    def mean(a: Features, b: Features) -> float:
        named, others = (sorted(set(one.prompts.tolist())) for one in (a, b))
        return statistics.fmean([statistics.fmean([k(a, g, b, h) for h in others if h != g]) for g in named])

    return mean(x, x) + mean(y, y) - 2 * mean(x, y)


@pytest.mark.parametrize("start", [ELSEWHERE, 0, 5], ids=["other prompts", "the same prompts", "some the same"])
def test_two_images_of_one_prompt_are_no_pair(start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    drawn = images(rng, rng.standard_normal((12, 5)), UNEQUAL, 0.3)
    real = free(images(rng, rng.standard_normal((12, 5)), (2, 3)), start)
    both = pair_sides(drawn, real)
    assert both.together == (start == 0)
    whole = sides_distance(both)
    assert whole.value == pytest.approx(loops(drawn, real), rel=1e-9)
    for block in (3, 7):  # parts of a prompt, and of two
        monkeypatch.setattr(kernel_sums, "BLOCK", block)
        parts = sides_distance(both)
        assert (parts.value, parts.error) == pytest.approx((whole.value, whole.error), rel=1e-9)


def test_copies_of_every_image_change_nothing() -> None:
    """As many of each: neither value nor error, of one image a prompt or of several."""
    x, y = normal(40, 5) + 0.3, normal(30, 5, 1)
    plain = Features(np.arange(40), x, "t"), free(Features(np.arange(30), y, "t"))
    copied = [replace(one, prompts=np.tile(one.prompts, 3), images=np.tile(one.images, (3, 1))) for one in plain]
    expected, made = sides_distance(pair_sides(*plain)), sides_distance(pair_sides(*copied))
    assert expected == kernel_distance(x, y)
    assert (made.value, made.error) == pytest.approx((expected.value, expected.error), rel=1e-9)
    for name in ("FD", "FD-infinity"):
        one, other = (METRICS[name](*pair) for pair in (plain, copied))
        assert other.n == one.n == 40
        # the covariance of copies has the larger divisor
        assert (other.high - other.low) == pytest.approx(one.high - one.low, rel=0.05)


def test_every_prompt_counts_alike_however_many_images_it_has() -> None:
    """Further copies of one prompt's images: KID as it was, FD but for the divisor of its covariance."""
    x, y = normal(400, 3) + 0.5, free(Features(np.arange(900), normal(900, 3, 1), "t"))
    plain = Features(np.arange(400), x, "t")
    more = Features(np.append(plain.prompts, np.zeros(50, int)), np.vstack([x, np.tile(x[0], (50, 1))]), "t")
    one, other = (sides_distance(pair_sides(drawn, y)) for drawn in (plain, more))
    assert (other.value, other.error) == pytest.approx((one.value, one.error), rel=1e-9)
    first, second = estimate_frechet(plain, y), estimate_frechet(more, y)
    assert (second.value, second.error) == pytest.approx((first.value, first.error), rel=2e-3)
    assert first.value == frechet_distance(x, y.images)
    turned = estimate_frechet(Features(np.arange(900), y.images, "t"), free(more))
    assert turned.value == pytest.approx(first.value, rel=2e-3)
    weights = pair_sides(more, y).generated.weights
    assert weights is not None
    assert second.value == pytest.approx(frechet_thin(np.vstack([np.tile(x[0], (51, 1)), x[1:]]), y.images, weights,
                                                      np.ones(900)), rel=1e-9)  # fmt: skip


@pytest.mark.parametrize("each", [3, UNEQUAL], ids=str)
def test_both_ways_to_an_interval_agree_over_prompts(each: int | Sequence[int]) -> None:
    rng = np.random.default_rng(0)
    drawn, real = images(rng, rng.standard_normal((300, 4)), each, 0.5), images(rng, rng.standard_normal((200, 4)), 2)
    both = pair_sides(drawn, free(real))
    x, y = both.generated, both.reference
    times = [draw_resamples(len(side.prompts), 200, seed).astype(np.float64) for seed, side in enumerate((x, y))]
    counts = ((x.counted(one), y.counted(other)) for one, other in zip(*times, strict=True))
    spread = np.std([frechet_thin(x.images, y.images, *pair) for pair in counts])
    first, second = influences(x, y)
    assert first.shape == (300,) and second.shape == (200,)
    assert np.hypot(jackknife_error(first), jackknife_error(second)) == pytest.approx(spread, rel=0.15)
    assert estimate_frechet(drawn, free(real)).error == pytest.approx(spread, rel=0.15)


def test_a_distance_alone_draws_no_common_samples_of_many_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    drawn, real = images(rng, rng.standard_normal((300, 4)), 1, 0.5), images(rng, rng.standard_normal((200, 4)), 1)
    metric = METRICS["FD"]
    assert isinstance(metric, Resampled)
    assert metric.resample(drawn, free(real)).draws.std(ddof=1) == pytest.approx(
        estimate_frechet(drawn, free(real)).error, rel=0.1
    )
    estimate_frechet.cache_clear()
    monkeypatch.setattr("eval.metrics.entries.frechet.draw_common", None)
    assert metric(drawn, free(real)).n == 300


def test_few_prompts_of_many_images_are_marked_and_drawn_by_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.metrics.entries.frechet._jackknife_sides", None)
    rng, d = np.random.default_rng(0), 12
    drawn, real = images(rng, rng.standard_normal((20, d)), 6, 0.3), free(images(rng, rng.standard_normal((30, d)), 1))
    wide, narrow = estimate_frechet(drawn, real), estimate_frechet(drawn.first(), real)
    assert wide.error == pytest.approx(narrow.error, rel=0.2)  # six images that are alike tell no more than one
    assert str(wide.note).startswith("120 images of 20 prompts, which count alike: ")
    few = estimate_frechet(images(rng, rng.standard_normal((11, d)), 2), real)
    assert str(few.note).endswith("N = 11 < 12 dimensions: compare only figures of equal N and as many images")
    assert narrow.note is None
    shared = rng.standard_normal((20, d))
    drawn, like = images(rng, shared, 3, 0.3), images(rng, shared, 2)
    assert estimate_frechet(drawn, free(like, 0)).error < 0.7 * estimate_frechet(drawn, free(like)).error


@pytest.mark.parametrize("name", ["FD", "KID", "precision", "coverage"])
def test_an_interval_wants_enough_prompts_not_images(name: str) -> None:
    few, many = bundle(prompts=9, seeds=8, whole=False), bundle(prompts=30, seeds=2, whole=False)
    for generated, reference in ((few, many), (many, few)):
        with pytest.raises(DataError, match="Too few prompts for an interval, 9"):
            METRICS[name](generated, free(reference))


def rows_of(side: PromptImages) -> list[tuple[int, float]]:
    """Prompt and first feature of every image."""
    named: Ints = side.prompts[side.groups]
    return list(zip(named.tolist(), side.images[:, 0].tolist(), strict=True))


def test_a_side_holds_images_by_prompt() -> None:
    prompts, x = np.array([7, 3, 7, 5, 7]), np.arange(5.0)[:, None]
    side = PromptImages.of(x, prompts)
    assert rows_of(side) == [(3, 1.0), (5, 3.0), (7, 0.0), (7, 2.0), (7, 4.0)]
    assert side.several and side.sizes.tolist() == [1, 1, 3]
    assert side.means(side.images[:, 0]).tolist() == [1, 3, 2]
    assert side.weights == pytest.approx([5 / 3, 5 / 3, 5 / 9, 5 / 9, 5 / 9])
    assert side.counted(np.array([0.0, 1.0, 2.0])) == pytest.approx([0, 5 / 3, 10 / 9, 10 / 9, 10 / 9])
    assert rows_of(side.part(np.array([2, 0]))) == [(7, 0.0), (7, 2.0), (7, 4.0), (3, 1.0)]
    alone = PromptImages.of(x)
    assert (alone.several, alone.weights, alone.part(np.array([4, 1])).images[:, 0].tolist()) == (False, None, [4, 1])


def test_a_paired_reference_still_takes_one_image_a_prompt() -> None:
    generated, reference = bundle(prompts=20, seeds=3), bundle(prompts=20, seeds=1, seed=1)
    both = pair_sides(generated, reference)
    assert both.together and not both.several
    assert sides_distance(both) == kernel_distance(generated.images[:20], reference.images, together=True)
    apart = ComparedSets(both.generated, both.reference, together=False)
    assert isinstance(sides_distance(apart), KernelDistance)
    assert sides_distance(apart) == kernel_distance(generated.images[:20], reference.images)
