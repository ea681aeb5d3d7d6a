"""Text to image embedding to picture at low cost, after Zbinden (arXiv 2209.10948), with image guidance."""

from hub import torchvision_ops

torchvision_ops.ensure()  # before any module of it imports diffusers
