"""The embedded judge with its trunk, loaded. Imports torch: only functions named ``load...`` import this module."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image

from hub.encoders import load, to_tensor
from hub.packaged import file_sha256, packaged

TRUNK = "efficientnet-lite2"
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
