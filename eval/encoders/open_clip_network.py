"""An open_clip model from a folder. Imports torch: only functions named ``load...`` import this module."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from eval.encoders import Array32
from eval.encoders.text_length import Flags, find_truncated
from hub import torchvision_ops
from hub.devices import pick_device
from hub.errors import MissingFile

torchvision_ops.ensure()
import open_clip  # noqa: E402 - needs torchvision, mended above


class OpenClip:
    """Both towers with their own preprocessing: the shorter side resized by PIL's antialiased bicubic, centre cut."""

    def __init__(self, folder: Path, device: str) -> None:
        name, self._device = f"local-dir:{folder}", pick_device(device)
        try:
            model, _, self._preprocess = open_clip.create_model_and_transforms(name, device=self._device)
        except (RuntimeError, KeyError, ValueError, OSError) as error:
            raise MissingFile(f"{folder} holds no open_clip model that can be loaded ({error}).") from error
        self._model = model.eval().requires_grad_(False)
        self._tokenizer = open_clip.get_tokenizer(name)

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, H, W), normalised as the model's config says."""
        return np.asarray(self._preprocess(image), np.float32)

    @torch.inference_mode()
    def __call__(self, pixels: Array32) -> Array32:
        """Unit embeddings (N, E)."""
        embedded = self._model.encode_image(torch.from_numpy(pixels).to(self._device))
        return np.asarray(F.normalize(embedded, dim=-1).float().cpu())

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> Array32:
        """Unit embeddings (N, E) of the texts."""
        embedded = self._model.encode_text(self._tokenizer(list(texts)).to(self._device))
        return np.asarray(F.normalize(embedded, dim=-1).float().cpu())

    def cut(self, texts: Sequence[str]) -> Flags:
        """Which texts have more tokens than the text tower reads, (N,)."""
        return find_truncated(self._tokenizer, texts)
