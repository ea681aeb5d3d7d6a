"""``kind = "space"``: any Gradio Space, or Gradio app at an address, asked by gradio_client."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, field_validator

from hub.generators.contract import Draw, Placement, Sampling
from hub.generators.facts import UNKNOWN
from hub.generators.kinds import KINDS, EntryKind
from hub.generators.remote_calls import shown
from hub.generators.remote_entry import RemoteEntry
from hub.schema import Value


class SpaceEntry(RemoteEntry):
    """The entry. ``prompt`` and ``seed`` are what ``api_name`` calls these two; ``inputs`` are its other parameters.

    ``output`` counts among what it gives, from 0: a picture, or a gallery, of which the first is taken. The Hub's token
    goes to Spaces by name only, never to an address.
    """

    kind: Literal["space"]
    space: str = Field(pattern=r"^([\w.-]+/[\w.-]+|https?://\S+)$")
    api_name: str = Field(pattern=r"^/\S+$")
    prompt: str = Field(default="prompt", min_length=1)
    seed: str = Field(default="seed", min_length=1)
    inputs: dict[str, Value] = Field(default_factory=dict)
    output: int = Field(default=0, ge=0)

    @property
    def url(self) -> bool:
        """Whether it is an address, and no Space by name."""
        return "://" in self.space

    @field_validator("space")
    @classmethod
    def _name_or_address(cls, value: str) -> str:
        shown(value)  # which raises ValueError for what is no address
        return value

    @property
    def address(self) -> str:
        """The Space, without secrets."""
        return shown(self.space) if self.url else self.space

    @property
    def endpoint(self) -> str:
        """The Space and its function."""
        return f"{self.address} {self.api_name}"

    @property
    def sent(self) -> Mapping[str, Value]:
        """The other parameters."""
        return self.inputs

    @property
    def sampling(self) -> Sampling:
        """What is sent; the rest is not known."""
        return Sampling(None, None, None, UNKNOWN, self.sent, self.endpoint)

    def load_draw(self, place: Placement) -> Draw:
        """Ask the Space what it takes. Raises HubError for one that can't be reached, or takes something else."""
        from hub.generators.space_client import SpaceDraw

        return SpaceDraw(self)


KINDS.add(EntryKind("space", SpaceEntry))
