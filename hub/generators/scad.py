"""``scad``: two expert discriminators and SAN's loss for text conditions."""

from hub.generators import GENERATORS
from hub.generators._one_step import OneStep
from hub.packaged import WEIGHTS


@GENERATORS.register
class Scad(OneStep):
    """The arm ``scad``."""

    name = "scad"
    title = "SCAD"
    method = "CLIP-aided GAN with two SAN experts, one step (after SCAD, IJCNN 2025)"
    weights = (WEIGHTS / "scad" / "model.safetensors",)
