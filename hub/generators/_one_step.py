"""What the entries of the SCAD family share: one generator, one file of weights, one licence."""

from pathlib import Path

from hub.generators import Draw, Place, Sampling


class OneStep:
    """An arm of :mod:`hub.methods.scad`. The licence is that of the training pictures that asks most, OpenMoji's."""

    licence = "CC-BY-SA-4.0"
    weights: tuple[Path, ...]
    sampling = Sampling()
    remote = False
    hidden = False

    def load(self, place: Place) -> Draw:
        """Read the generator and the text encoder."""
        from hub.generators._gan import load_gan

        return load_gan(self.weights[0], place.device)
