"""Pictures changed on the way to a network: DiffAugment's parts, and blur. Shared by all methods."""

import torch
import torch.nn.functional as F
from torch import Tensor


def shift_and_colour(x: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return pictures (N, 3, H, W) in [-1, 1] with their colours changed and shifted, each its own way.

    DiffAugment's colour and translation (Zhao et al. 2020, arXiv 2006.10738): brightness, saturation and contrast, then
    a shift of up to an eighth of the side, filled with white: the pictures' page. Numbers are drawn on the generator's
    device, without one on that of the pictures.
    """
    n, _, h, _ = x.shape
    device = generator.device if generator else x.device
    bright, grey, flat = torch.rand(3, n, 1, 1, 1, generator=generator, device=device).to(x)
    x = x + 0.4 * (bright - 0.5)
    mean = x.mean(1, keepdim=True)
    x = mean + (x - mean) * (0.5 + grey)
    mean = x.mean((1, 2, 3), keepdim=True)
    x = mean + (x - mean) * (0.75 + 0.5 * flat)
    return shift_pictures(x, h // 8, generator)


def shift_pictures(x: Tensor, reach: int, generator: torch.Generator | None = None) -> Tensor:
    """Return each of (N, 3, H, W) moved by up to ``reach`` pixels either way, white coming in."""
    n, c, h, w = x.shape
    device = generator.device if generator else x.device
    dy, dx = torch.randint(0, 2 * reach + 1, (2, n), generator=generator, device=device).to(x.device)
    padded = F.pad(x, [reach] * 4, value=1.0)
    rows = (dy[:, None] + torch.arange(h, device=x.device))[:, None, :, None]
    cols = (dx[:, None] + torch.arange(w, device=x.device))[:, None, None, :]
    return padded.gather(2, rows.expand(n, c, h, padded.shape[3])).gather(3, cols.expand(n, c, h, w))


def cutout(x: Tensor, generator: torch.Generator | None = None, ratio: float = 0.5) -> Tensor:
    """Return pictures (N, C, H, W) with a square of ``ratio`` of the side, its centre anywhere, made white in each.

    DiffAugment's cutout (arXiv 2006.10738). White, the pictures' page, where the paper has grey: our instantiation.
    """
    n, _, h, w = x.shape
    device = generator.device if generator else x.device
    centre = torch.rand(2, n, 1, generator=generator, device=device).to(x)
    inside = [
        (torch.arange(side, device=x.device) - (at * side).floor()).abs() * 2 < side * ratio
        for at, side in zip(centre, (h, w), strict=True)
    ]  # (N, H) and (N, W)
    hole = (inside[0][:, :, None] & inside[1][:, None, :]).unsqueeze(1)
    return x.masked_fill(hole, 1.0)


def _gaussian(sigma: float, reach: int, device: torch.device, dtype: torch.dtype = torch.float32) -> Tensor:
    at = torch.arange(-reach, reach + 1, device=device, dtype=dtype)
    kernel = torch.exp(-(at**2) / (2 * sigma**2))
    return kernel / kernel.sum()


def blur_matrix(side: int, sigma: float, device: torch.device) -> Tensor:
    """Return the matrix (side, side) that blurs a column of ``side`` pixels as :func:`blur` does; the identity at 0."""
    reach = min(round(3 * sigma), side - 1)
    if reach < 1:
        return torch.eye(side, device=device)
    to = torch.arange(side, device=device)[:, None] + torch.arange(-reach, reach + 1, device=device)
    weights = _gaussian(sigma, reach, device).expand(side, -1)
    return torch.zeros(side, side, device=device).scatter_add_(1, to.clamp(0, side - 1), weights)


def blur(x: Tensor, sigma: float | Tensor) -> Tensor:
    """Return (N, C, H, W) blurred by a Gaussian with a standard deviation of ``sigma`` pixels, edges repeated.

    On a GPU, and where ``sigma`` is its :func:`blur_matrix`, by two products, for which pictures are square: equal to
    the convolution but for rounding, and of one shape whatever sigma is, while a convolution's kernel shrinks with it,
    for which cuDNN chooses an algorithm at each size.
    """
    if isinstance(sigma, Tensor):
        before = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("highest")  # TF32 would round the picture to ten bits, even at sigma 0
        try:
            return sigma @ x @ sigma.T
        finally:
            torch.set_float32_matmul_precision(before)
    reach = min(round(3 * sigma), x.shape[-1] - 1)
    if reach < 1:
        return x
    if x.is_cuda:
        return blur(x, blur_matrix(x.shape[-1], sigma, x.device))
    kernel = _gaussian(sigma, reach, x.device, x.dtype).expand(x.shape[1], 1, 1, -1)
    x = F.conv2d(F.pad(x, [reach, reach, 0, 0], mode="replicate"), kernel, groups=x.shape[1])
    padded = F.pad(x, [0, 0, reach, reach], mode="replicate")
    return F.conv2d(padded, kernel.transpose(2, 3), groups=x.shape[1])
