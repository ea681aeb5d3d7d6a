"""Our figures beside those of the packages that others use: torch-fidelity, torchmetrics, clean-fid, prdc, vendi."""

import contextlib
import io
import warnings
from typing import Any

import numpy as np
import pytest

from eval.metrics import Array
from eval.metrics.entries.frechet import frechet_distance
from eval.metrics.entries.prdc import manifolds
from eval.metrics.entries.vendi import vendi_score
from eval.metrics.kernel_distance import kernel_distance
from hub import torchvision_ops
from tests.eval.metrics.made import normal, unit, vendi_of_kernel

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module", autouse=True)
def _torchvision() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torchvision_ops.ensure()


def load(name: str) -> Any:
    """A peer's module, or a skip where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name)


@pytest.fixture(params=[(300, 200, 32), (400, 400, 64)], ids=str)
def sets(request: pytest.FixtureRequest) -> tuple[Array, Array]:
    """Two sets of features."""
    n, m, d = request.param
    return normal(n, d) * 1.2 + 0.2, normal(m, d, 1)


def moments(x: Array) -> tuple[Array, Array]:
    """Mean and covariance."""
    return x.mean(0), np.cov(x, rowvar=False)


def test_frechet_is_torch_fidelitys(sets: tuple[Array, Array]) -> None:
    fid = load("torch_fidelity.metric_fid")
    given = [dict(zip(("mu", "sigma"), moments(x), strict=True)) for x in sets]
    theirs = fid.fid_statistics_to_metric(*given, verbose=False)["frechet_inception_distance"]
    assert frechet_distance(*sets) == pytest.approx(theirs, rel=1e-6)


def test_frechet_is_clean_fids(sets: tuple[Array, Array]) -> None:
    fid = load("cleanfid.fid")
    assert frechet_distance(*sets) == pytest.approx(
        fid.frechet_distance(*moments(sets[0]), *moments(sets[1])), rel=1e-6
    )


def test_frechet_is_torchmetrics(sets: tuple[Array, Array]) -> None:
    torch, fid = load("torch"), load("torchmetrics.image.fid")
    (m1, s1), (m2, s2) = ((torch.from_numpy(a) for a in moments(x)) for x in sets)
    assert frechet_distance(*sets) == pytest.approx(float(fid._compute_fid(m1, s1, m2, s2)), rel=1e-6)


@pytest.mark.parametrize("peer", ["torch-fidelity", "torchmetrics", "clean-fid"])
def test_kernel_distance_is_the_peers_on_one_subset_of_all(peer: str) -> None:
    x, y = normal(250, 48) * 1.1 + 0.1, normal(250, 48, 1)
    torch = load("torch")
    if peer == "torch-fidelity":
        given = {"kid_subsets": 1, "kid_subset_size": 250, "rng_seed": 0, "verbose": False}
        sets = torch.from_numpy(x), torch.from_numpy(y)
        theirs = load("torch_fidelity.metric_kid").kid_features_to_metric(*sets, **given)
        value = theirs["kernel_inception_distance_mean"]
    elif peer == "torchmetrics":
        value = float(load("torchmetrics.image.kid").poly_mmd(torch.from_numpy(x), torch.from_numpy(y)))
    else:
        value = load("cleanfid.fid").kernel_distance(x, y, num_subsets=1, max_subset_size=250)
    assert kernel_distance(x, y).value == pytest.approx(value, rel=1e-6)


def test_manifolds_are_prdcs(sets: tuple[Array, Array]) -> None:
    peer = load("prdc")
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = peer.compute_prdc(sets[1], sets[0], 5)
    made = manifolds(*sets)
    ours = {"precision": made.precise, "recall": made.recalled, "density": made.dense, "coverage": made.covered}
    assert {name: values.mean() for name, values in ours.items()} == pytest.approx(theirs, rel=1e-6)


def test_prdc_leaves_out_what_lies_at_a_radius_and_ours_does_not() -> None:
    """Of forty images six times each, whose balls are points, prdc finds nothing in a set that is itself."""
    peer, x = load("prdc"), np.repeat(normal(40, 16), 6, axis=0)
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = peer.compute_prdc(x, x, 5)
    assert theirs["recall"] < 1
    assert manifolds(x, x).precise.mean() == manifolds(x, x).recalled.mean() == 1


def test_precision_and_recall_are_torch_fidelitys(sets: tuple[Array, Array]) -> None:
    torch, prc = load("torch"), load("torch_fidelity.metric_prc")
    precision, recall = prc.calculate_precision_recall_full(*map(torch.from_numpy, sets), neighborhood=5)
    made = manifolds(*sets)
    assert (made.precise.mean(), made.recalled.mean()) == pytest.approx((precision, recall), rel=1e-6)


@pytest.mark.parametrize("q", [0.5, 1, 2, "inf"])
def test_vendi_is_the_papers_package(q: Any) -> None:
    peer = load("vendi_score.vendi")
    x = normal(60, 20) + 0.5
    order = np.inf if q == "inf" else q
    assert vendi_score(x, order) == pytest.approx(peer.score_dual(x, q=q), rel=1e-6)
    kernel = unit(x[:20]) @ unit(x[:20]).T
    assert vendi_of_kernel(kernel, order) == pytest.approx(vendi_score(x[:20], order), rel=1e-6)
