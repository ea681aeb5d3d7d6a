"""Arithmetic on embeddings: averages, interpolation and other affine combinations.

Coefficients that sum to 1 commute with standardisation: the combination of standardised embeddings is the standardised
combination. Others do not, and what they give depends on where the mean lies; so they are refused.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from hub.errors import RequestError
from hub.language.sentence import Sentence

CLOSE = 1e-6  # how near to 1 weights must sum


def check_affine(weights: Sequence[float]) -> None:
    """Raise RequestError for weights that are none, not finite, or do not sum to 1."""
    total = sum(weights)
    if not weights or not math.isfinite(total) or abs(total - 1) > CLOSE:
        raise RequestError(
            Sentence(
                "The weights of a mixture must sum to 1, not {total}: A + B - C does, A - B does not.",
                total=f"{total:g}",
            )
        )


def combine(embeddings: Tensor, weights: Sequence[float]) -> Tensor:
    """Return the affine combination (D,) of embeddings (N, D).

    Raises: RequestError for weights that do not sum to 1.
    """
    check_affine(weights)
    if len(weights) == 1:
        return embeddings[0]
    scaled: Tensor = torch.tensor(list(weights)).to(embeddings) @ embeddings
    return scaled


def average(embeddings: Tensor) -> Tensor:
    """Return the mean (D,) of embeddings (N, D)."""
    return combine(embeddings, [1 / len(embeddings)] * len(embeddings))


def interpolate(first: Tensor, last: Tensor, count: int) -> Tensor:
    """Return ``count`` embeddings (count, D) on the line from one (D,) to another, whose ends are exactly those.

    Raises: RequestError for fewer than two.
    """
    if count < 2:
        raise RequestError(Sentence("An interpolation has at least 2 steps, not {count}.", count=count))
    share = torch.linspace(0, 1, count).to(first).view(-1, 1)
    between = (1 - share) * first + share * last
    between[0], between[-1] = first, last
    return between
