"""``kind = "mock"``: draws a plain picture from the prompt's, the seed's and its checkpoint's hash; for tests."""

from typing import ClassVar, Literal

from PIL import Image

from hub.files import file_sha256
from hub.generators.contract import Accepts, Draw, NamedPictures, OnProgress, Placement, Sampling
from hub.generators.entries import mock
from hub.generators.folder_entry import FolderEntry
from hub.generators.kinds import KINDS, EntryKind
from hub.schema import Request


class PretendedModel(FolderEntry):
    """The entry."""

    kind: Literal["mock"]
    files: ClassVar[tuple[str, ...]] = ("model.safetensors",)
    accepts: ClassVar[Accepts] = mock.Mock.accepts

    @property
    def method(self) -> str:
        """How it draws."""
        return "hash of the prompt, the seed and a file, no model"

    @property
    def sampling(self) -> Sampling:
        """One step."""
        return Sampling()

    def load_draw(self, place: Placement) -> Draw:
        """Read the checkpoint's hash."""
        own = file_sha256(self.weights[0])

        def draw(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
            prompt = request.prompt if request.prompt == mock.FAILS else f"{own} {request.prompt}"
            return mock.draw(request.model_copy(update={"prompt": prompt}), pictures, on_progress)

        return draw


KINDS.add(EntryKind("mock", PretendedModel, stored=True))
