"""ImageReward: BLIP's image encoder, its text encoder that attends to the picture, and a head of linear layers.

Both encoders are those of transformers, under the names of whose parts the published weights' are put. Held to the
package image-reward 1.5 on small random weights: tests/eval/encoders/test_pair_encoders.py.

Imports torch: only functions named ``load...`` import this module.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from eval.encoders import Array32
from eval.encoders.state_files import load_fitting, read_state
from eval.encoders.text_length import Flags, find_truncated
from hub import torchvision_ops
from hub.devices import pick_device
from hub.errors import MissingFile
from hub.files import packaged

torchvision_ops.ensure()
import open_clip  # noqa: E402 - needs torchvision, mended above
from transformers import BlipTextConfig, BlipTextModel, BlipVisionConfig, BlipVisionModel  # noqa: E402 - as that

VISION = {  # ViT-L/16, which no published file says
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "image_size": 224,
    "patch_size": 16,
}
TEXT = (  # what of med_config.json is BlipTextConfig's, under the same names
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "max_position_embeddings",
    "hidden_act",
    "layer_norm_eps",
    "pad_token_id",
)
HEAD = (1024, 128, 64, 16, 1)
DROPPED = (0.2, 0.2, 0.1)  # after the first layers of the head, in training; here they hold its layers' numbers
TOKENS = 35  # of a prompt that are read, the marks of its beginning and end with them
MEAN, DEVIATION = 0.16717362830052426, 1.0333394966054072  # of rewards in training
NAMES = (  # of the published file's parts, and of transformers'
    (r"blip\.visual_encoder\.cls_token", "vision.embeddings.class_embedding"),
    (r"blip\.visual_encoder\.pos_embed", "vision.embeddings.position_embedding"),
    (r"blip\.visual_encoder\.patch_embed\.proj", "vision.embeddings.patch_embedding"),
    (r"blip\.visual_encoder\.norm\.", "vision.post_layernorm."),
    (r"blip\.visual_encoder\.blocks\.(\d+)\.norm(\d)", r"vision.encoder.layers.\1.layer_norm\2"),
    (r"blip\.visual_encoder\.blocks\.(\d+)\.attn\.qkv", r"vision.encoder.layers.\1.self_attn.qkv"),
    (r"blip\.visual_encoder\.blocks\.(\d+)\.attn\.proj", r"vision.encoder.layers.\1.self_attn.projection"),
    (r"blip\.visual_encoder\.blocks\.(\d+)\.mlp", r"vision.encoder.layers.\1.mlp"),
    (r"blip\.text_encoder\.", "text."),
    (r"mlp\.layers\.", "head."),
)


def _build_head(width: int) -> nn.Sequential:
    """Return the head: linear layers alone, nothing between them but dropout."""
    layers: list[nn.Module] = []
    for number, (wide, narrow) in enumerate(zip((width, *HEAD), HEAD, strict=False)):
        layers.append(nn.Linear(wide, narrow))
        layers += [nn.Dropout(DROPPED[number])] if number < len(DROPPED) else []
    return nn.Sequential(*layers)


class BlipReward(nn.Module):
    """A picture and a prompt to a reward; ``config`` is what med_config.json says."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        text = {name: config[name] for name in TEXT}
        self.vision = BlipVisionModel(BlipVisionConfig(**VISION, hidden_act="gelu", layer_norm_eps=1e-6))
        self.text = BlipTextModel(
            BlipTextConfig(**text, encoder_hidden_size=VISION["hidden_size"]), add_pooling_layer=False
        )
        self.head = _build_head(config["hidden_size"])

    def forward(self, pixels: Tensor, tokens: Tensor) -> Tensor:
        """Return rewards (N,) of pixels (N, 3, H, W) and tokens (N, L), of which 0 is none."""
        seen = self.vision(pixel_values=pixels).last_hidden_state  # (N, patches, D)
        read = self.text(
            input_ids=tokens,
            attention_mask=(tokens != 0).long(),
            encoder_hidden_states=seen,
            encoder_attention_mask=torch.ones(seen.shape[:-1], dtype=torch.long, device=seen.device),
        ).last_hidden_state
        reward: Tensor = (self.head(read[:, 0])[:, 0] - MEAN) / DEVIATION
        return reward


def rename_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the published file's weights under the names that they have here."""
    renamed = {}
    for key, value in state.items():
        name = next((re.sub(old, new, key, count=1) for old, new in NAMES if re.match(old, key)), key)
        renamed[name] = value
    return renamed


class BlipRewardNetwork:
    """The network with its preprocessing, which is CLIP's, and BERT's tokens, which MiniLM has."""

    def __init__(self, model: BlipReward, device: str) -> None:
        self._device = pick_device(device)
        self._model = model.eval().requires_grad_(False).to(self._device)
        self._preprocess = open_clip.image_transform(VISION["image_size"], is_train=False)
        self._tokenizer = open_clip.tokenizer.HFTokenizer(str(packaged("minilm").parent), context_length=TOKENS)

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, H, W) of the middle square, normalised as CLIP's."""
        return np.asarray(self._preprocess(image), np.float32)

    @torch.inference_mode()
    def score_pairs(self, pixels: Array32, texts: Sequence[str]) -> Array32:
        """Rewards (N,), in deviations from the mean reward of the training."""
        tokens = self._tokenizer(list(texts)).to(self._device)
        return np.asarray(self._model(torch.from_numpy(pixels).to(self._device), tokens).cpu())

    def cut(self, texts: Sequence[str]) -> Flags:
        """Which texts have more tokens than are read, (N,)."""
        return find_truncated(self._tokenizer, texts)


def load_blip_reward(path: Path, config: Path, device: str) -> BlipRewardNetwork:
    """Load the network of a config with the weights of a .pt file.

    Raises: MissingFile where they do not fit each other.
    """
    try:
        model = BlipReward(json.loads(config.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MissingFile(f"{config} is no config of ImageReward's text encoder ({error}): fetch it again.") from error
    load_fitting(model, rename_state(read_state(path, "ImageReward")), path, "ImageReward")
    return BlipRewardNetwork(model, device)
