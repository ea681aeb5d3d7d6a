"""``galip``, ``scad``, ``scad-mi`` and ``scad-dd``: arms of one CLIP-aided GAN that draws in one step."""

from pathlib import Path

from hub.files import WEIGHTS
from hub.generators import GENERATORS, Accepts, Draw, Placement, Sampling
from hub.language.sentence import Sentence


class OneStep:
    """An arm of :mod:`hub.methods.scad`. The licence is that of the training pictures that asks most, OpenMoji's."""

    licence = "CC-BY-SA-4.0"
    weights: tuple[Path, ...]
    sampling = Sampling()
    accepts = Accepts()
    remote = False
    hidden = False

    def load(self, place: Placement) -> Draw:
        """Read the generator and the text encoder."""
        from hub.generators.load_one_step import load_gan

        return load_gan(self.weights[0], place.device)


class OneStepCheckpoint(OneStep):
    """An arm's checkpoint that is no entry, such as a run of a study, named by its folder."""

    def __init__(self, path: Path) -> None:
        self.name, self.weights = path.parent.name, (path,)


@GENERATORS.register
class Galip(OneStep):
    """The baseline of the family."""

    name = "galip"
    title = "GALIP-style GAN"
    method = Sentence("CLIP-aided GAN, one step (after GALIP, CVPR 2023)")
    weights = (WEIGHTS / "galip" / "model.safetensors",)


@GENERATORS.register
class Scad(OneStep):
    """Two expert discriminators, and SAN's loss for text conditions."""

    name = "scad"
    title = "SCAD"
    method = Sentence("CLIP-aided GAN with two SAN experts, one step (after SCAD, IJCNN 2025)")
    weights = (WEIGHTS / "scad" / "model.safetensors",)


@GENERATORS.register
class ScadMi(OneStep):
    """SCAD with the mutual-information regulariser."""

    name = "scad-mi"
    title = "SCAD-MI"
    method = Sentence("SCAD whose experts also recover the noise, one step")
    weights = (WEIGHTS / "scad-mi" / "model.safetensors",)


@GENERATORS.register
class ScadDd(OneStep):
    """SCAD with a second realism expert on another network."""

    name = "scad-dd"
    title = "SCAD-DD"
    method = Sentence("SCAD with a second realism expert, one step")
    weights = (WEIGHTS / "scad-dd" / "model.safetensors",)
