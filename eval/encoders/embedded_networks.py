"""The encoders that need no download. Imports torch: only functions named ``load...`` import this module."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from eval.encoders import Array32
from eval.encoders.text_length import Flags, find_truncated
from hub.devices import pick_device
from hub.encoders import efficientnet_lite, load, load_trunk, to_tensor

SIDE = 128  # pixels of EfficientNet-Lite2's pictures, as the judge takes them


class Trunk:
    """An image network without a head, on pictures of ``size`` pixels."""

    def __init__(self, net: nn.Module, size: int, device: str) -> None:
        self._device, self._size = pick_device(device), size
        self._net = net.to(self._device)

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, H, W) in [-1, 1], resized by PIL's antialiased bicubic."""
        return np.asarray(to_tensor([image], self._size)[0])

    @torch.inference_mode()
    def __call__(self, pixels: Array32) -> Array32:
        """Pooled features (N, D)."""
        return np.asarray(self._net(torch.from_numpy(pixels).to(self._device)).cpu())


def load_efficientnet_lite2(device: str) -> Trunk:
    """Load EfficientNet-Lite2 without its head: 1280 features."""
    return Trunk(efficientnet_lite("efficientnet-lite2"), SIDE, device)


def load_witness(device: str) -> Trunk:
    """Load the witness's image network: 512 features."""
    return Trunk(*load_trunk("witness"), device)


class Judge:
    """The judge's two towers, whose image tower is a head on EfficientNet-Lite2."""

    def __init__(self, device: str) -> None:
        encoder = load("judge")
        self._trunk = Trunk(encoder.model.visual.trunk, encoder.size, device)
        self._device = pick_device(device)
        self._model, self._tokenizer = encoder.model.to(self._device), encoder.tokenizer

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels as the trunk takes them."""
        return self._trunk.prepare(image)

    def __call__(self, pixels: Array32) -> Array32:
        """Unit embeddings (N, E)."""
        return self.head(self._trunk(pixels))

    @torch.inference_mode()
    def head(self, features: Array32) -> Array32:
        """Return unit embeddings (N, E) of images from their trunk's features (N, 1280)."""
        embeddings = self._model.visual.head(torch.from_numpy(features).to(self._device))
        return np.asarray(F.normalize(embeddings, dim=-1).cpu())

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> Array32:
        """Unit embeddings (N, E) of the texts."""
        tokens = self._tokenizer(list(texts)).to(self._device)
        return np.asarray(self._model.encode_text(tokens, normalize=True).cpu())

    def cut(self, texts: Sequence[str]) -> Flags:
        """Which texts have more tokens than the text tower reads, (N,)."""
        return find_truncated(self._tokenizer, texts)
