"""Personalisation: a diffusion model learns one subject from a few pictures, held near its base by an L2 penalty.

Kim, Park and Kim, "Regularized Personalization of Text-to-Image Diffusion Models without Distributional Drift",
arXiv 2505.19519.
"""

from hub import torchvision_ops

torchvision_ops.ensure()  # before any module of it imports diffusers
