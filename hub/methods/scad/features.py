"""The frozen networks that discriminators see images through. Never trained here, and never a scoring network.

Which network each expert has is our instantiation: EfficientNet-Lite0 (ImageNet) for the text-conditional one, the
guide's ConvNeXt, trained here from scratch on these very pictures, for the unconditional one, and in ``scad-dd``
EfficientNet-Lite1 too, a deeper sibling of Lite0 trained on the same photographs: the only other small ImageNet network
to be had without a download.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from hub.encoders import efficientnet_lite, load_for_loss
from hub.errors import UnknownName
from hub.methods.scad.config import Expert


class FrozenFeatures(nn.Module):
    """A frozen timm network's features at the given stages of images in [-1, 1], resized to ``size``."""

    def __init__(self, net: nn.Module, stages: tuple[int, ...], size: int) -> None:
        super().__init__()
        self.net = net.eval().requires_grad_(False)
        self.stages, self.size = stages, size
        info = list(net.feature_info)  # type: ignore[arg-type]
        self.channels = [info[stage]["num_chs"] for stage in stages]

    def train(self, mode: bool = True) -> "FrozenFeatures":
        """Stay in evaluation mode, whatever is asked."""
        return super().train(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return features of x (N, 3, H, W) in [-1, 1]: one (N, C_i, h_i, w_i) a stage.

        The networks' own mean and std are 0.5, so [-1, 1] is what they expect.
        """
        if x.shape[-1] != self.size:
            x = F.interpolate(x, size=self.size, mode="bilinear", align_corners=False)
        x = x.to(next(self.net.parameters()).dtype)  # after resizing, which is done in single precision
        features: list[Tensor] = self.net.forward_intermediates(  # type: ignore[operator]
            x, indices=list(self.stages), intermediates_only=True
        )
        return features


def frozen(expert: Expert) -> FrozenFeatures:
    """Return the network of an expert of the embedded arms.

    Raises: UnknownName, and MissingFile where its package is not installed.
    """
    if expert.features == "guide":
        return FrozenFeatures(load_for_loss("guide").model.visual.trunk, (0, 1, 2, 3), expert.size)
    if expert.features in ("efficientnet-lite0", "efficientnet-lite1"):
        return FrozenFeatures(efficientnet_lite(expert.features), (1, 2, 3, 4), expert.size)
    raise UnknownName(f"{expert.features!r} is no frozen network of a discriminator.")
