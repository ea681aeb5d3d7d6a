"""Pictures to tensors and back."""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def to_tensor(images: Sequence[Image.Image], size: int) -> Tensor:
    """RGB images resized by PIL's antialiased bicubic to ``size``, as (N, 3, size, size) in [-1, 1]."""
    arrays = []
    for image in images:
        rgb = image.convert("RGB")
        if rgb.size != (size, size):
            rgb = rgb.resize((size, size), Image.Resampling.BICUBIC)
        arrays.append(np.asarray(rgb, dtype=np.float32))
    return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2) / 127.5 - 1


def to_image(x: Tensor) -> Image.Image:
    """One picture (3, H, W) in about [-1, 1] as an RGB image, values beyond clipped."""
    bytes_ = ((x.float().cpu().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return Image.fromarray(bytes_.permute(1, 2, 0).numpy())
