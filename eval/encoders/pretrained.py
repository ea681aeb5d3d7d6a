"""Networks from folders of transformers, whole or not at all. Imports torch: only networks' modules import this one."""

from pathlib import Path
from typing import TypeVar

from hub import torchvision_ops
from hub.devices import pick_device
from hub.errors import MissingFile

torchvision_ops.ensure()
from transformers import PreTrainedModel  # noqa: E402 - needs torchvision, mended above

M = TypeVar("M", bound=PreTrainedModel)


def load_pretrained(kind: type[M], folder: Path, title: str, device: str) -> M:
    """Return the network of this kind in a folder, on the device, for inference alone; ``title`` is its name.

    Raises: MissingFile where it is not there, or not whole: transformers would leave what it lacks random.
    """
    try:
        model, info = kind.from_pretrained(
            folder, use_safetensors=True, local_files_only=True, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise MissingFile(f"{folder} holds no {title} that can be loaded ({error}).") from error
    if info["missing_keys"]:
        raise MissingFile(f"{folder} lacks {sorted(info['missing_keys'])[0]} of its {title}.")
    found: M = model.eval().requires_grad_(False).to(pick_device(device))
    return found
