"""``python -m tests.benchmarks.coverage``: how often the 95 % intervals of the kernel distance hold the true value.

Features are of independent coordinates, so that the squared distance has a closed form: with s = (x . y / D + 1)^3 the
kernel, E s over two independent draws is a polynomial in the moments of a coordinate, here computed exactly. They are
normal, or skewed (squares of normals, to mean 0 and variance 1). Pairs (x, y) of one prompt are correlated by ``rho``;
the paired interval has to know that, the other one may not. Or prompts have several images, correlated by a half.
"""

import math
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from threadpoolctl import threadpool_limits

from eval.metrics import Array, Features
from eval.metrics.entries.kid import Kernel
from eval.metrics.kernel_distance import kernel_distance
from eval.render import Grid
from eval.render.terminal import as_table
from hub.command import make_command
from hub.language.sentence import listed
from tests.benchmarks.pages import kept

PAGE = Path(__file__).with_suffix(".md")
ABOUT = (
    "Features of 8 independent coordinates, those of one set moved by the shift in each: normal ones, or where skewed "
    "squares of these. Of pairs, the two images of one prompt are correlated by so much. A share of 95 % is known to "
    "{errors} points at {prompts} prompts (one standard error)."
)
D = 8
PROMPTS = (60, 150, 400)
SHIFTS, CORRELATIONS = (0.0, 0.1, 0.4), (0.0, 0.6, 0.95)
IMAGES = 3  # of a prompt, where there are several
SKEWNESS = math.sqrt(8)  # of a normal's square


def moments(shift: float, skewness: float) -> tuple[float, float, float]:
    """The first three of a coordinate of mean ``shift``, variance 1 and this skewness."""
    return shift, 1 + shift**2, skewness + 3 * shift + shift**3


def expected_kernel(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """E (x . y / D + 1)^3 of independent x and y, of D independent coordinates with these moments."""
    a, b, c = (m * n for m, n in zip(one, other, strict=True))
    second = D * b + D * (D - 1) * a**2
    third = D * c + 3 * D * (D - 1) * b * a + D * (D - 1) * (D - 2) * a**3
    return third / D**3 + 3 * second / D**2 + 3 * a + 1


def true_distance(shift: float, skewness: float = 0.0) -> float:
    """Squared MMD of a distribution and the same moved by ``shift`` in each of D coordinates."""
    here, moved = moments(0, skewness), moments(shift, skewness)
    return expected_kernel(here, here) + expected_kernel(moved, moved) - 2 * expected_kernel(here, moved)


def drawn(rng: np.random.Generator, n: int, shift: float, rho: float) -> tuple[Array, Array]:
    """Pairs: n standard normals, and n that are shifted and correlated with them by rho."""
    x = rng.standard_normal((n, D))
    return x, shift + rho * x + math.sqrt(1 - rho**2) * rng.standard_normal((n, D))


def covered(n: int, shift: float, rho: float, runs: int, together: bool, seed: int = 0) -> tuple[float, float, float]:
    """Share of intervals that hold the truth, the spread of the values, and the root mean square of the errors."""
    rng, truth = np.random.default_rng(seed), true_distance(shift)
    made = [kernel_distance(*drawn(rng, n, shift, rho), together) for _ in range(runs)]
    values, errors = np.array([one.value for one in made]), np.array([one.error for one in made])
    held = np.array([one.low <= truth <= one.high for one in made])
    return float(held.mean()), float(values.std(ddof=1)), float(np.sqrt((errors**2).mean()))


def skewed(rng: np.random.Generator, n: int) -> Array:
    """Squares of normals, of mean 0 and variance 1: (n, D)."""
    return np.asarray((rng.standard_normal((n, D)) ** 2 - 1) / math.sqrt(2))


def covered_skewed(n: int, shift: float, runs: int) -> float:
    """Share of intervals that hold the truth where features are skewed, of two sets."""
    rng, truth = np.random.default_rng(0), true_distance(shift, SKEWNESS)
    made = [kernel_distance(skewed(rng, n), shift + skewed(rng, n)) for _ in range(runs)]
    return float(np.mean([one.low <= truth <= one.high for one in made]))


def covered_several(n: int, shift: float, runs: int) -> float:
    """The same where each prompt has several images, against a set of one a prompt."""
    rng, truth, kid = np.random.default_rng(0), true_distance(shift), Kernel()
    prompts, held = np.repeat(np.arange(n), IMAGES), []
    for _ in range(runs):
        images = (rng.standard_normal((n, D))[prompts] + rng.standard_normal((len(prompts), D))) / math.sqrt(2)
        real = Features(n + np.arange(n), shift + rng.standard_normal((n, D)), "made", free=True)
        found = kid(Features(prompts, images, "made"), real)
        held.append(found.low <= truth <= found.high)
    return float(np.mean(held))


def row(n: int, shift: float, runs: int) -> tuple[str, ...]:
    """How often each kind of interval holds the truth, of so many prompts."""
    shares = (
        covered(n, shift, 0.0, runs, False)[0],
        covered_skewed(n, shift, runs),
        covered_several(n, shift, runs),
        *(covered(n, shift, rho, runs, True)[0] for rho in CORRELATIONS),
    )
    return (str(n), f"{shift:g}", *(f"{share:.1%}" for share in shares), f"{runs:,}")


def main(
    runs: Annotated[int, typer.Option(help="Sets for each figure at 60 prompts, fewer at more.", min=20)] = 3000,
    write: Annotated[bool, typer.Option("--write", help="Write tests/benchmarks/coverage.md.")] = False,
) -> None:
    """Print how often the 95 % intervals of KID hold the truth; keep the table if asked to."""
    cases = [(n, shift) for n in PROMPTS for shift in SHIFTS]
    head = ("Prompts", "Shift", "Two sets", "Skewed", f"{IMAGES} images a prompt", *(
        f"Pairs, {rho:g}" for rho in CORRELATIONS), "Runs")  # fmt: skip
    with threadpool_limits(1):
        times = {n: max(2, runs * PROMPTS[0] // n) for n in PROMPTS}
        rows = tuple(row(n, shift, times[n]) for n, shift in track(cases, console=Console(stderr=True)))
    grid = Grid("Intervals that hold the truth", head, rows, "", tuple(range(2, len(head))))
    Console(width=120).print(as_table(grid, 120))
    if write:
        again = f"python -m tests.benchmarks.coverage --write --runs {runs}"
        errors = listed([f"{100 * math.sqrt(0.95 * 0.05 / each):.1f}" for each in times.values()])
        about = ABOUT.format(errors=errors, prompts=listed([str(n) for n in PROMPTS]))
        kept(PAGE, "How often the 95 % intervals of KID hold the truth", again, about, (grid,))


if __name__ == "__main__":
    make_command(main, "python -m tests.benchmarks.coverage --runs 200")()
