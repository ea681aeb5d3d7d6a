"""DINOv2 from a folder of transformers. Imports torch: only functions named ``load...`` import this module."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from transformers import Dinov2Model

from eval.encoders import Array32
from eval.encoders.pixels import resize_float
from hub.devices import pick_device
from hub.errors import MissingFile

SIZE = 224
MEAN = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None]  # ImageNet's, of values from 0 to 1
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None]


class DinoNetwork:
    """The network with its weights."""

    def __init__(self, folder: Path, device: str) -> None:
        try:
            model, info = Dinov2Model.from_pretrained(
                folder, use_safetensors=True, local_files_only=True, output_loading_info=True
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise MissingFile(f"{folder} holds no DINOv2 that can be loaded ({error}).") from error
        if info["missing_keys"]:  # transformers would leave them random
            raise MissingFile(f"{folder} lacks {sorted(info['missing_keys'])[0]} of its DINOv2.")
        self._device = pick_device(device)
        self._net = model.eval().requires_grad_(False).to(self._device)

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, 224, 224) of the whole picture, normalised."""
        return np.asarray((resize_float(image, SIZE) / 255 - MEAN) / DEVIATION, np.float32)

    @torch.inference_mode()
    def __call__(self, pixels: Array32) -> Array32:
        """Class tokens (N, D)."""
        return np.asarray(self._net(torch.from_numpy(pixels).to(self._device)).pooler_output.cpu())
