"""Whole image-text models, which open_clip builds; its import costs seconds, so only what builds one loads it."""

import json
import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from transformers import BertConfig

from hub.encoders.frozen_networks import efficientnet_lite, minilm_state
from hub.encoders.loss_encoder import LossEncoder
from hub.encoders.tensors import to_tensor
from hub.files import packaged


def load_open_clip() -> Any:
    """open_clip, which whole encoders need; losses are trained where it may not be installed."""
    import open_clip

    return open_clip


class ImageTextEncoder(LossEncoder):
    """An image-text encoder with preprocessing and both towers: images and texts to one space of unit vectors."""

    def __init__(self, name: str, model: Any, size: int) -> None:
        super().__init__(name, model, size)
        self.tokenizer = load_open_clip().tokenizer.HFTokenizer(str(packaged("minilm").parent), context_length=64)

    @torch.no_grad()
    def images(self, images: Sequence[Image.Image]) -> Tensor:
        """Unit embeddings of the images, (N, D)."""
        return self.pixels(to_tensor(images, self.size))

    @torch.no_grad()
    def texts(self, texts: Sequence[str]) -> Tensor:
        """Unit embeddings of the texts, (N, D)."""
        out: Tensor = self.model.encode_text(self.tokenizer(list(texts)), normalize=True)
        return out


@contextmanager
def _unwarned() -> Iterator[None]:
    """Keep open_clip, which logs to the root logger, from warning of weights that are loaded right after."""

    def other(record: logging.LogRecord) -> bool:
        return "open_clip" not in record.pathname

    root = logging.getLogger()
    root.addFilter(other)
    try:
        yield
    finally:
        root.removeFilter(other)


def build_image_text(config: dict[str, Any], text_tower: bool) -> Any:
    """An open_clip model of this config with its towers' packaged weights in, heads untrained.

    ``config`` is open_clip's model config; the text tower's folder is filled in here. Without ``text_tower`` a BERT of
    no layers stands in for MiniLM, so that training needs no text encoder, only its embeddings. Of the networks that
    ``timm_model_name`` may name, ``tf_efficientnet_lite2`` alone starts from packaged weights.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = str(packaged("minilm").parent) if text_tower else place
        if not text_tower:
            BertConfig(hidden_size=384, num_hidden_layers=0, vocab_size=1).save_pretrained(place)
        text = {**config["text_cfg"], "hf_model_name": folder, "hf_tokenizer_name": folder}
        filled = {"model_cfg": {**config, "text_cfg": text}, "preprocess_cfg": {}}
        Path(place, "open_clip_config.json").write_text(json.dumps(filled), encoding="utf-8")
        with _unwarned():
            model = load_open_clip().create_model(f"local-dir:{place}", load_weights=False, pretrained_text=False)
    if text_tower:
        model.text.transformer.load_state_dict(minilm_state())
    if config["vision_cfg"]["timm_model_name"] == "tf_efficientnet_lite2":
        model.visual.trunk.load_state_dict(efficientnet_lite("efficientnet-lite2").state_dict())
        model.visual.trunk.requires_grad_(False)
    model.text.transformer.requires_grad_(False)
    return model.eval()
