"""``python -m tests.benchmarks.coverage``: how often the 95 % intervals of the kernel distance hold the true value.

Sets are normal, so that the squared distance has a closed form: with s = (x . y / D + 1)^3 the kernel, E s over two
independent normals is a polynomial in their means and covariances, here computed exactly. Pairs (x, y) of one prompt
are correlated by ``rho``; the paired interval has to know that, the other one may not.
"""

import math
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.metrics import Array
from eval.metrics.kid import kernel_distance

D = 8
SHIFTS, CORRELATIONS = (0.0, 0.1, 0.4), (0.0, 0.6, 0.95)


def expected_kernel(m1: Array, m2: Array) -> float:
    """E (x . y / D + 1)^3 of independent x ~ N(m1, I) and y ~ N(m2, I), (D,) each.

    Given y, x . y ~ N(m1 . y, |y|^2); its moments are polynomials in y, whose expectations are taken likewise.
    """
    d, a, s1, s2 = len(m1), float(m1 @ m2), float(m1 @ m1), float(m2 @ m2)
    first = a
    second = a * a + s1 + d + s2  # E[(m1 . y)^2 + |y|^2]
    third = a**3 + 3 * a * s1 + 3 * (a * (d + s2) + 2 * a)  # E[(m1 . y)^3 + 3 (m1 . y) |y|^2]
    return third / d**3 + 3 * second / d**2 + 3 * first / d + 1


def true_distance(shift: float) -> float:
    """Squared MMD of N(0, I) and N(shift, I), in D dimensions."""
    zero, moved = np.zeros(D), np.full(D, shift)
    return expected_kernel(zero, zero) + expected_kernel(moved, moved) - 2 * expected_kernel(zero, moved)


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


def main(
    runs: Annotated[int, typer.Option(help="Simulated sets for each line.", min=2)] = 2000,
    n: Annotated[int, typer.Option(help="Prompts of each.", min=4)] = 200,
) -> None:
    """Print the table."""
    table = Table("shift", "correlation", "interval", "holds the truth", "spread", "error it gives", "ratio")
    table.title = f"Kernel distance, {n} prompts, D = {D}, {runs:,} runs"
    cases = [(shift, rho, together) for shift in SHIFTS for rho in CORRELATIONS for together in (True, False)]
    for shift, rho, together in track(cases, console=Console(stderr=True)):
        share, spread, error = covered(n, shift, rho, runs, together)
        kind = "paired" if together else "two sets"
        table.add_row(f"{shift:g}", f"{rho:g}", kind, f"{share:.1%}", f"{spread:.2e}", f"{error:.2e}",
                      f"{error / spread:.2f}")  # fmt: skip
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
