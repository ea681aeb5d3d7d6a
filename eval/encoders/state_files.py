"""Weights of files that hold tensors by name, read without pickled code. Imports torch: only networks import it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from hub.errors import MissingFile


def read_state(path: Path, title: str, otherwise: str = "fetch it again") -> dict[str, Tensor]:
    """Return the tensors of a .safetensors file, or of a .pt or .pth file, by name; ``title`` is of whose network.

    ``otherwise``: what to do where it holds anything else.

    Raises: MissingFile where it does.
    """
    try:
        found: Any = load_file(path) if path.suffix == ".safetensors" else _unpickle_tensors(path)
    except (OSError, SafetensorError) as error:
        raise MissingFile(f"{path} can't be read ({error}): {otherwise}.") from error
    if not isinstance(found, Mapping) or not all(isinstance(value, Tensor) for value in found.values()):
        raise MissingFile(f"{path} holds no weights of {title} by name alone: {otherwise}.")
    return {str(name): value.float() for name, value in found.items()}


def _unpickle_tensors(path: Path) -> Any:
    """Return what a file of torch holds, None where that is anything but plain values and tensors."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception:  # what torch makes of pickled code is an exception of a module that is banned here
        return None


def load_fitting(model: nn.Module, state: Mapping[str, Tensor], path: Path, title: str) -> None:
    """Put weights into a network, every one that it has; others, which a training leaves, are not looked at.

    Raises: MissingFile naming the first that is missing or of another shape.
    """
    own = model.state_dict()
    wrong = sorted(name for name in own if name not in state or own[name].shape != state[name].shape)
    if wrong:
        raise MissingFile(f"{path} does not fit {title} at {wrong[0]}: fetch it again.")
    model.load_state_dict({name: state[name] for name in own})
