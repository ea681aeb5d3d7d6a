"""Votes made up from known strengths, and GenAI-Arena's published ones."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.ratings.counts import TIE, A, Counts, Matrix, Votes
from eval.ratings.newton import Vector
from eval.ratings.tie_rules import TieRule, outcome_chances

SHARED = Path(__file__).parents[4] / "shared" / "data"
CASES = SHARED.with_name("cases")
BATTLES = SHARED / "genai_arena_votes_20240220.json"
PUDDING = [  # Davidson (1970): brands of chocolate pudding i, j; preferred i, preferred j, neither
    (1, 2, 19, 22, 16), (1, 3, 16, 19, 12), (2, 3, 19, 19, 10), (1, 4, 18, 23, 13), (2, 4, 23, 19, 9),
    (3, 4, 19, 20, 15), (1, 5, 13, 19, 18), (2, 5, 16, 20, 12), (3, 5, 16, 15, 17), (4, 5, 17, 14, 16),
    (1, 6, 18, 21, 12), (2, 6, 22, 20, 12), (3, 6, 13, 18, 10), (4, 6, 14, 19, 18), (5, 6, 11, 21, 12),
]  # fmt: skip


def published() -> dict[str, Any]:
    """GenAI-Arena's own figures; the test is skipped where they are not there."""
    if not BATTLES.exists():
        pytest.skip("GenAI-Arena's votes are not beside the repository")
    content: dict[str, Any] = json.loads((SHARED / "genai_arena_published.json").read_text())
    return content


def pudding() -> tuple[Matrix, Matrix]:
    """Wins and ties of Davidson's table, (6, 6) each."""
    wins, ties = np.zeros((2, 6, 6))
    for i, j, first, second, neither in PUDDING:
        wins[i - 1, j - 1], wins[j - 1, i - 1] = first, second
        ties[i - 1, j - 1] = ties[j - 1, i - 1] = neither
    return wins, ties


def voted(theta: Vector, number: int, seed: int, position: float = 0.0, nu: float = 0.5) -> Votes:
    """Votes by Davidson's model between random pairs."""
    rng, n = np.random.default_rng(seed), len(theta)
    left = rng.integers(0, n, number)
    right = (left + rng.integers(1, n, number)) % n
    odds = outcome_chances(TieRule.davidson, theta[left] - theta[right] + position, float(np.log(nu)))
    outcome = (rng.random(number)[:, None] > np.cumsum(odds, axis=1)).sum(axis=1).clip(max=2)
    return Votes(tuple(f"model {i:03}" for i in range(n)), left, right, outcome, np.arange(number))


def counts_of(names: Sequence[str], wins: Matrix, ties: Matrix | None = None) -> Counts:
    """Counts from matrices of wins (row over column) and ties (symmetric), every vote with its row on the left."""
    cells = np.zeros((*wins.shape, 4))
    cells[..., A] = wins
    if ties is not None:
        cells[..., TIE] = np.triu(ties)
    return Counts(tuple(names), cells)
