"""An open_clip model from a folder, or from the weights of a file.

Imports torch: only functions named ``load...`` import this module.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

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

    def __init__(self, name: str, model: Any, preprocess: Callable[[Image.Image], Any], device: str) -> None:
        self._device, self._preprocess = pick_device(device), preprocess
        self._model = model.eval().requires_grad_(False).to(self._device)
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


def load_folder(folder: Path, device: str) -> OpenClip:
    """Load the model of a folder with open_clip's two files.

    Raises: MissingFile where it holds none.
    """
    name = f"local-dir:{folder}"
    try:
        model, _, preprocess = open_clip.create_model_and_transforms(name)
    except (RuntimeError, KeyError, ValueError, OSError) as error:
        raise MissingFile(f"{folder} holds no open_clip model that can be loaded ({error}).") from error
    return OpenClip(name, model, preprocess, device)


def load_state(path: Path, architecture: str, device: str) -> OpenClip:
    """Load an architecture of open_clip with the ``state_dict`` of a .pt file, read without pickled code.

    Raises: MissingFile where the file does not fit it.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
        model, _, preprocess = open_clip.create_model_and_transforms(architecture)
        model.load_state_dict(state)
    except Exception as error:  # what torch makes of pickled code is an exception of a module that is banned here
        raise MissingFile(f"{path} does not fit {architecture}: fetch it again ({str(error)[:200]}).") from error
    return OpenClip(architecture, model, preprocess, device)
