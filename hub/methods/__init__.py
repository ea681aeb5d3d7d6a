"""The methods: models, losses and training. They know nothing of generators, evaluation or the page."""

from hub import torchvision_ops

torchvision_ops.ensure()  # before any of them imports timm, open_clip or diffusers
