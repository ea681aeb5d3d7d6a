"""What sampling leaves on flat colours, taken away: Lee's sigma filter (CVGIP 24, 1983) with a soft edge."""

from torch import Tensor
from torch.nn import functional as F

REACH = 2  # pixels either way


def average_alike(x: Tensor, tolerance: float) -> Tensor:
    """Return pictures (N, 3, H, W) in [-1, 1], each pixel the mean of those around it that are like it.

    One that differs by up to half the ``tolerance``, in levels of 255 of the channel where they differ most, counts in
    full, one that differs by one and a half times as much not at all: a hard edge would make of a last bit a level.
    Edges of the picture are repeated past themselves.
    """
    n, c, h, w = x.shape
    side = 2 * REACH + 1
    around = F.unfold(F.pad(x, [REACH] * 4, mode="replicate"), side).view(n, c, side * side, h, w)
    gap = (around - x.unsqueeze(2)).abs().amax(1, keepdim=True)  # (N, 1, 25, H, W)
    weight = (1.5 - gap * (127.5 / tolerance)).clamp(0, 1)
    mean: Tensor = (around * weight).sum(2) / weight.sum(2)
    return mean


def smooth_flats(x: Tensor, tolerance: float, passes: int) -> Tensor:
    """Return pictures (N, 3, H, W) with their flat colours even and their edges where they were; as they are at 0.

    Each pass evens a wider area: a few leave slopes of a level or two, which an image encoder sees, many leave none.
    """
    for _ in range(passes if tolerance else 0):
        x = average_alike(x, tolerance)
    return x
