"""``scad-dd``: SCAD with a second realism expert on another network."""

from hub.generators import GENERATORS
from hub.generators._one_step import OneStep
from hub.packaged import WEIGHTS


@GENERATORS.register
class ScadDd(OneStep):
    """The arm ``scad-dd``."""

    name = "scad-dd"
    title = "SCAD-DD"
    method = "SCAD with a second realism expert, one step"
    weights = (WEIGHTS / "scad-dd" / "model.safetensors",)
