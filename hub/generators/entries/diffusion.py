"""``diffusion``: the caption-conditional pixel diffusion model, a diffusers pipeline."""

from pathlib import Path

from hub.files import WEIGHTS
from hub.generators import GENERATORS, Accepts, Draw, Placement, Sampling
from hub.language.sentence import Sentence


@GENERATORS.register
class Diffusion:
    """The entry; the model is :mod:`hub.methods.diffusion`.

    The licence is that of the training pictures that asks most, OpenMoji's.
    """

    name = "diffusion"
    title = "Pixel diffusion"
    method = Sentence("caption-conditional pixel diffusion, 15 steps of Euler ancestral sampling, guidance scale 3")
    licence = "CC-BY-SA-4.0"
    weights: tuple[Path, ...] = (WEIGHTS / "diffusion" / "unet" / "diffusion_pytorch_model.safetensors",)
    sampling = Sampling(
        "EulerAncestralDiscreteScheduler",
        steps=15,
        guidance_scale=3.0,
        # guided in this part of the steps; colours within so many levels of 255 are evened at the end, so many times
        parameters={"guidance_start": 0.0, "guidance_stop": 0.6, "tolerance": 20.0, "passes": 20},
    )
    accepts = Accepts()
    remote = False
    hidden = False

    def load(self, place: Placement) -> Draw:
        """Read the pipeline and the text encoder."""
        from hub.generators.load_diffusion import load_pipeline

        return load_pipeline(WEIGHTS / "diffusion", place.device, self.sampling)
