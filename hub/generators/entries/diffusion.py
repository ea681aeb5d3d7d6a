"""``diffusion``: the caption-conditional latent diffusion model, a diffusers pipeline."""

from pathlib import Path

from hub.files import WEIGHTS
from hub.generators import GENERATORS, Accepts, Draw, Placement, Sampling
from hub.language.sentence import Sentence


@GENERATORS.register
class Diffusion:
    """The entry; the model is :mod:`hub.methods.diffusion`."""

    name = "diffusion"
    title = "Latent diffusion"
    method = Sentence("caption-conditional latent diffusion, 20 steps of DPM-Solver++, guidance scale 3")
    licence = "CC-BY-4.0"
    weights: tuple[Path, ...] = (
        WEIGHTS / "diffusion" / "unet" / "diffusion_pytorch_model.safetensors",
        WEIGHTS / "diffusion" / "vae" / "diffusion_pytorch_model.safetensors",
    )
    sampling = Sampling(
        "DPMSolverMultistepScheduler",
        steps=20,
        guidance_scale=3.0,
        parameters={"corners": "repeated"},  # as decoded now: see mend_corners
    )
    accepts = Accepts()
    remote = False
    hidden = False

    def load(self, place: Placement) -> Draw:
        """Read the pipeline and the text encoder."""
        from hub.generators.load_diffusion import load_pipeline

        return load_pipeline(WEIGHTS / "diffusion", place.device, self.sampling)
