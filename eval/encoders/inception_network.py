"""The FID's Inception v3: torchvision's layers, with the three poolings that TensorFlow's graph of 2015 has otherwise.

Imports torch: only functions named ``load...`` import this module.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from eval.encoders import Array32
from eval.encoders.pixels import resize_float
from hub import torchvision_ops
from hub.devices import pick_device
from hub.errors import MissingFile

torchvision_ops.ensure()
from torchvision.models import inception as layers  # noqa: E402 - mended above

SIZE = 299
CLASSES = 1008


def _mean_pool(x: Tensor) -> Tensor:
    """Return 3 x 3 means that leave the padding out."""
    return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


def _max_pool(x: Tensor) -> Tensor:
    """Return 3 x 3 maxima, which the last block has in place of means."""
    return F.max_pool2d(x, 3, stride=1, padding=1)


class BlockA(layers.InceptionA):  # type: ignore[misc]
    """Four branches on 35 x 35."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, 35, 35) to (N, 224 + pool_features, 35, 35)."""
        five = self.branch5x5_2(self.branch5x5_1(x))
        three = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch1x1(x), five, three, self.branch_pool(_mean_pool(x))], 1)


class BlockC(layers.InceptionC):  # type: ignore[misc]
    """Four branches on 17 x 17."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 768, 17, 17) to the same shape."""
        seven = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        return torch.cat([self.branch1x1(x), seven, double, self.branch_pool(_mean_pool(x))], 1)


class BlockE(layers.InceptionE):  # type: ignore[misc]
    """Four branches on 8 x 8; ``pool`` is the mean in the first such block and the maximum in the second."""

    pool = staticmethod(_mean_pool)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, 8, 8) to (N, 2048, 8, 8)."""
        three = self.branch3x3_1(x)
        three = torch.cat([self.branch3x3_2a(three), self.branch3x3_2b(three)], 1)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        double = torch.cat([self.branch3x3dbl_3a(double), self.branch3x3dbl_3b(double)], 1)
        return torch.cat([self.branch1x1(x), three, double, self.branch_pool(self.pool(x))], 1)


class LastBlockE(BlockE):
    """Four branches on 8 x 8, pooled by the maximum."""

    pool = staticmethod(_max_pool)


def build_fid_network() -> nn.Module:
    """Return the network without weights; its output in evaluation is (N, 2048)."""
    blocks: list[Any] = [layers.BasicConv2d, BlockA, layers.InceptionB, BlockC, layers.InceptionD, BlockE]
    blocks.append(layers.InceptionAux)
    net: nn.Module = layers.Inception3(CLASSES, False, False, blocks, init_weights=False, dropout=0.0)
    net.Mixed_7c = LastBlockE(2048)
    return net.eval().requires_grad_(False)


def _fold_norms(net: nn.Module) -> nn.Module:
    """Return the same function, faster by a third on a CPU: norms folded into convolutions, channels last."""
    for block in net.modules():
        if isinstance(block, layers.BasicConv2d):
            block.conv, block.bn = fuse_conv_bn_eval(block.conv, block.bn), nn.Identity()
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


class FidInception:
    """The network with its weights."""

    def __init__(self, path: Path, device: str) -> None:
        state = torch.load(path, map_location="cpu", weights_only=True)
        net = build_fid_network()
        missing, unexpected = net.load_state_dict(state, strict=False)
        if unexpected or any(not key.endswith("num_batches_tracked") for key in missing):
            raise MissingFile(f"{path} does not fit the FID's Inception at {(unexpected or missing)[0]}.")
        net.fc = nn.Identity()
        self._device = pick_device(device)
        self._net = _fold_norms(net).to(self._device)

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, 299, 299) from -1 to 1, as (value - 128) / 128."""
        return np.asarray((resize_float(image, SIZE) - 128) / 128, np.float32)

    @torch.inference_mode()
    def __call__(self, pixels: Array32) -> Array32:
        """Pooled features (N, 2048)."""
        return np.asarray(self._net(torch.from_numpy(pixels).to(self._device, memory_format=torch.channels_last)).cpu())
