"""Base of the kinds that draw elsewhere."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from hub.generators.contract import Accepts
from hub.generators.facts import UNKNOWN, Facts
from hub.generators.kinds import ConfiguredEntry
from hub.language.sentence import Sentence
from hub.schema import Value


class RemoteEntry(ConfiguredEntry):
    """An entry whose weights and machine are somebody else's. ``timeout``: seconds a picture may take."""

    accepts: ClassVar[Accepts] = Accepts(any_language=True)
    timeout: float = Field(default=120.0, gt=0, le=3600)

    @property
    def remote(self) -> bool:
        """It runs elsewhere."""
        return True

    @property
    def weights(self) -> tuple[Path, ...]:
        """None that are here."""
        return ()

    @property
    @abstractmethod
    def endpoint(self) -> str:
        """Who is asked, without secrets."""

    @property
    def method(self) -> str:
        """Where it is drawn."""
        return Sentence("remote: {endpoint}", endpoint=self.endpoint)

    @property
    @abstractmethod
    def sent(self) -> Mapping[str, Value]:
        """What is asked for beside prompt and seed."""

    def check(self) -> None:
        """Raise HubError for what is missing here; asks nobody."""

    def facts(self) -> Facts:
        """What can be known from here: the entry's own recipe. Raises HubError where a token is missing."""
        self.check()
        return Facts(
            name=self.name,
            title=self.title,
            method=self.method,
            licence=self.licence,
            revision=f"remote.{self.recipe}",
            parameters=None,
            device=UNKNOWN,
            device_hours=None,
            sha256={},
            note=self.trouble
            or Sentence("drawn elsewhere: its weights can't be known, and no picture can be replayed"),
        )
