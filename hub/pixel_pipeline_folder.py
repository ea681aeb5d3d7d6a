"""What the folder of a pixel diffusion pipeline holds; told without torch, which all of ``hub.methods`` imports."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.errors import DataError, HubError, MissingFile
from hub.language.sentence import Sentence

FILE = "diffusion_pytorch_model.safetensors"  # diffusers' name
UNET = f"unet/{FILE}"
DECODER, TRANSLATOR, STATISTICS = (f"{part}/{FILE}" for part in ("decoder", "translator", "statistics"))
RESIDUAL = "subject/residual.safetensors"  # what the subject's word means, beside a personalised one
INDEX = "model_index.json"


@dataclass(frozen=True)
class PipelineForm:
    """A pipeline of a method: its class, the classes that each of its parts may have, and its checkpoints."""

    name: str
    method: str
    parts: Mapping[str, tuple[str, ...]]
    files: tuple[str, ...]

    @property
    def again(self) -> str:
        """How one that is no good is mended."""
        return f"train it anew (python -m {self.method})"


NETWORK = "diffusers.UNet2DConditionModel"
PIXEL_FORM = PipelineForm("PixelPipeline", "hub.methods.diffusion", {"unet": (NETWORK,)}, (UNET,))
UNCLIP_FORM = PipelineForm(
    "UnclipPipeline",
    "hub.methods.unclip",
    {
        "decoder": (NETWORK,),
        "translator": ("hub.methods.unclip.model.Translator", "diffusers.PriorTransformer"),
        "statistics": ("hub.methods.unclip.model.Statistics",),
    },
    (DECODER, TRANSLATOR, STATISTICS),
)


def read_pipeline_index(folder: Path, form: PipelineForm) -> dict[str, Any]:
    """Return what the index of a pipeline's folder says. Raises MissingFile, DataError."""
    path = folder / INDEX
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise MissingFile(f"{folder} is no pipeline of {form.method}: it has no {INDEX}.") from error
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{path} can't be read ({error}); copy it again.") from error


def is_pipeline(folder: Path, form: PipelineForm) -> bool:
    """Return whether a folder says that it holds a pipeline of this class."""
    try:
        return read_pipeline_index(folder, form).get("_class_name") == form.name
    except HubError:
        return False


def check_pipeline_folder(folder: Path, form: PipelineForm = PIXEL_FORM) -> None:
    """Raise MissingFile or DataError for a folder that is no such pipeline, by its index; nothing of it is loaded.

    An index names the classes of its parts, which diffusers imports: none but those of this pipeline pass.
    """
    index = read_pipeline_index(folder, form)
    if "vae" in index:
        raise DataError(f"{folder} is a latent diffusion pipeline, as versions up to 0.6 wrote them: {form.again}.")
    parts = {name: value for name, value in index.items() if not name.startswith("_")}
    scheduler = parts.pop("scheduler", None)
    known = index.get("_class_name") == form.name and parts.keys() == form.parts.keys()
    known = known and all(_class_of(value) in form.parts[name] for name, value in parts.items())
    if not (known and isinstance(scheduler, list) and scheduler[:1] == ["diffusers"]):
        raise DataError(f"{folder} is no pipeline of {form.method}, but a {index.get('_class_name')}.")
    for name in form.files:
        if not (folder / name).exists():
            told = Sentence("The checkpoint {path} is missing; restore it from the repository.", path=folder / name)
            raise MissingFile(told)


def _class_of(value: object) -> str:
    """Return the class that an index names for a part, as one path."""
    return ".".join(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else ""
