"""The pixel diffusion: its network, training, pipeline and filter of flat colours."""

from hub import torchvision_ops

torchvision_ops.ensure()  # before any module of it imports diffusers
