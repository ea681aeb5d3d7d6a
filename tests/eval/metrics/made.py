"""Random features for the tests of metrics."""

from dataclasses import replace

import numpy as np

from eval.metrics import Array, Composition, Cost, Features, PairScores
from eval.metrics.entries.frechet import frechet
from eval.metrics.entries.vendi import vendi_of_shares
from eval.metrics.gaussian import Gaussian
from hub.prompt_sets.compositional import Task


def normal(rows: int, columns: int, seed: int = 0) -> Array:
    """Standard normal features."""
    return np.random.default_rng(seed).standard_normal((rows, columns))


def unit(x: Array) -> Array:
    """Rows of length 1."""
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))


def rotation(size: int, seed: int = 0) -> Array:
    """A random orthogonal matrix."""
    return np.asarray(np.linalg.qr(normal(size, size, seed))[0])


def bundle(prompts: int = 20, seeds: int = 2, seed: int = 0, shift: float = 0.0, whole: bool = True) -> Features:
    """Random features: ``seeds`` images of each prompt; ``whole``: with all that only some metrics need."""
    n = prompts * seeds
    texts = unit(normal(n, 6, 99))
    rows, numbers = np.tile(np.arange(prompts), seeds), np.repeat(np.arange(seeds), prompts)
    images = normal(n, 6, seed) + shift
    if not whole:
        return Features(rows, images, "trunk@1", seeds=numbers)
    before = bundle(prompts, seeds, seed + 50, whole=False)
    wordings = Features(rows // 2, normal(n, 6, seed + 7) + shift, "trunk@1", seeds=numbers)
    seconds = np.random.default_rng(seed).random(n) + 1
    cost = Cost(seconds, 2 * seconds, "a machine", 1000, 2.5, "CPU", 2**30)
    training = Features(np.arange(40), normal(40, 6, 77), "trunk@1", free=True)
    composed = composition(prompts, seeds, seed)
    made = Features(rows, images, "trunk@1", texts, numbers, wordings, before, training, cost, composed)
    return replace(made, scores=PairScores(normal(n, 1, seed + 11)[:, 0] + shift, -np.inf, np.inf))


def composition(prompts: int, seeds: int, seed: int) -> Composition:
    """Pictures of so many prompts of each task, some of them as asked."""
    rows = np.tile(np.arange(len(Task) * prompts), seeds)
    tasks = tuple(list(Task)[row // prompts] for row in rows)
    return Composition(rows, tasks, np.random.default_rng(seed).random(len(rows)) < 0.4, "trunk@1")


def vendi_of_kernel(kernel: Array, q: float = 1.0) -> float:
    """Vendi score of a similarity matrix (N, N), positive semidefinite with ones on its diagonal."""
    return vendi_of_shares(np.asarray(np.linalg.eigvalsh(kernel / len(kernel))), q)


def frechet_from_moments(m1: Array, s1: Array, m2: Array, s2: Array) -> float:
    """Frechet distance of given means (D,) and covariances (D, D), whatever their rank."""
    return frechet(Gaussian(0, m1, covariance=s1), Gaussian(0, m2, covariance=s2))
