"""Encoders by name: text, image, and image-text.

The embedded image-text encoders are open_clip models built by open_clip from a config of ours, which travels in
the checkpoint's metadata; only what was trained here is in the checkpoint, the frozen towers come from their
packages, each checked by SHA-256 before it is read. Names:

* ``judge``: EfficientNet-Lite2 and MiniLM-L6, both frozen, with trained projection heads. Scores only.
* ``witness``: another small network trained from scratch, its image tower alone. Scores only.
* ``guide``: a small network trained from scratch with a head on MiniLM-L6. Losses only.
* ``style-guide``: the guide, its heads trained on with pictures of two more styles, whose words it knows. Losses only.

``damsm`` is linear maps on the guide and MiniLM's words, for losses only: ``hub.methods.contrastive`` reads it.
"""

import json
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from safetensors import safe_open
from torch import nn

from hub.encoders.frozen_networks import TextEncoder, efficientnet_lite, text_encoder
from hub.encoders.loss_encoder import HeadsAndTrunk, LossEncoder
from hub.encoders.open_clip_models import ImageTextEncoder, build_image_text
from hub.encoders.tensors import to_image, to_tensor
from hub.errors import MissingFile, UnknownName
from hub.files import WEIGHTS
from hub.language.sentence import Sentence

__all__ = [
    "LOSSES",
    "SCORING",
    "TRAINED",
    "HeadsAndTrunk",
    "ImageTextEncoder",
    "LossEncoder",
    "TextEncoder",
    "build_image_text",
    "efficientnet_lite",
    "load",
    "load_for_loss",
    "load_trunk",
    "text_encoder",
    "to_image",
    "to_tensor",
]

SCORING = ("judge", "efficientnet-lite2", "witness")  # may score, never be a loss
LOSSES = ("guide", "style-guide", "damsm", "efficientnet-lite0", "efficientnet-lite1")  # may be a loss, never score
TRAINED = ("guide", "style-guide", "judge", "witness")  # here


def _read(name: str, build: Callable[[dict[str, Any]], Any]) -> tuple[Any, int]:
    """The model of a checkpoint of ours, frozen, and the side of its images in pixels; ``build`` takes its config."""
    path = WEIGHTS / name / "model.safetensors"
    if name not in TRAINED:
        raise UnknownName(f"There is no image-text encoder {name!r}; there are {', '.join(TRAINED)}.")
    if not path.exists():
        raise MissingFile(Sentence("The checkpoint {path} is missing; restore it from the repository.", path=path))
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
    """Return a new encoder of this name for a loss, without text tower and open_clip, which training does not need.

    Raises as :func:`load` does, and UnknownName for an encoder that scores: what scores is never a loss.
    """
    if name not in LOSSES:
        raise UnknownName(f"The encoder {name!r} is not for losses; those are {', '.join(LOSSES)}.")
    return LossEncoder(name, *_read(name, HeadsAndTrunk))
