"""Losses and distances of the pixel diffusion, each a small pure function."""

from torch import Tensor
from torch.nn import functional as F


def mix_noise(x: Tensor, noise: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """Return noisy pictures and v of them at cumulative alphas (N,) of the schedule.

    sqrt(a) x + sqrt(1 - a) noise, and v = sqrt(a) noise - sqrt(1 - a) x (Salimans & Ho, arXiv 2202.00512, appendix D).
    """
    a = alpha.view(-1, 1, 1, 1)
    return a.sqrt() * x + (1 - a).sqrt() * noise, a.sqrt() * noise - (1 - a).sqrt() * x


def weigh_min_snr(alpha: Tensor, gamma: float) -> Tensor:
    """Return min(snr, gamma) / (snr + 1), weights (N,) of v's squared error (Hang et al., arXiv 2303.09556, 3.4)."""
    snr = alpha / (1 - alpha)
    return snr.clamp(max=gamma) / (snr + 1)


def v_loss(predicted: Tensor, v: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the mean squared error of v (N, C, H, W), each row weighed where ``weights`` (N,) are given."""
    if weights is None:
        return F.mse_loss(predicted, v)
    return ((predicted - v).square().mean((1, 2, 3)) * weights).mean()


def kernel_distance(x: Tensor, y: Tensor) -> float:
    """Return KID of features (N, D) and (M, D): unbiased squared MMD with a cubic kernel (arXiv 1801.01401, eq. 4)."""
    x, y = x.double(), y.double()

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        return (a @ b.T / a.shape[1] + 1) ** 3

    def within(a: Tensor) -> Tensor:
        k, n = kernel(a, a), len(a)
        return (k.sum() - k.trace()) / (n * (n - 1))

    return float(within(x) + within(y) - 2 * kernel(x, y).mean())
