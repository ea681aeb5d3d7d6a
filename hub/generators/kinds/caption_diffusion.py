"""``kind = "caption-diffusion"``: a pipeline that :mod:`hub.methods.diffusion` trained, as ``diffusion`` draws."""

from pathlib import Path
from typing import ClassVar, Literal

from hub.errors import DataError
from hub.generators.contract import Draw, Placement, Sampling
from hub.generators.entries.diffusion import Diffusion
from hub.generators.folder_entry import FolderEntry, read_metadata
from hub.generators.kinds import KINDS, EntryKind
from hub.language.sentence import Sentence
from hub.pixel_pipeline_folder import UNET, check_pipeline_folder


class CaptionDiffusion(FolderEntry):
    """The entry."""

    kind: Literal["caption-diffusion"]
    files: ClassVar[tuple[str, ...]] = (UNET,)

    @property
    def method(self) -> str:
        """How it draws."""
        return Diffusion.method

    @property
    def sampling(self) -> Sampling:
        """As that of this repository."""
        return Diffusion.sampling

    def check_model(self) -> None:
        """Raise HubError for a folder that is no such pipeline."""
        check_pipeline_folder(Path(self.model))
        if "styles" not in read_metadata(self.weights[0])["training"]:
            raise DataError(Sentence("The folder {model} is no pipeline of hub.methods.diffusion.", model=self.model))

    def load_draw(self, place: Placement) -> Draw:
        """Read the pipeline and the text encoder."""
        from hub.generators.load_diffusion import load_pipeline

        return load_pipeline(Path(self.model), place.device, self.sampling)


KINDS.add(EntryKind("caption-diffusion", CaptionDiffusion, stored=True))
