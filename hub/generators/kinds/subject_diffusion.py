"""``kind = "subject-diffusion"``: a pixel diffusion that :mod:`hub.methods.personalization` taught one subject."""

from pathlib import Path
from typing import ClassVar, Literal

from hub.errors import DataError
from hub.generators.contract import Accepts, Draw, Placement, Sampling
from hub.generators.entries.diffusion import Diffusion
from hub.generators.folder_entry import FolderEntry, read_metadata
from hub.generators.kinds import KINDS, EntryKind
from hub.language.sentence import Sentence
from hub.pixel_pipeline_folder import RESIDUAL, UNET, check_pipeline_folder


class SubjectDiffusion(FolderEntry):
    """The entry."""

    kind: Literal["subject-diffusion"]
    accepts: ClassVar[Accepts] = Accepts(image=True, parameters={"guidance": float})
    files: ClassVar[tuple[str, ...]] = (UNET, RESIDUAL)

    @property
    def method(self) -> str:
        """How it draws."""
        return Sentence(
            "pixel diffusion that learnt one subject, 15 steps of Euler ancestral sampling, guidance scale 3"
        )

    @property
    def sampling(self) -> Sampling:
        """As that of its base."""
        return Diffusion.sampling

    def check_model(self) -> None:
        """Raise HubError for a folder that is no such pipeline."""
        check_pipeline_folder(Path(self.model))
        read_metadata(self.weights[0])
        if set(read_metadata(self.weights[1])["config"]) != {"token", "class_word"}:
            raise DataError(
                Sentence("The checkpoint {path} does not say what its subject is called.", path=self.weights[1])
            )

    def load_draw(self, place: Placement) -> Draw:
        """Read the pipeline, the text encoder and what the subject's word means."""
        from hub.generators.load_subject import load_subject

        return load_subject(Path(self.model), place.device, self.sampling)


KINDS.add(EntryKind("subject-diffusion", SubjectDiffusion, stored=True))
