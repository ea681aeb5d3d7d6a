"""``python -m tests.benchmarks.metrics``: our metrics beside the packages that others use, in one run on one machine.

Medians of several runs. BLAS has one thread for all, which is each package's fastest on few cores; prdc and our
neighbours work on every core by themselves. Peers: clean-fid, torch-fidelity, prdc.
"""

import contextlib
import io
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from PIL import Image
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from eval.features.sources import pictures_of_folder
from eval.features.store import Store
from eval.features.stream import BATCH, encode
from eval.memory import peak_bytes, reset_peak
from eval.metrics import Array
from eval.metrics._gaussian import Gaussian, gaussian
from eval.metrics.frechet import frechet, frechet_distance
from eval.metrics.kid import kernel_distance
from eval.metrics.prdc import manifolds
from hub import torchvision_ops

D = 2048
MANY = 10_000  # images of KID and of precision and recall
PICTURES = 2 * BATCH
Work = Callable[[], Any]


@dataclass(frozen=True)
class Timed:
    """Seconds of every run, and the most memory beyond what was held before, in MiB."""

    seconds: list[float]
    mebibytes: float

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)


def timed(work: Work, runs: int) -> Timed:
    """Run ``work`` several times."""
    seconds = []
    reset_peak()
    before = peak_bytes() or 0
    for _ in range(runs):
        start = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            work()
        seconds.append(time.perf_counter() - start)
    return Timed(seconds, ((peak_bytes() or 0) - before) / 2**20)


def load_peers() -> tuple[Any, Any, Any, Any, Any]:
    """clean-fid's, torch-fidelity's and prdc's modules, and torch."""
    torchvision_ops.ensure()
    import cleanfid.fid
    import prdc
    import torch
    import torch_fidelity.metric_fid
    import torch_fidelity.metric_kid

    return cleanfid.fid, torch_fidelity.metric_fid, torch_fidelity.metric_kid, prdc, torch


def normal(rows: int, seed: int, shift: float = 0.0) -> Array:
    """Standard normal features (rows, D)."""
    return np.random.default_rng(seed).standard_normal((rows, D)) + shift


def distances(n: int, clean: Any, fidelity: Any) -> dict[str, Work]:
    """Frechet distance of n and n images, from their means and covariances."""
    both = [gaussian(normal(n, seed, 0.1 * seed)) for seed in (0, 1)]
    moments = [(one.mean, np.asarray(one.covariance)) for one in both]
    given = [{"mu": mean, "sigma": covariance} for mean, covariance in moments]

    def fresh() -> float:
        return frechet(Gaussian(n, both[1].mean, covariance=both[1].covariance), both[0])

    return {
        "clean-fid": lambda: clean.frechet_distance(*moments[0], *moments[1]),
        "torch-fidelity": lambda: fidelity.fid_statistics_to_metric(*given, False),
        "ours": fresh,
        "ours, factor kept": lambda: frechet(both[1], both[0]),
    }


def thin_distances(n: int, clean: Any, fidelity: Any) -> dict[str, Work]:
    """Frechet distance of n and n images, from their features, fewer than dimensions."""
    both = normal(n, 0), normal(n, 1, 0.1)

    def moments() -> list[tuple[Array, Array]]:
        return [(f.mean(0), np.cov(f, rowvar=False)) for f in both]

    def fidelitys() -> Any:
        given = [{"mu": mean, "sigma": covariance} for mean, covariance in moments()]
        return fidelity.fid_statistics_to_metric(*given, False)

    return {
        "clean-fid": lambda: clean.frechet_distance(*(part for pair in moments() for part in pair)),
        "torch-fidelity": fidelitys,
        "ours": lambda: frechet_distance(*both),
    }


def kernels(fidelity: Any, torch: Any) -> dict[str, Work]:
    """KID of 10,000 and 10,000 images: torch-fidelity's 100 subsets of 1,000, and ours over all pairs."""
    both = normal(MANY, 0), normal(MANY, 1, 0.1)
    given = {"kid_subsets": 100, "kid_subset_size": 1000, "rng_seed": 0, "verbose": False}
    return {
        "torch-fidelity": lambda: fidelity.kid_features_to_metric(*map(torch.from_numpy, both), **given),
        "ours": lambda: kernel_distance(*both),
    }


def neighbours(prdc: Any) -> dict[str, Work]:
    """Precision, recall, density and coverage of 10,000 and 10,000 images."""
    x, y = normal(MANY, 0), normal(MANY, 1, 0.1)
    return {"prdc": lambda: prdc.compute_prdc(y, x, 5), "ours": lambda: manifolds(x, y)}


def extractions(folder: Path, torch: Any) -> dict[str, Work]:
    """Inception features of PNG files of 256 px, random weights, batches of one size, an empty cache each time."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    from torch_fidelity.utils import extract_featuresdict_from_input_id

    from eval.encoders._inception import FidInception, fid_network

    rng, weights = np.random.default_rng(0), folder / "weights.pth"
    torch.save(fid_network().state_dict(), weights)
    (folder / "in").mkdir()
    for number in range(PICTURES):
        pixels = rng.integers(0, 256, (256, 256, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "in" / f"{number}.png")
    theirs = FeatureExtractorInceptionV3("inception", ["2048"], feature_extractor_weights_path=str(weights))
    ours = FidInception(weights, "cpu")

    def our_run() -> Any:
        with tempfile.TemporaryDirectory() as cache:
            store = Store(Path(cache) / "features.sqlite")
            return encode(pictures_of_folder(folder / "in"), lambda: ours, "inception", store, "")

    options = {"input1": str(folder / "in"), "batch_size": BATCH, "cuda": False, "verbose": False, "cache": False}
    return {"torch-fidelity": lambda: extract_featuresdict_from_input_id(1, theirs, **options), "ours": our_run}


def show(title: str, works: dict[str, Work], runs: int, chosen: Sequence[str], table: Table) -> None:
    """Time every work and add its row: seconds, memory, and how many times as long as ours it took."""
    if chosen and not any(title.startswith(name) for name in chosen):
        return
    done = {name: timed(work, runs) for name, work in works.items()}
    for name, one in done.items():
        against = [one.median / done[ours].median for ours in ("ours", "ours, factor kept") if ours in done]
        times = " / ".join(f"{value:.1f}" for value in against)
        spread = f"{min(one.seconds):.2f} to {max(one.seconds):.2f}"
        table.add_row(title, name, f"{one.median:.2f}", spread, f"{one.mebibytes:.0f}", times)


def main(
    runs: Annotated[int, typer.Option(help="Runs of each; the median is shown.")] = 3,
    only: Annotated[list[str] | None, typer.Option(help="Beginning of the titles to run.")] = None,
) -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    clean, fid, kid, prdc, torch = load_peers()
    torch.set_num_threads(1)
    head = ("what", "by", "median s", "least to most s", "MiB more", "times ours (factor kept)")
    table, chosen = Table(*head, title=f"D = {D}, one thread, {runs} runs"), only or []
    with threadpool_limits(1), tempfile.TemporaryDirectory() as folder:
        for n in (5000, 50_000):
            if not chosen or any(f"FD {n}".startswith(name) for name in chosen):
                show(f"FD {n}, from moments", distances(n, clean, fid), runs, (), table)
        show("FD 1000, from features", thin_distances(1000, clean, fid), runs, chosen, table)
        show("KID", kernels(kid, torch), runs, chosen, table)
        show("PRDC", neighbours(prdc), runs, chosen, table)
        show("features", extractions(Path(folder), torch), runs, chosen, table)
    Console(width=120).print(table)


if __name__ == "__main__":
    typer.run(main)
