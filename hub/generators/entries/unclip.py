"""``unclip``: text to image embedding to picture, with image guidance and mixtures, a diffusers pipeline."""

from pathlib import Path

from hub.files import WEIGHTS
from hub.generators import GENERATORS, Accepts, Draw, Placement, Sampling
from hub.language.sentence import Sentence
from hub.pixel_pipeline_folder import UNCLIP_FORM

GUIDE = WEIGHTS / "guide" / "model.safetensors"  # which embeds pictures


@GENERATORS.register
class Unclip:
    """The entry; the model is :mod:`hub.methods.unclip`. ``guidance`` is the weight of a guide picture.

    The licence is that of the training pictures that asks most, OpenMoji's.
    """

    name = "unclip"
    title = "unCLIP"
    method = Sentence("caption to image embedding to picture, 10 steps of DPM-Solver++, guidance scale 3")
    licence = "CC-BY-SA-4.0"
    weights: tuple[Path, ...] = (*(WEIGHTS / "unclip" / file for file in UNCLIP_FORM.files), GUIDE)
    sampling = Sampling(
        "DPMSolverMultistepScheduler",
        steps=10,
        guidance_scale=3.0,
        # guided in this part of the steps; colours within so many levels of 255 are evened at the end; clean pictures
        # are thresholded at this quantile, 1: not
        parameters={"guidance_start": 0.0, "guidance_stop": 0.6, "tolerance": 20.0, "threshold": 1.0},
    )
    accepts = Accepts(image=True, mix=True, parameters={"guidance": float})
    remote = False
    hidden = False

    def load(self, place: Placement) -> Draw:
        """Read the pipeline, the text encoder and the guide."""
        from hub.generators.load_unclip import load_unclip

        return load_unclip(WEIGHTS / "unclip", place.device, self.sampling)
