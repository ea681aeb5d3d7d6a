"""Loading of a pixel diffusion that learnt a subject; imported only when one is loaded, as it needs torch."""

from pathlib import Path
from typing import Any

from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from hub.errors import MissingFile
from hub.generators import NamedPictures, OnProgress, Sampling
from hub.generators.folder_entry import read_metadata
from hub.generators.load_diffusion import PixelDraw, load_pipeline
from hub.generators.load_unclip import prepare_picture
from hub.methods.diffusion.model import fold
from hub.methods.image_guidance import ImageGuidance, read_weight
from hub.methods.personalization.subject_token import SubjectTextEncoder
from hub.pixel_pipeline_folder import RESIDUAL
from hub.schema import Request
from hub.subjects.subject_name import SubjectName


class SubjectDraw(PixelDraw):
    """What draws with a pixel diffusion that learnt a subject, guided by a picture where a request names one."""

    def __call__(self, request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        """Return the picture of a request. Raises RequestError for a weight of guidance that is none."""
        weight, guide = read_weight(request), None
        if request.image is not None:
            guide = ImageGuidance(fold(prepare_picture(pictures[request.image]), self.pipeline.unet), [weight])

        def tell(pipeline: Any, number: int, time: Tensor, told: dict[str, Tensor]) -> dict[str, Tensor]:
            on_progress((number + 1) / self.steps)
            return guide(pipeline, number, time, told) if guide else told

        return next(self._images([request], tell))


def load_subject(folder: Path, device: str, sampling: Sampling) -> SubjectDraw:
    """Return what draws with the pipeline of a folder, its text encoder knowing the subject's word.

    Raises: MissingFile, and DataError for a folder of another making.
    """
    name = SubjectName(**read_metadata(folder / RESIDUAL)["config"])
    plain = load_pipeline(folder, device, sampling)
    draw = SubjectDraw(plain.pipeline, plain.styles, sampling)
    try:
        residual = load_file(folder / RESIDUAL)["residual"].float()
    except KeyError as error:
        raise MissingFile(f"{folder / RESIDUAL} is damaged; copy it again.") from error
    draw.encode = SubjectTextEncoder(draw.encode, name, residual)  # type: ignore[assignment]
    return draw
