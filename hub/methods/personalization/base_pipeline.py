"""What a base is to the trainer, whichever pipeline it has, and how one is opened."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from PIL import Image
from torch import Tensor, nn

from hub.files import WEIGHTS
from hub.methods.personalization.config import Preset, Tuned
from hub.pixel_pipeline_folder import PIXEL_FORM, is_pipeline
from hub.subjects.subject_name import SubjectName

PATHS = ("_name_or_path", "name_or_path")  # keys under which libraries keep where a part was read from


class BasePipeline(Protocol):
    """A diffusion pipeline that learns a subject.

    Pictures are learnt under ``learnt_prompts``, class pictures under ``class_prompts``; ``subject_prompts`` ask for
    the subject as these do for its class, and ``other_prompts`` stand beside both in previews. ``token`` is what the
    subject's word means, learnt.
    """

    presets: dict[Tuned, Preset]
    network: nn.Module
    token: nn.Parameter
    learnt_prompts: tuple[str, ...]
    subject_prompts: tuple[str, ...]
    class_prompts: tuple[str, ...]
    other_prompts: tuple[str, ...]

    def is_key_or_value(self, name: str) -> bool:
        """Return whether ``--tune kv`` trains the parameter of this name."""
        ...

    def prepare(self, images: Sequence[Image.Image]) -> Tensor:
        """Return pictures as :meth:`loss` takes them, row by row."""
        ...

    def loss(self, rows: Tensor, prompts: Sequence[str], rng: torch.Generator) -> Tensor:
        """Return the mean squared error of what the network predicts of these pictures at random times."""
        ...

    def draw(self, prompts: Sequence[str], seeds: Sequence[int]) -> Tensor:
        """Return the picture (3, H, W) in [-1, 1] of each prompt and seed, on the CPU."""
        ...

    def write(self, folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
        """Write the pipeline as it is now, and return the fields of its entry: kind, licence and what the kind asks."""
        ...


def open_base(base: str, name: SubjectName, device: torch.device) -> BasePipeline:
    """Return the base: the entry ``diffusion``, a folder of either kind of pipeline, or one of the Hub.

    Raises: HubError for what is no such pipeline, and for a subject's name that it can't take.
    """
    from_weights = WEIGHTS / base
    folder = from_weights if "/" not in base and from_weights.is_dir() else Path(base).expanduser()
    if folder.is_dir() and is_pipeline(folder, PIXEL_FORM):
        return load_pixel_base(folder, name, device)
    return load_stable_base(folder if folder.is_dir() else base, name, device)


def load_pixel_base(folder: Path, name: SubjectName, device: torch.device) -> BasePipeline:
    """Return a pixel diffusion as a base."""
    from hub.methods.personalization.pixel_base import PixelBase

    return PixelBase(folder, name, device)


def load_stable_base(source: Path | str, name: SubjectName, device: torch.device) -> BasePipeline:
    """Return a Stable Diffusion as a base."""
    from hub.methods.personalization.stable_base import StableBase

    return StableBase(source, name, device)
