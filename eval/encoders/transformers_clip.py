"""CLIP from a folder of transformers. Imports torch: only functions named ``load...`` import this module."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from eval.encoders import Array32
from eval.encoders.pretrained import load_pretrained
from eval.encoders.text_length import Flags, find_truncated
from hub import torchvision_ops

torchvision_ops.ensure()
import open_clip  # noqa: E402 - needs torchvision, mended above
from transformers import CLIPModel  # noqa: E402 - as that


class TransformersClip:
    """Both towers, with CLIP's own preprocessing and tokens, which open_clip has."""

    def __init__(self, folder: Path, device: str) -> None:
        self._model = load_pretrained(CLIPModel, folder, "CLIP", device)
        self._device = self._model.device
        size = self._model.config.vision_config.image_size
        self._preprocess = open_clip.image_transform(size, is_train=False)
        self._tokenizer = open_clip.SimpleTokenizer(
            context_length=self._model.config.text_config.max_position_embeddings
        )

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, H, W) of the middle square, normalised as CLIP's."""
        return np.asarray(self._preprocess(image), np.float32)

    @torch.inference_mode()
    def __call__(self, pixels: Array32) -> Array32:
        """Unit embeddings (N, E)."""
        seen = self._model.vision_model(pixel_values=torch.from_numpy(pixels).to(self._device)).pooler_output
        return np.asarray(F.normalize(self._model.visual_projection(seen), dim=-1).float().cpu())

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> Array32:
        """Unit embeddings (N, E) of the texts."""
        tokens = self._tokenizer(list(texts)).to(self._device)
        read = self._model.text_model(input_ids=tokens).pooler_output
        return np.asarray(F.normalize(self._model.text_projection(read), dim=-1).float().cpu())

    def cut(self, texts: Sequence[str]) -> Flags:
        """Which texts have more tokens than the text tower reads, (N,)."""
        return find_truncated(self._tokenizer, texts)
