"""``kind = "one-step"``: a GAN that ``hub.methods.scad`` or ``hub.methods.contrastive`` trained, a file in a folder."""

from pathlib import Path
from typing import ClassVar, Literal

from hub.errors import DataError
from hub.generators.contract import Draw, Placement, Sampling
from hub.generators.folder_entry import FolderEntry, read_metadata
from hub.generators.kinds import KINDS, EntryKind
from hub.language.sentence import Sentence

SIZES = {"noise", "text", "cond", "widths", "size"}


def load_one_step(path: Path, place: Placement) -> Draw:
    """Return what draws with a checkpoint, by the method that trained it."""
    from hub.generators.load_contrastive import load_contrastive
    from hub.generators.load_one_step import load_gan

    load = load_contrastive if "family" in read_metadata(path)["config"] else load_gan
    return load(path, place.device)


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
        known = set(found["config"]) == SIZES or "family" in found["config"]
        if not known or "styles" not in found["training"]:
            raise DataError(
                Sentence(
                    "The checkpoint {path} is no one-step generator of hub.methods.scad or hub.methods.contrastive.",
                    path=self.weights[0],
                )
            )

    def load_draw(self, place: Placement) -> Draw:
        """Read the generator and the text encoder."""
        return load_one_step(self.weights[0], place)


KINDS.add(EntryKind("one-step", OneStepGan, stored=True))
