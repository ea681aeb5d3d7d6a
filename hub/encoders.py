"""Encoders by name: text, image, and image-text.

The embedded image-text encoders are open_clip models built by open_clip from a config of ours, which travels in
the checkpoint's metadata; only what was trained here is in the checkpoint, the frozen towers come from their
packages, each checked by SHA-256 before it is read. Names:

* ``judge``: EfficientNet-Lite2 and MiniLM-L6, both frozen, with trained projection heads. Scores only.
* ``witness``: another small network trained from scratch, its image tower alone. Scores only.
* ``guide``: a small network trained from scratch with a head on MiniLM-L6. Losses only.
"""

import json
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from hub import torchvision_ops
from hub.errors import MissingFile, UnknownName
from hub.packaged import WEIGHTS, packaged

torchvision_ops.ensure()
import timm  # noqa: E402 - it and the next need torchvision, mended above
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertConfig  # noqa: E402

SCORING = ("judge", "efficientnet-lite2", "witness")  # may score, never be a loss
LOSSES = ("guide", "efficientnet-lite0", "efficientnet-lite1")  # may be a loss, never score
TRAINED = ("guide", "judge", "witness")  # here


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


def efficientnet_lite(name: str) -> nn.Module:
    """Frozen ImageNet EfficientNet-Lite (``efficientnet-lite0``, ``-lite1``, ``-lite2``) as timm's, no classifier.

    The package's keys are another naming of the same layers in the same order; shapes are checked one by one.
    """
    state = torch.load(packaged(name), map_location="cpu", weights_only=True)
    net: nn.Module = timm.create_model("tf_" + name.replace("-", "_"), num_classes=1000)
    own = net.state_dict()
    for (key, there), value in zip(own.items(), state.values(), strict=True):
        if there.shape != value.shape:
            raise MissingFile(f"{packaged(name).name} does not fit timm's network at {key}")
    net.load_state_dict(dict(zip(own, state.values(), strict=True)))
    net.reset_classifier(0)  # type: ignore[operator]
    return net.eval().requires_grad_(False)


def to_tensor(images: Sequence[Image.Image], size: int) -> Tensor:
    """RGB images resized by PIL's antialiased bicubic to ``size``, as (N, 3, size, size) in [-1, 1]."""
    arrays = []
    for image in images:
        rgb = image.convert("RGB")
        if rgb.size != (size, size):
            rgb = rgb.resize((size, size), Image.Resampling.BICUBIC)
        arrays.append(np.asarray(rgb, dtype=np.float32))
    return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2) / 127.5 - 1


def to_image(x: Tensor) -> Image.Image:
    """One picture (3, H, W) in about [-1, 1] as an RGB image, values beyond clipped."""
    bytes_ = ((x.float().cpu().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return Image.fromarray(bytes_.permute(1, 2, 0).numpy())


def load_open_clip() -> Any:
    """open_clip, which whole encoders need; losses are trained where it may not be installed."""
    import open_clip

    return open_clip


class LossEncoder:
    """An image-text model as a loss needs it: pixels and MiniLM embeddings to one space of unit vectors."""

    def __init__(self, name: str, model: Any, size: int) -> None:
        self.name, self.model, self.size = name, model, size

    def pixels(self, x: Tensor) -> Tensor:
        """Unit embeddings (N, D) of pixels (N, 3, H, W) in [-1, 1], differentiable in the pixels."""
        out: Tensor = self.model.encode_image(x, normalize=True)
        return out

    def sentences(self, embedded: Tensor) -> Tensor:
        """Unit embeddings (N, D) of texts given as MiniLM embeddings (N, 384); the head is linear, so equal to
        :meth:`ImageTextEncoder.texts` whatever their length."""
        return F.normalize(self.model.text.proj(embedded), dim=-1)


class ImageTextEncoder(LossEncoder):
    """The same with its preprocessing and both towers: images and texts to one space of unit vectors."""

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


class HeadsAndTrunk(nn.Module):
    """What a loss needs of an open_clip model of ours, under open_clip's names and without it: a timm trunk that pools
    for itself, and linear heads."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        trunk = timm.create_model(config["vision_cfg"]["timm_model_name"], num_classes=0)
        head = nn.Linear(trunk.num_features, config["embed_dim"], bias=False)
        self.logit_scale = nn.Parameter(torch.zeros(()))
        self.visual = nn.ModuleDict({"trunk": trunk, "head": nn.ModuleDict({"proj": head})})
        self.text = nn.ModuleDict({"proj": nn.Linear(384, config["embed_dim"], bias=False)})

    def encode_image(self, x: Tensor, normalize: bool = False) -> Tensor:
        """Embeddings (N, D) of pixels (N, 3, H, W)."""
        out: Tensor = self.visual.head.proj(self.visual.trunk(x))  # type: ignore[union-attr, operator]
        return F.normalize(out, dim=-1) if normalize else out


def _read(name: str, build: Callable[[dict[str, Any]], Any]) -> tuple[Any, int]:
    """The model of a checkpoint of ours, frozen, and the side of its images in pixels; ``build`` takes its config."""
    path = WEIGHTS / name / "model.safetensors"
    if name not in TRAINED:
        raise UnknownName(f"There is no image-text encoder {name!r}; there are {', '.join(TRAINED)}.")
    if not path.exists():
        raise MissingFile(f"The checkpoint {path} is missing; restore it from the repository.")
    with safe_open(path, "pt") as file:
        config = json.loads(file.metadata()["config"])
        trained = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
    model = build(config["model"])
    missing, unexpected = model.load_state_dict(trained, strict=False)
    if unexpected or any(not key.startswith(tuple(config["frozen"])) for key in missing):
        raise MissingFile(f"{path} does not fit its own config: {sorted(unexpected) or sorted(missing)[:3]}")
    return model.eval().requires_grad_(False), config["model"]["vision_cfg"]["image_size"]


@cache
def load(name: str) -> ImageTextEncoder:
    """The embedded image-text encoder of this name, ready to use on the CPU.

    Raises UnknownName for a name that is none, MissingFile when its checkpoint or a package is missing.
    """
    return ImageTextEncoder(name, *_read(name, partial(build_image_text, text_tower=True)))


@cache
def load_trunk(name: str) -> tuple[nn.Module, int]:
    """The image network of this encoder without its head, and the side of its images; it needs no text encoder.

    Raises as :func:`load` does.
    """
    model, size = _read(name, HeadsAndTrunk)
    return model.visual.trunk, size


def load_for_loss(name: str) -> LossEncoder:
    """The same without its text tower and without open_clip, which training on a pack does not need; each call's own.

    Raises as :func:`load` does, and UnknownName for an encoder that scores: what scores is never a loss.
    """
    if name not in LOSSES:
        raise UnknownName(f"The encoder {name!r} is not for losses; those are {', '.join(LOSSES)}.")
    return LossEncoder(name, *_read(name, HeadsAndTrunk))
