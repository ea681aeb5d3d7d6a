"""``kind = "unclip"``: a pipeline that :mod:`hub.methods.unclip` wrote, as ``unclip`` draws."""

from pathlib import Path
from typing import ClassVar, Literal

from hub.generators.contract import Accepts, Draw, Placement, Sampling
from hub.generators.entries.unclip import GUIDE, Unclip
from hub.generators.folder_entry import FolderEntry, read_metadata
from hub.generators.kinds import KINDS, EntryKind
from hub.pixel_pipeline_folder import UNCLIP_FORM, check_pipeline_folder


class UnclipFolder(FolderEntry):
    """The entry."""

    kind: Literal["unclip"]
    files: ClassVar[tuple[str, ...]] = UNCLIP_FORM.files
    accepts: ClassVar[Accepts] = Unclip.accepts

    @property
    def weights(self) -> tuple[Path, ...]:
        """Its checkpoints, and the guide's, which embeds pictures."""
        return (*super().weights, GUIDE)

    @property
    def method(self) -> str:
        """How it draws."""
        return Unclip.method

    @property
    def sampling(self) -> Sampling:
        """As that of this repository."""
        return Unclip.sampling

    def check_model(self) -> None:
        """Raise HubError for a folder that is no such pipeline."""
        check_pipeline_folder(Path(self.model), UNCLIP_FORM)
        read_metadata(self.weights[0])

    def load_draw(self, place: Placement) -> Draw:
        """Read the pipeline, the text encoder and the guide."""
        from hub.generators.load_unclip import load_unclip

        return load_unclip(Path(self.model), place.device, self.sampling)


KINDS.add(EntryKind("unclip", UnclipFolder, stored=True))
