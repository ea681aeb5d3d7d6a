"""The embedded judge with its trunk, loaded. Imports torch: only functions named ``load...`` import this module."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image

from hub.devices import pick
from hub.encoders import efficientnet_lite, load, to_tensor
from hub.packaged import file_sha256, packaged

TRUNK = "efficientnet-lite2"
SIZE = 128  # pixels of the judge's side
Array32 = NDArray[np.float32]


class Judge:
    """The judge; its trunk is EfficientNet-Lite2, so one pass gives pooled features and embeddings."""

    def __init__(self) -> None:
        self.trunk = f"{TRUNK}@{file_sha256(packaged(TRUNK))[:12]}"
        self._encoder = load("judge")

    @torch.no_grad()
    def features(self, images: Sequence[Image.Image]) -> Array32:
        """Pooled features (N, 1280) of the images, resized by PIL's antialiased bicubic to the judge's 128 px."""
        return np.asarray(self._encoder.model.visual.trunk(to_tensor(images, self._encoder.size)), dtype=np.float32)

    @torch.no_grad()
    def head(self, features: Array32) -> Array32:
        """Unit embeddings (N, E) of images given as pooled features (N, 1280)."""
        embeddings = F.normalize(self._encoder.model.visual.head(torch.from_numpy(features)), dim=-1)
        return np.asarray(embeddings, dtype=np.float32)

    def texts(self, texts: Sequence[str]) -> Array32:
        """Unit embeddings (N, E) of the texts."""
        return np.asarray(self._encoder.texts(texts), dtype=np.float32)


class Trunk:
    """EfficientNet-Lite2 alone, on the judge's size."""

    def __init__(self, device: str) -> None:
        self._device = pick(device)
        self._net = efficientnet_lite(TRUNK).to(self._device)

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, 128, 128) in [-1, 1], resized by PIL's antialiased bicubic."""
        return np.asarray(to_tensor([image], SIZE)[0])

    @torch.inference_mode()
    def __call__(self, pixels: Array32) -> Array32:
        """Pooled features (N, 1280)."""
        return np.asarray(self._net(torch.from_numpy(pixels).to(self._device)).cpu())


class JudgeNetwork:
    """The judge's two towers."""

    def __init__(self, device: str) -> None:
        self._encoder, self._device = load("judge"), pick(device)
        self._encoder.model.to(self._device)

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, H, W) in [-1, 1], resized by PIL's antialiased bicubic to the judge's size."""
        return np.asarray(to_tensor([image], self._encoder.size)[0])

    @torch.inference_mode()
    def __call__(self, pixels: Array32) -> Array32:
        """Unit embeddings (N, E)."""
        return np.asarray(self._encoder.pixels(torch.from_numpy(pixels).to(self._device)).cpu())

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> Array32:
        """Unit embeddings (N, E) of the texts."""
        tokens = self._encoder.tokenizer(list(texts)).to(self._device)
        return np.asarray(self._encoder.model.encode_text(tokens, normalize=True).cpu())
