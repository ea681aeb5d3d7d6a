"""An open_clip model as the larger configuration needs it: guide, text encoder, and features at several depths."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hub import torchvision_ops
from hub.errors import MissingFile

torchvision_ops.ensure()
import open_clip  # noqa: E402 - it needs torchvision, mended above

FAILURES = (RuntimeError, KeyError, ValueError, OSError)


class Clip:
    """Both towers of a CLIP model, frozen, on a device.

    ``name`` is an open_clip name with its weights, ``ViT-B-32/openai``, or ``local-dir:FOLDER``.
    """

    def __init__(self, name: str, device: torch.device) -> None:
        model_name, _, weights = (name, "", "") if name.startswith("local-dir:") else name.partition("/")
        try:
            model = open_clip.create_model(model_name, pretrained=weights or None, device=device)
            self.tokenizer = open_clip.get_tokenizer(model_name)
        except FAILURES as error:
            raise MissingFile(f"{name} is no open_clip model that can be loaded here ({error}).") from error
        self.name, self.model, self.device = name, model.eval().requires_grad_(False), device
        kept = open_clip.get_model_preprocess_cfg(model)
        self.size = int(kept["size"] if isinstance(kept["size"], int) else kept["size"][0])
        self.mean, self.std = (torch.tensor(kept[k], device=device).view(1, 3, 1, 1) for k in ("mean", "std"))

    @property
    def dimensions(self) -> int:
        """Return the length of an embedding."""
        return int(self.model.text_projection.shape[1])

    def prepare(self, x: Tensor) -> Tensor:
        """Return images (N, 3, H, W) in [-1, 1] as the towers take them: once to [0, 1], resized, then mean and std."""
        x = to_unit(x)
        if x.shape[-1] != self.size:
            x = F.interpolate(x, size=self.size, mode="bicubic", antialias=x.shape[-1] > self.size)
        return (x - self.mean) / self.std

    def pixels(self, x: Tensor) -> Tensor:
        """Return unit embeddings (N, D) of images in [-1, 1], differentiable in them."""
        return F.normalize(self.model.encode_image(self.prepare(x)), dim=-1)

    def sentences(self, embedded: Tensor) -> Tensor:
        """Return the batch's texts as they are: CLIP's own embeddings."""
        return embedded

    @torch.no_grad()
    def texts(self, texts: list[str]) -> Tensor:
        """Return unit embeddings (N, D) of the texts, on the device."""
        return F.normalize(self.model.encode_text(self.tokenizer(texts).to(self.device)), dim=-1).float()


def to_unit(x: Tensor) -> Tensor:
    """Return pixels of [-1, 1] as [0, 1].

    GALIP's code does this twice, and its encoder never sees dark pixels.
    """
    return (x + 1) / 2


class ClipFeatures(nn.Module):
    """The vision transformer's tokens as grids, at four depths evenly spaced (which ones is our instantiation)."""

    def __init__(self, clip: Clip) -> None:
        super().__init__()
        self.visual, self.clip = clip.model.visual, clip
        blocks = len(self.visual.transformer.resblocks)
        self.stages = sorted({max(0, blocks * k // 4 - 1) for k in (1, 2, 3, 4)})
        self.channels = [self.visual.transformer.width] * len(self.stages)

    def train(self, mode: bool = True) -> "ClipFeatures":
        """Stay in evaluation mode, whatever is asked."""
        return super().train(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return features of x (N, 3, H, W) in [-1, 1]: one (N, width, h, w) a depth."""
        x = self.clip.prepare(x).to(self.visual.conv1.weight.dtype)
        found = self.visual.forward_intermediates(x, indices=self.stages, intermediates_only=True, output_fmt="NCHW")
        features: list[Tensor] = found["image_intermediates"]
        return features
