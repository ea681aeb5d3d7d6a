"""DINOv2 from a folder of transformers. Imports torch: only functions named ``load...`` import this module."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from eval.encoders import Array32
from eval.encoders.pixels import resize_float
from eval.encoders.pretrained import load_pretrained

# isort: split
from transformers import Dinov2Model  # after torchvision was mended, by what loads it

SIZE = 224
MEAN = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None]  # ImageNet's, of values from 0 to 1
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None]


class DinoNetwork:
    """The network with its weights."""

    def __init__(self, folder: Path, device: str) -> None:
        self._net = load_pretrained(Dinov2Model, folder, "DINOv2", device)
        self._device = self._net.device

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, 224, 224) of the whole picture, normalised."""
        return np.asarray((resize_float(image, SIZE) / 255 - MEAN) / DEVIATION, np.float32)

    @torch.inference_mode()
    def __call__(self, pixels: Array32) -> Array32:
        """Class tokens (N, D)."""
        return np.asarray(self._net(torch.from_numpy(pixels).to(self._device)).pooler_output.cpu())
