"""Image-text models as a loss needs them, without open_clip, which may not be installed where losses are trained."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hub.encoders.frozen_networks import load_timm


class LossEncoder:
    """An image-text model as a loss needs it: pixels and MiniLM embeddings to one space of unit vectors."""

    def __init__(self, name: str, model: Any, size: int) -> None:
        self.name, self.model, self.size = name, model, size

    def pixels(self, x: Tensor) -> Tensor:
        """Unit embeddings (N, D) of pixels (N, 3, H, W) in [-1, 1], differentiable in the pixels."""
        out: Tensor = self.model.encode_image(x, normalize=True)
        return out

    def sentences(self, embedded: Tensor) -> Tensor:
        """Return unit embeddings (N, D) of texts given as MiniLM embeddings (N, 384).

        As the head is linear, these are those of :meth:`ImageTextEncoder.texts`, whatever their length.
        """
        return F.normalize(self.model.text.proj(embedded), dim=-1)


class HeadsAndTrunk(nn.Module):
    """The layers that a loss needs of an open_clip model of ours, under open_clip's names and without it.

    They are a timm trunk that pools for itself, and linear heads.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        trunk = load_timm().create_model(config["vision_cfg"]["timm_model_name"], num_classes=0)
        head = nn.Linear(trunk.num_features, config["embed_dim"], bias=False)
        self.logit_scale = nn.Parameter(torch.zeros(()))
        self.visual = nn.ModuleDict({"trunk": trunk, "head": nn.ModuleDict({"proj": head})})
        self.text = nn.ModuleDict({"proj": nn.Linear(384, config["embed_dim"], bias=False)})

    def encode_image(self, x: Tensor, normalize: bool = False) -> Tensor:
        """Embeddings (N, D) of pixels (N, 3, H, W)."""
        out: Tensor = self.visual.head.proj(self.visual.trunk(x))  # type: ignore[union-attr, operator]
        return F.normalize(out, dim=-1) if normalize else out
