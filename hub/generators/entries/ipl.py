"""``ipl`` and ``nada``: the entry ``scad`` adapted to glossy 3D pictures by words alone."""

from hub.files import WEIGHTS
from hub.generators import GENERATORS
from hub.generators.entries.one_step import OneStep
from hub.language.sentence import Sentence


class AdaptedOneStep(OneStep):
    """A generator that :mod:`hub.methods.ipl` adapted; its ``base`` is the entry from which its drift is measured."""

    base = "scad"


@GENERATORS.register
class Ipl(AdaptedOneStep):
    """By a direction of each picture's own."""

    name = "ipl"
    title = "IPL"
    method = Sentence("SCAD adapted by words to 3D, a direction for each picture, one step (after IPL, CVPR 2023)")
    weights = (WEIGHTS / "ipl" / "model.safetensors",)


@GENERATORS.register
class Nada(AdaptedOneStep):
    """By one direction for all; hidden: it is there to be compared with where it is named."""

    hidden = True
    name = "nada"
    title = "StyleGAN-NADA"
    method = Sentence("SCAD adapted by words to 3D, one direction for all, one step (after StyleGAN-NADA, 2022)")
    weights = (WEIGHTS / "nada" / "model.safetensors",)
