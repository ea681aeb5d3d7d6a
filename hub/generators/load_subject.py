"""Loading of a pixel diffusion that learnt a subject; imported only when one is loaded, as it needs torch."""

from pathlib import Path

from safetensors.torch import load_file

from hub.errors import MissingFile
from hub.generators import Sampling
from hub.generators.folder_entry import read_metadata
from hub.generators.load_diffusion import PixelDraw, load_pipeline
from hub.methods.personalization.subject_token import SubjectTextEncoder
from hub.pixel_pipeline_folder import RESIDUAL
from hub.subjects.subject_name import SubjectName


def load_subject(folder: Path, device: str, sampling: Sampling) -> PixelDraw:
    """Return what draws with the pipeline of a folder, its text encoder knowing the subject's word.

    Raises: MissingFile, and DataError for a folder of another making.
    """
    name = SubjectName(**read_metadata(folder / RESIDUAL)["config"])
    draw = load_pipeline(folder, device, sampling)
    try:
        residual = load_file(folder / RESIDUAL)["residual"].float()
    except KeyError as error:
        raise MissingFile(f"{folder / RESIDUAL} is damaged; copy it again.") from error
    draw.encode = SubjectTextEncoder(draw.encode, name, residual)  # type: ignore[assignment]
    return draw
