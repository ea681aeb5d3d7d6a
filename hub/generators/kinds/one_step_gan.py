"""``kind = "one-step"``: a generator that :mod:`hub.methods.scad` trained, ``model.safetensors`` in a folder."""

from typing import ClassVar, Literal

from hub.errors import DataError
from hub.generators.contract import Draw, Placement, Sampling
from hub.generators.folder_entry import FolderEntry, read_metadata
from hub.generators.kinds import KINDS, EntryKind
from hub.language.sentence import Sentence

SIZES = {"noise", "text", "cond", "widths", "size"}


class OneStepGan(FolderEntry):
    """The entry."""

    kind: Literal["one-step"]
    files: ClassVar[tuple[str, ...]] = ("model.safetensors",)

    @property
    def method(self) -> str:
        """How it draws."""
        return "CLIP-aided GAN, one step"

    @property
    def sampling(self) -> Sampling:
        """One step."""
        return Sampling()

    def check_model(self) -> None:
        """Raise HubError for a checkpoint that is no one-step generator."""
        found = read_metadata(self.weights[0])
        if set(found["config"]) != SIZES or "styles" not in found["training"]:
            raise DataError(
                Sentence("The checkpoint {path} is no one-step generator of hub.methods.scad.", path=self.weights[0])
            )

    def load_draw(self, place: Placement) -> Draw:
        """Read the generator and the text encoder."""
        from hub.generators.load_one_step import load_gan

        return load_gan(self.weights[0], place.device)


KINDS.add(EntryKind("one-step", OneStepGan, stored=True))
