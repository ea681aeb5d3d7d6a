"""Our metrics beside clean-fid, torch-fidelity and prdc. Run by ``tests.benchmarks.eval``."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from eval.features.feature_store import FeatureStore
from eval.features.sources import list_pictures
from eval.features.stream import BATCH, encode_pictures
from eval.metrics import Array
from eval.metrics.entries.frechet import frechet, frechet_distance
from eval.metrics.entries.prdc import manifolds
from eval.metrics.gaussian import Gaussian, fit_gaussian
from eval.metrics.kernel_distance import kernel_distance
from hub import torchvision_ops
from tests.benchmarks.timing import OURS, Case, Work, larger, slower

D = 2048
MANY = 10_000  # images of KID and of precision and recall
PICTURES = 2 * BATCH


@dataclass(frozen=True)
class Peers:
    """The peers' modules, and torch."""

    clean: Any
    fid: Any
    kid: Any
    prdc: Any
    torch: Any


def load_peers() -> Peers:
    """Import them."""
    torchvision_ops.ensure()
    import cleanfid.fid
    import prdc
    import torch
    import torch_fidelity.metric_fid
    import torch_fidelity.metric_kid

    return Peers(cleanfid.fid, torch_fidelity.metric_fid, torch_fidelity.metric_kid, prdc, torch)


def normal(rows: int, seed: int, shift: float = 0.0) -> Array:
    """Standard normal features (rows, D)."""
    return np.random.default_rng(seed).standard_normal((rows, D)) + shift


def distances(n: int, peers: Peers) -> Case:
    """Frechet distance of n and n images, from their means and covariances."""
    both = [fit_gaussian(normal(n, seed, 0.1 * seed)) for seed in (0, 1)]
    moments = [(one.mean, np.asarray(one.covariance)) for one in both]
    given = [{"mu": mean, "sigma": covariance} for mean, covariance in moments]

    def fresh() -> float:
        return frechet(Gaussian(n, both[1].mean, covariance=both[1].covariance), both[0])

    works: dict[str, Work] = {
        "clean-fid": lambda: peers.clean.frechet_distance(*moments[0], *moments[1]),
        "torch-fidelity": lambda: peers.fid.fid_statistics_to_metric(*given, False),
        OURS: fresh,
        "ours, reference's factor kept": lambda: frechet(both[1], both[0]),
    }
    goals = {"clean-fid": (slower(9),), "torch-fidelity": (slower(2.2),)}
    return Case(f"Frechet distance, N = {n:,}, D = {D}, from moments", works, goals)


def thin_distances(n: int, peers: Peers) -> Case:
    """Frechet distance of n and n images, from their features, fewer than dimensions."""
    both = normal(n, 0), normal(n, 1, 0.1)

    def moments() -> list[tuple[Array, Array]]:
        return [(f.mean(0), np.cov(f, rowvar=False)) for f in both]

    def fidelitys() -> Any:
        given = [{"mu": mean, "sigma": covariance} for mean, covariance in moments()]
        return peers.fid.fid_statistics_to_metric(*given, False)

    works: dict[str, Work] = {
        "clean-fid": lambda: peers.clean.frechet_distance(*(part for pair in moments() for part in pair)),
        "torch-fidelity": fidelitys,
        OURS: lambda: frechet_distance(*both),
    }
    return Case(f"Frechet distance, N = {n:,}, D = {D}, from features", works, {"clean-fid": (slower(50),)})


def kernels(peers: Peers) -> Case:
    """KID of 10,000 and 10,000 images: torch-fidelity's 100 subsets of 1,000, and ours over all pairs."""
    both = normal(MANY, 0), normal(MANY, 1, 0.1)
    given = {"kid_subsets": 100, "kid_subset_size": 1000, "rng_seed": 0, "verbose": False}
    works: dict[str, Work] = {
        "torch-fidelity, 100 subsets of 1,000": lambda: peers.kid.kid_features_to_metric(
            *map(peers.torch.from_numpy, both), **given
        ),
        OURS: lambda: kernel_distance(*both),
        "ours, of pairs": lambda: kernel_distance(*both, together=True),
    }
    goals = {"torch-fidelity, 100 subsets of 1,000": (slower(1),)}
    return Case(f"KID, {MANY:,} x {MANY:,}, all pairs", works, goals)


def neighbours(peers: Peers) -> Case:
    """Precision, recall, density and coverage of 10,000 and 10,000 images."""
    x, y = normal(MANY, 0), normal(MANY, 1, 0.1)
    works: dict[str, Work] = {"prdc": lambda: peers.prdc.compute_prdc(y, x, 5), OURS: lambda: manifolds(x, y)}
    return Case(f"Precision, recall, density, coverage, {MANY:,}", works, {"prdc": (slower(2.5), larger(4))})


@contextmanager
def extractions(peers: Peers) -> Iterator[Case]:
    """Inception features of PNG files of 256 px, random weights, batches of one size, an empty cache each time."""
    with tempfile.TemporaryDirectory() as folder:
        works = _extractions(Path(folder), peers.torch)
        yield Case(f"Inception features, {PICTURES} PNG of 256 px, batch {BATCH}", works,
                   {"torch-fidelity": (slower(1.5),)}, warm=True)  # fmt: skip


def _extractions(folder: Path, torch: Any) -> dict[str, Work]:
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    from torch_fidelity.utils import extract_featuresdict_from_input_id

    from eval.encoders.inception_network import FidInception, build_fid_network

    rng, weights = np.random.default_rng(0), folder / "weights.pth"
    torch.save(build_fid_network().state_dict(), weights)
    (folder / "in").mkdir()
    for number in range(PICTURES):
        pixels = rng.integers(0, 256, (256, 256, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "in" / f"{number}.png")
    theirs = FeatureExtractorInceptionV3("inception", ["2048"], feature_extractor_weights_path=str(weights))
    ours = FidInception(weights, "cpu")

    def our_run() -> Any:
        with tempfile.TemporaryDirectory() as cache:
            store = FeatureStore(Path(cache) / "features.sqlite")
            return encode_pictures(list_pictures(folder / "in"), lambda: ours, "inception", store, "")

    options = {"input1": str(folder / "in"), "batch_size": BATCH, "cuda": False, "verbose": False, "cache": False}
    return {"torch-fidelity": lambda: extract_featuresdict_from_input_id(1, theirs, **options), OURS: our_run}
