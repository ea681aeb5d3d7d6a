"""``galip``: the one-step CLIP-aided GAN, baseline of the SCAD family."""

from hub.generators import GENERATORS
from hub.generators._one_step import OneStep
from hub.packaged import WEIGHTS


@GENERATORS.register
class Galip(OneStep):
    """The arm ``galip``."""

    name = "galip"
    title = "GALIP-style GAN"
    method = "CLIP-aided GAN, one step (after GALIP, CVPR 2023)"
    weights = (WEIGHTS / "galip" / "model.safetensors",)
