"""Loading of a pixel diffusion pipeline; imported only when one is loaded, as it needs torch."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import diffusers
import torch
from PIL import Image

from hub import devices
from hub.encoders import text_encoder, to_image
from hub.generators import NamedPictures, OnProgress, Sampling
from hub.generators.folder_entry import read_metadata
from hub.generators.styles import styled
from hub.methods.diffusion.model import scale_text
from hub.methods.diffusion.pixel_pipeline import (
    PASSES,
    OnStepEnd,
    PixelPipeline,
    guide_classifier_free,
    read_pipeline,
)
from hub.pixel_pipeline_folder import UNET, check_pipeline_folder
from hub.schema import Request

BATCH = 25


class PixelDraw:
    """What draws with a pixel diffusion pipeline, one picture or many at once, on the pipeline's device."""

    def __init__(self, pipeline: PixelPipeline, styles: Sequence[str], sampling: Sampling) -> None:
        self.pipeline, self.styles, self.steps = pipeline, styles, sampling.steps or 1
        self.guider = guide_classifier_free(sampling.guidance_scale or 1.0, *guided_part(sampling))
        self.tolerance = float(sampling.parameters.get("tolerance", 0.0))
        self.passes = int(sampling.parameters.get("passes", PASSES))
        self.encode = text_encoder()
        # A sampler whose noise is much larger than pictures turns a batch's last digits into levels of a picture.
        pipeline.scheduler.set_timesteps(self.steps)
        self.batch = BATCH if pipeline.scheduler.init_noise_sigma <= 1 else 1

    def __call__(self, request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        """Return the picture of a request; it names none."""

        def tell(_: object, number: int, time: object, told: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            on_progress((number + 1) / self.steps)
            return told

        return next(self._images([request], tell))

    def draw_many(self, requests: Sequence[Request]) -> Iterator[Image.Image]:
        """Yield the picture of each request, drawn in batches."""
        for start in range(0, len(requests), self.batch):
            yield from self._images(requests[start : start + self.batch])

    def _images(self, requests: Sequence[Request], tell: OnStepEnd | None = None) -> Iterator[Image.Image]:
        condition = scale_text(self.encode([styled(one.prompt, self.styles) for one in requests]))
        rngs = [torch.Generator().manual_seed(one.seed) for one in requests]
        drawn = self.pipeline(
            condition, rngs, self.steps, self.guider, tell, tolerance=self.tolerance, passes=self.passes
        )
        yield from map(to_image, drawn)


def guided_part(sampling: Sampling) -> tuple[float, float]:
    """Return from which share of the steps to which a picture is guided: all of them where nothing is said."""
    start, stop = (sampling.parameters.get(f"guidance_{end}", whole) for end, whole in (("start", 0.0), ("stop", 1.0)))
    return float(start), float(stop)


def load_pipeline(folder: Path, device: str, sampling: Sampling) -> PixelDraw:
    """Return what draws with the pipeline of a folder, by the scheduler that ``sampling`` names.

    Raises: MissingFile, and DataError for a folder of another making.
    """
    check_pipeline_folder(folder)
    styles = read_metadata(folder / UNET)["training"]["styles"]
    pipeline = read_pipeline(folder)
    pipeline.scheduler = getattr(diffusers, sampling.scheduler or "").from_config(pipeline.scheduler.config)
    pipeline.to(devices.pick_device(device))
    return PixelDraw(pipeline, styles, sampling)
