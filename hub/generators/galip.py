"""``galip``: the one-step CLIP-aided GAN, baseline of the SCAD family."""

from pathlib import Path

from hub.generators import GENERATORS, Draw, Place, Sampling
from hub.packaged import WEIGHTS


@GENERATORS.register
class Galip:
    """The entry; the model is :mod:`hub.methods.scad`."""

    name = "galip"
    title = "GALIP-style GAN"
    method = "CLIP-aided GAN, one step (after GALIP, CVPR 2023)"
    licence = "CC-BY-4.0"
    weights: tuple[Path, ...] = (WEIGHTS / "galip" / "model.safetensors",)
    sampling = Sampling()
    remote = False
    hidden = False

    def load(self, place: Place) -> Draw:
        """Read the generator and the text encoder."""
        from hub.generators._gan import load_gan

        return load_gan(self.weights[0], place.device)
