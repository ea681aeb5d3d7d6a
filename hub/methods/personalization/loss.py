"""The penalties that hold a model near its base, each a small pure function.

KL(p_theta || p_base) is bounded by a constant times ||theta - base||^2 where the network is Lipschitz in its weights
(arXiv 2505.19519, section 4), so that square is added to the loss: no class pictures, no second network in the step.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from hub.methods.personalization.config import PenaltyForm

Factors = Sequence[tuple[Tensor, Tensor]]  # LoRA's A (r, in) and B (out, r) of each layer


def add_squares(squares: Iterable[tuple[Tensor, int]], form: PenaltyForm) -> Tensor:
    """Return the sum over tensors of their summed squares, each divided by its number of entries for the mean form."""
    return torch.stack([total / count if form is PenaltyForm.mean else total for total, count in squares]).sum()


def penalise_distance(weights: Sequence[Tensor], base: Sequence[Tensor], form: PenaltyForm) -> Tensor:
    """Return sum_i ||theta_i - base_i||^2, with the mean within each tensor in the mean form (arXiv 2505.19519, eq. 8).

    Its gradient is 2 (theta - base), over n_i in the mean form: 0 at the base.
    """
    gaps = (one - other for one, other in zip(weights, base, strict=True))
    return add_squares(((gap.square().sum(), gap.numel()) for gap in gaps), form)


def penalise_product(factors: Factors, scale: float, form: PenaltyForm) -> Tensor:
    """Return sum_i ||scale B_i A_i||_F^2: how far LoRA moved the weights themselves. Our instantiation.

    As tr(B'B AA'), which needs no matrix larger than the rank's; 0 where B is.
    """
    squares = ((scale**2 * ((b.T @ b) * (a @ a.T)).sum(), a.shape[1] * b.shape[0]) for a, b in factors)
    return add_squares(squares, form)


def penalise_factors(factors: Factors) -> Tensor:
    """Return sum_i ||A_i||^2 + ||B_i||^2, the paper's own for LoRA; not 0 at the base, as A is drawn at random."""
    return add_squares(((one.square().sum(), 1) for pair in factors for one in pair), PenaltyForm.sum)
