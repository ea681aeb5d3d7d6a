"""``scad-mi``: SCAD with the mutual-information regulariser."""

from hub.generators import GENERATORS
from hub.generators._one_step import OneStep
from hub.packaged import WEIGHTS


@GENERATORS.register
class ScadMi(OneStep):
    """The arm ``scad-mi``."""

    name = "scad-mi"
    title = "SCAD-MI"
    method = "SCAD whose experts also recover the noise, one step"
    weights = (WEIGHTS / "scad-mi" / "model.safetensors",)
