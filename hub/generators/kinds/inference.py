"""``kind = "inference"``: a model that an inference provider serves, or an endpoint of your own, by InferenceClient."""

import os
from collections.abc import Mapping
from typing import Annotated, Literal

from huggingface_hub import constants, get_token
from pydantic import Field, model_validator

from hub.errors import HubError
from hub.generators.contract import Draw, Placement, Sampling
from hub.generators.facts import UNKNOWN
from hub.generators.kinds import KINDS, EntryKind
from hub.generators.remote_calls import shown
from hub.generators.remote_entry import RemoteEntry
from hub.language.sentence import Sentence
from hub.schema import Value

Provider = Literal["fal-ai", "hf-inference", "nscale", "replicate", "together", "wavespeed", "zai-org"]
Pixels = Annotated[int, Field(ge=64, le=4096, multiple_of=8)]


class Inference(RemoteEntry):
    """The entry: a hub id with its provider, or an endpoint's ``url``.

    ``token`` names the environment variable that holds the secret; without it a provider gets the Hub's token, and a
    url none. What is left out is the provider's choice.
    """

    kind: Literal["inference"]
    model: str | None = Field(default=None, pattern=r"^[\w.-]+/[\w.-]+$")
    provider: Provider | None = None
    url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    token: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    steps: int | None = Field(default=None, ge=1, le=1000)
    guidance_scale: float | None = Field(default=None, ge=0, le=100)
    width: Pixels | None = None
    height: Pixels | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Inference":
        if (self.url is None) == (self.model is None) or (self.model is None) != (self.provider is None):
            raise ValueError("name either a model and its provider, or a url")
        shown(self.url or "")  # which raises ValueError for what is no address
        return self

    @property
    def endpoint(self) -> str:
        """The provider, or the address."""
        return shown(self.url) if self.url else f"{self.model} at {self.provider}"

    @property
    def sent(self) -> Mapping[str, Value]:
        """The size; steps and guidance are kept apart."""
        sizes = {"width": self.width, "height": self.height}
        named = {"model": self.model, "provider": self.provider}
        return {key: value for key, value in {**named, **sizes}.items() if value is not None}

    @property
    def sampling(self) -> Sampling:
        """What is sent; the rest is not known."""
        return Sampling(None, self.steps, self.guidance_scale, UNKNOWN, self.sent, self.endpoint)

    @property
    def secret(self) -> str | None:
        """The token that is sent; None for an endpoint without one. Raises HubError where one is missing."""
        found = os.environ.get(self.token) if self.token else get_token() if self.model else None
        if found is None and (self.token or self.model):
            where = f"{constants.ENDPOINT}/settings/tokens"
            how = Sentence("set HF_TOKEN to one from {page} that may call providers", page=where)
            how = Sentence("set {token}", token=self.token) if self.token else how
            raise HubError(Sentence("{endpoint} needs a token: {how}.", endpoint=self.endpoint, how=how))
        return found

    def check(self) -> None:
        """Raise HubError where the token is missing."""
        _ = self.secret

    def load_draw(self, place: Placement) -> Draw:
        """Connects to nobody yet."""
        from hub.generators.inference_client import asker

        return asker(self, self.secret)


KINDS.add(EntryKind("inference", Inference))
