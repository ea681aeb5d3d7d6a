"""What the folder of a pixel diffusion pipeline holds; told without torch, which all of ``hub.methods`` imports."""

import json
from pathlib import Path
from typing import Any

from hub.errors import DataError, MissingFile
from hub.language.sentence import Sentence

UNET = "unet/diffusion_pytorch_model.safetensors"
INDEX = "model_index.json"
PIPELINE = "PixelPipeline"
AGAIN = "train it anew (python -m hub.methods.diffusion)"


def check_pipeline_folder(folder: Path) -> None:
    """Raise MissingFile or DataError for a folder that is no such pipeline, by its index; nothing of it is loaded.

    An index names the classes of its parts, which diffusers imports: none but those of this pipeline pass.
    """
    path = folder / INDEX
    try:
        index: dict[str, Any] = dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise MissingFile(f"{folder} is no pipeline of hub.methods.diffusion: it has no {INDEX}.") from error
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{path} can't be read ({error}); copy it again.") from error
    if "vae" in index:
        raise DataError(f"{folder} is a latent diffusion pipeline, as versions up to 0.6 wrote them: {AGAIN}.")
    parts = {name: value for name, value in index.items() if not name.startswith("_")}
    scheduler = parts.pop("scheduler", None)
    known = index.get("_class_name") == PIPELINE and parts == {"unet": ["diffusers", "UNet2DConditionModel"]}
    if not (known and isinstance(scheduler, list) and scheduler[:1] == ["diffusers"]):
        raise DataError(f"{folder} is no pipeline of hub.methods.diffusion, but a {index.get('_class_name')}.")
    if not (folder / UNET).exists():
        told = Sentence("The checkpoint {path} is missing; restore it from the repository.", path=folder / UNET)
        raise MissingFile(told)
