"""Distances in float32 with bounds: every radius and every comparison is, bit for bit, that of all pairs in float64."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics import Array, distances, nearest
from eval.metrics.distances import DOUBLE, SINGLE, Cloud, Flags, Indices, bound_distances, common_scale, compare_bounds
from eval.metrics.entries.prdc import manifolds
from eval.metrics.nearest import squared_radii
from tests.eval.metrics.made import normal, unit

N, M, D, K = 90, 70, 24, 5
Pair = tuple[Array, Array]


def squared(x: Array, y: Array) -> Array:
    """Squared distances (N, M), each the sum of (x - y)^2."""
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    return np.stack([np.einsum("ij,ij->i", row - y, row - y) for row in x])


def plain(x: Array, y: Array, k: int = K) -> tuple[Array | Flags, ...]:
    """Both sets' radii and what each row says of precision, density, recall, coverage: all pairs in float64."""
    x_radii, y_radii = (np.sort(squared(f, f), axis=1)[:, k] for f in (x, y))
    d = squared(y, x)
    balls, inside, about = (d <= y_radii[:, None]).sum(0), (d <= y_radii[:, None]).sum(1), (d <= x_radii).sum(1)
    return x_radii, y_radii, balls > 0, balls / k, about > 0, inside > 0


def ours(x: Array, y: Array, k: int = K) -> tuple[Array, ...]:
    """The same by what is tested."""
    scale = common_scale(x, y)
    radii = (squared_radii(Cloud(f, f.mean(0), scale), k) / scale**2 for f in (x, y))
    made = manifolds(x, y, k)
    return *radii, made.precise, made.dense, made.recalled, made.covered


def same(x: Array, y: Array, k: int = K) -> None:
    """Both agree to the last bit."""
    for one, other in zip(ours(x, y, k), plain(x, y, k), strict=True):
        np.testing.assert_array_equal(one, other)


def chosen(x: Array, count: int, seed: int = 0) -> Array:
    """As many rows, of the first few only."""
    return x[np.random.default_rng(seed).integers(0, count, len(x))]


def clusters(spread: float) -> Pair:
    """Rows about two far points."""
    x, y = normal(N, D) * spread, normal(M, D, 1) * spread
    x[::2] += 3
    y[::3] += 3
    return x, y


def repeated_among_close() -> Pair:
    """Rows of which many are close to a point and some are it."""
    x, y = normal(N, D), normal(M, D, 1)
    x[:60] = 3 + x[:60] * 1e-12
    x[:60:9] = 3
    return x, y


def changed(change: Callable[[Array], Array]) -> Pair:
    """Normal rows, both sides changed."""
    return change(normal(N, D)), change(normal(M, D, 1))


CLOUDS: dict[str, Callable[[], Pair]] = {
    "normal": lambda: changed(lambda x: x),
    "far from 0": lambda: changed(lambda x: x + 1e6),
    "far from each other": lambda: (normal(N, D) + 1e5, normal(M, D, 1)),
    "one far row": lambda: (np.vstack([normal(N, D), np.full(D, 1e30)]), normal(M, D, 1)),
    "beyond float32": lambda: changed(lambda x: x * 1e100),
    "tiny": lambda: changed(lambda x: x * 1e-100),
    "near one point": lambda: changed(lambda x: 1 + 1e-9 * x),
    "about two points": lambda: clusters(1e-5),
    "close about two points": lambda: clusters(1e-9),
    "equal about two points": lambda: clusters(0),
    "a grid": lambda: changed(np.round),
    "a grid of thirds": lambda: changed(lambda x: np.round(x) / 3),
    "unit rows": lambda: changed(unit),
    "repeated among close": repeated_among_close,
    "all equal": lambda: changed(np.ones_like),
    "one image drawn": lambda: (chosen(normal(N, D), 1), normal(M, D, 1)),
    "a reference image drawn": lambda: (np.repeat(normal(1, D), N, 0), normal(M, D)),
    "seven images drawn": lambda: (chosen(normal(N, D), 7), chosen(normal(N, D), 20, 1)[:M]),
    "twins": lambda: changed(lambda x: np.repeat(x, 2, 0)),
    "equal sets": lambda: (normal(M, D), normal(M, D)),
    "inside": lambda: (normal(N, D) * 1e-3, normal(M, D, 1)),
    "heavy tails": lambda: changed(lambda x: x**9),
    "columns first": lambda: (np.asfortranarray(normal(M, D)), normal(M, D)),
    "one dimension": lambda: changed(lambda x: x[:, :1]),
}


@pytest.fixture(params=["as it is", "small", "float64"])
def sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks as they are; so small that every path is taken; so that float32 decides nothing where anything is open."""
    if request.param == "small":
        for module, name, value in ((distances, "BLOCK", 16), (distances, "PAIRS", 3), (nearest, "AGAIN", 4)):
            monkeypatch.setattr(module, name, value)
        monkeypatch.setattr(nearest, "SPARE", 1)
    if request.param == "float64":
        monkeypatch.setattr(distances, "OPEN", 0)
        monkeypatch.setattr(nearest, "SPARE", 0)


@pytest.mark.usefixtures("sizes")
@pytest.mark.parametrize("name", CLOUDS)
def test_every_comparison_is_that_of_float64(name: str) -> None:
    same(*CLOUDS[name]())


@settings(deadline=None, max_examples=30)
@given(st.integers(7, 60), st.integers(7, 60), st.integers(1, 20), st.integers(1, 6),
       st.sampled_from([1, 3, 50]), st.integers(-60, 60), st.integers(0, 10**6))  # fmt: skip
def test_random_grids_and_scales(n: int, m: int, d: int, k: int, levels: int, power: int, seed: int) -> None:
    x, y = (np.round(normal(rows, d, seed + i) * levels) * 2.0**power + 7 for i, rows in enumerate((n, m)))
    same(x, y, k)


@pytest.mark.parametrize("dimensions", [3, 512])
@pytest.mark.parametrize("by", [1e-9, 1e-12])
def test_rows_moved_by_a_billionth_across_the_radius(dimensions: int, by: float) -> None:
    y = normal(M, dimensions)
    radii = np.sqrt(np.sort(squared(y, y), axis=1)[:, K])
    ways = unit(normal(2 * M, dimensions, 1))
    signs = np.repeat([-1, 1], M)
    of = np.tile(np.arange(M), 2)
    x = y[of] + ways * (radii[of] * (1 + signs * by))[:, None]
    scale = common_scale(x, y)
    real, drawn = Cloud(y, y.mean(0), scale), Cloud(x, y.mean(0), scale)
    block = distances.Block(real, slice(0, M), drawn, slice(0, 2 * M))
    inside = block.within(squared_radii(real, K)[:, None])
    np.testing.assert_array_equal(inside[of, np.arange(2 * M)], signs < 0)
    same(x, y)


def test_a_row_at_the_radius_is_inside_and_a_radius_of_0_holds_what_equals_its_centre() -> None:
    y = np.concatenate([normal(M, D), np.repeat(normal(1, D, 1), K + 1, 0)])
    x = np.concatenate([y, y])
    d = squared(y, y)
    np.fill_diagonal(d, np.inf)
    made = manifolds(x, y)
    inside = (d <= np.sort(d, axis=1)[:, K - 1 : K]).sum(1) + 1  # the row itself too
    assert list(inside[M:]) == [K + 1] * (K + 1)
    assert made.dense.sum() * K == 2 * inside.sum()
    assert made.covered.all()
    assert not manifolds(x + 1e-9, y).covered[M:].any()


@pytest.mark.parametrize("dtype", [SINGLE, DOUBLE])
@pytest.mark.parametrize("name", CLOUDS)
def test_bounds_hold(name: str, dtype: np.dtype[np.float64]) -> None:
    x, y = CLOUDS[name]()
    clouds = [Cloud(f, y.mean(0), common_scale(x, y)) for f in (x, y)]
    low, high = bound_distances(*(cloud.rounded(slice(None), dtype) for cloud in clouds))
    d = squared(x, y) * clouds[0].scale ** 2
    assert (low <= d).all()
    assert (d <= high).all()
    for i, j in ((0, 0), (1, 5), (33, 41)):
        gaps = [Fraction(a) - Fraction(b) for a, b in zip(x[i], y[j], strict=True)]
        exact = sum(gap**2 for gap in gaps) * Fraction(clouds[0].scale) ** 2
        assert Fraction(float(low[i, j])) <= exact <= Fraction(float(high[i, j]))


@settings(deadline=None, max_examples=50)
@given(st.floats(1e-3, 1e3), st.integers(-3, 3))
def test_radii_are_rounded_away_from_certainty(radius: float, steps: int) -> None:
    value = np.float32(radius)
    for _ in range(abs(steps)):
        value = np.nextafter(value, np.float32(np.sign(steps) * np.inf))
    bound = np.array([[value]])
    inside, unsure = compare_bounds((bound, bound), np.array([radius]))
    assert len(unsure) or bool(inside) == (float(value) <= radius)
    assert len(unsure) <= (abs(steps) < 2)


def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many pairs are summed and how many rows rounded in float64, as it goes."""
    counts: Counter[str] = Counter()
    exact, rounded = Cloud.exact, Cloud.rounded

    def sums(cloud: Cloud, mine: Indices, other: Cloud, theirs: Indices) -> Array:
        counts["pairs"] += len(mine)
        return exact(cloud, mine, other, theirs)

    def rounds(cloud: Cloud, some: slice, dtype: np.dtype[np.float64]) -> distances.Rounded:
        found = rounded(cloud, some, dtype)
        counts["rows"] += len(found.rows) * (dtype == DOUBLE)
        return found

    monkeypatch.setattr(Cloud, "exact", sums)
    monkeypatch.setattr(Cloud, "rounded", rounds)
    return counts


def test_float64_has_little_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = counted(monkeypatch)
    manifolds(normal(1000, 512), normal(900, 512, 1))
    assert counts["rows"] == 0
    assert 1900 <= counts["pairs"] < 4000


def test_a_product_in_float64_spares_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = counted(monkeypatch)
    x, y = normal(600, 64) * 1e-4, normal(500, 64, 1) * 1e-4
    x[::2] += 3
    y[::2] += 3
    manifolds(x, y)
    assert counts["rows"] > 0
    assert counts["pairs"] < (600 * 500) / 10


@pytest.mark.parametrize("apart", [0, 1])
def test_repeated_images_are_summed_once(monkeypatch: pytest.MonkeyPatch, apart: int) -> None:
    """A model that draws one of two pictures, against the same two repeated, or two others."""
    summed = 0

    def einsum(*given: Any, **named: Any) -> Any:
        nonlocal summed
        summed += len(given[1]) if "out" in named else 0
        return np.einsum(*given, **named)

    monkeypatch.setattr(distances, "np", SimpleNamespace(**vars(np) | {"einsum": einsum}))
    x, y = chosen(normal(600, D), 2), chosen(normal(600, D, apart)[:500], 2, 1)
    made = manifolds(x, y)
    assert made.covered.all() == made.precise.all() == (not apart)
    assert summed < 20 * (600 + 500)
