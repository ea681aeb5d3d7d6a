"""A guide picture of a diffusers pipeline, in its latents; imported only when one is loaded, as it needs torch."""

from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from hub.methods.image_guidance import ImageGuidance


class LatentGuide:
    """diffusers' ``callback_on_step_end`` that guides by a picture; it is encoded at the first step, as large as drawn.

    ``coder`` is the pipeline's VAE or MoVQ, ``weight`` w of :class:`ImageGuidance`.
    """

    def __init__(self, coder: Any, picture: Image.Image, weight: float) -> None:
        self.coder, self.picture, self.weight = coder, picture, weight
        self.guidance: ImageGuidance | None = None

    def __call__(self, pipeline: Any, number: int, time: Any, told: dict[str, Any]) -> dict[str, Any]:
        """Return the tensors told, with ``latents`` moved towards the guide."""
        if self.guidance is None:
            self.guidance = ImageGuidance(encode_guide(self.coder, self.picture, told["latents"]), [self.weight])
        return self.guidance(pipeline, number, time, told)


def find_coder(pipeline: Any) -> Any:
    """Return what a pipeline makes pictures of its latents by."""
    return pipeline.movq if hasattr(pipeline, "movq") else pipeline.vae


@torch.no_grad()
def encode_guide(coder: Any, picture: Image.Image, latents: Tensor) -> Tensor:
    """Return the latents (1, C, h, w) of a picture, in the scale of a pipeline's ``latents`` (N, C, h, w).

    It is scaled to cover what they are the picture of, and cut there. A VAE's are the mean of its distribution, so that
    nothing is drawn by chance; a MoVQ's are those before its code book, as Kandinsky 2.2 decodes them.
    """
    factor = 2 ** (len(coder.config.block_out_channels) - 1)
    height, width = (side * factor for side in latents.shape[-2:])
    fitted = ImageOps.fit(picture.convert("RGB"), (width, height), Image.Resampling.LANCZOS)
    x = torch.from_numpy(np.asarray(fitted, dtype=np.float32)).permute(2, 0, 1)[None] / 127.5 - 1
    dtype, device = coder.dtype, latents.device
    raised = dtype is torch.float16 and bool(coder.config.get("force_upcast"))  # SDXL's overflows in half precision
    if raised:
        coder.to(torch.float32)
    found = coder.encode(x.to(device, torch.float32 if raised else dtype))
    if raised:
        coder.to(dtype)
    return found.latents if hasattr(found, "latents") else scale_latents(coder.config, found.latent_dist.mode())


def scale_latents(config: Any, z: Tensor) -> Tensor:
    """Return a VAE's latents as its pipeline decodes them back: less their mean, by their deviation or one factor."""
    mean, deviation = (config.get(f"latents_{name}") for name in ("mean", "std"))
    if mean is not None and deviation is not None:
        z = (z - z.new_tensor(mean).view(1, -1, 1, 1)) / z.new_tensor(deviation).view(1, -1, 1, 1)
    return z * float(config.scaling_factor)
