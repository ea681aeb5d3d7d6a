"""``kind = "one-step"``: a GAN that ``hub.methods.scad`` or ``hub.methods.contrastive`` trained, a file in a folder."""

from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Literal

from safetensors import SafetensorError, safe_open

from hub.errors import DataError
from hub.generators.contract import Draw, Placement, Sampling
from hub.generators.folder_entry import FolderEntry, read_metadata
from hub.generators.kinds import KINDS, EntryKind
from hub.language.sentence import Sentence
from hub.methods.scad.config import GeneratorConfig

SIZES = {one.name for one in fields(GeneratorConfig)}


def load_one_step(path: Path, place: Placement) -> Draw:
    """Return what draws with a checkpoint, by the method that trained it."""
    from hub.generators.load_contrastive import load_contrastive
    from hub.generators.load_one_step import load_gan

    load = load_contrastive if "family" in read_metadata(path)["config"] else load_gan
    return load(path, place.device)


def check_sizes(path: Path, config: dict[str, Any]) -> None:
    """Raise DataError where a config says other sizes than the weights have: a model is built by what it says."""
    try:
        noise, text, cond, widths, size = (config[one.name] for one in fields(GeneratorConfig))
        wanted = {"mix.0.weight": [cond, noise + text], "start.weight": [16 * widths[0], cond]}
        wanted |= {f"blocks.{at}.conv1.weight": [b, a, 3, 3] for at, (a, b) in enumerate(pairwise(widths))}
        wanted |= {"to_rgb.weight": [12, widths[-1], 3, 3]}
        with safe_open(path, "numpy") as file:
            fits = all(list(file.get_slice(name).get_shape()) == shape for name, shape in wanted.items())
        fits = fits and size == 4 * 2 ** len(widths)
    except (SafetensorError, TypeError, ValueError, IndexError):
        fits = False
    if not fits:
        raise DataError(
            Sentence("The checkpoint {path} has other sizes than its config says: train it anew.", path=path)
        )


class OneStepGan(FolderEntry):
    """The entry."""

    kind: Literal["one-step"]
    files: ClassVar[tuple[str, ...]] = ("model.safetensors",)

    @property
    def method(self) -> str:
        """How it draws."""
        return "text-to-image GAN, one step"

    @property
    def sampling(self) -> Sampling:
        """One step."""
        return Sampling()

    def check_model(self) -> None:
        """Raise HubError for a checkpoint that is no one-step generator."""
        found = read_metadata(self.weights[0])
        sized = set(found["config"]) == SIZES
        if not (sized or "family" in found["config"]) or "styles" not in found["training"]:
            raise DataError(
                Sentence(
                    "The checkpoint {path} is no one-step generator of hub.methods.scad or hub.methods.contrastive.",
                    path=self.weights[0],
                )
            )
        if sized:
            check_sizes(self.weights[0], found["config"])

    def load_draw(self, place: Placement) -> Draw:
        """Read the generator and the text encoder."""
        return load_one_step(self.weights[0], place)


KINDS.add(EntryKind("one-step", OneStepGan, stored=True))
