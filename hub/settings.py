"""Settings from the environment, read once and handed to what needs them."""

import ipaddress
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
)

from hub.errors import HubError
from hub.language.sentence import Sentence
from hub.schema import SET_SIZES

CONSENT = Sentence(
    "Votes, prompts, pictures, and a pseudonym for each rater and for each network, are stored and may be published as "
    "an open data set. No network address is stored. "
    "Write nothing personal into a prompt."
)


def _names(value: Any) -> Any:
    return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value


STORAGE = Path("/data")  # where a Space's persistent storage is mounted
YEAR = 365 * 24 * 60.0  # minutes; clocks can't wait for any time
MEND = {  # what can be said plainer than by pydantic
    "string_pattern_mismatch": "write it as in someone/votes",
    "too_short": "it must have at least 16 characters",
}


class Count(StrEnum):
    """Whose votes count."""

    all = "all"  # of every rater whose cookie came back, or who is logged in
    logins = "logins"  # of raters who are logged in alone


class TabAccess(StrEnum):
    """Who may use a tab that takes much of the machine."""

    off = "off"  # nobody: it is not there
    admin = "admin"  # whoever is logged in at /admin
    all = "all"  # every visitor


class PairChoice(StrEnum):
    """How the two generators of a battle are chosen."""

    informative = "informative"  # drawn by what a vote on them would tell a second
    uniform = "uniform"  # those that met least


class EngineName(StrEnum):
    """Where generators run."""

    local = "local"  # in this process
    ray = "ray"  # by workers of a Ray cluster


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Networks = Annotated[tuple[IPvAnyNetwork, ...], BeforeValidator(_names)]
PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7")


class Settings(BaseModel):
    """How this hub runs. Each field's environment variable is its ``validation_alias``; secrets are never printed."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    data: Path = Field(default=Path("data"), validation_alias="HUB_DATA")  # votes and images
    host: str = Field(default="127.0.0.1", validation_alias="GRADIO_SERVER_NAME")
    port: int = Field(default=7860, validation_alias="GRADIO_SERVER_PORT", gt=0, lt=65536)
    device: str = Field(default="", validation_alias="HUB_DEVICE")  # cpu, cuda, cuda:1; empty: CUDA where there is one
    devices: Names = Field(default=(), validation_alias="HUB_DEVICES")  # several; instead of HUB_DEVICE
    compile: bool = Field(default=False, validation_alias="HUB_COMPILE")  # models, by torch.compile
    engine: EngineName = Field(default=EngineName.local, validation_alias="HUB_ENGINE")  # where generators run
    ray_address: str = Field(  # host:port of a Ray cluster; empty: one of this machine alone
        default="", validation_alias=AliasChoices("HUB_RAY_ADDRESS", "RAY_ADDRESS")
    )
    ray_gpus: float | None = Field(default=None, validation_alias="HUB_RAY_GPUS", ge=0)  # share of a GPU a generator
    generators: Names = Field(default=(), validation_alias="HUB_GENERATORS")  # empty: all that are not hidden
    consent: str = Field(default=CONSENT, validation_alias="HUB_CONSENT")
    # the battle
    prompts: Names = Field(default=("captions",), validation_alias="HUB_PROMPTS", min_length=1)  # sets of its own
    variety_images: int = Field(default=4, validation_alias="HUB_VARIETY_IMAGES", ge=SET_SIZES[0], le=SET_SIZES[-1])
    pairing: PairChoice = Field(default=PairChoice.informative, validation_alias="HUB_PAIRING")  # who meets
    repeats: float = Field(default=0.0, validation_alias="HUB_REPEATS", ge=0, le=1)  # share of hidden repeats
    battle_minutes: float = Field(default=60.0, validation_alias="HUB_BATTLE_MINUTES", gt=0, le=YEAR)  # open to votes
    ahead: int = Field(default=8, validation_alias="HUB_AHEAD", ge=0, le=100)  # battles drawn before anyone asks
    # integrity
    secret: SecretStr | None = Field(default=None, validation_alias="HUB_SECRET", min_length=16)  # unset: DATA/secret
    gates: Names = Field(default=("all",), validation_alias="HUB_GATES")  # names, or all, or none
    risk_limit: float = Field(default=1.0, validation_alias="HUB_RISK_LIMIT", gt=0)  # summed risk that excludes
    battles_per_minute: int = Field(default=30, validation_alias="HUB_BATTLES_PER_MINUTE", gt=0)  # of one rater
    votes_per_hour: int = Field(default=600, validation_alias="HUB_VOTES_PER_HOUR", gt=0)  # of one rater
    address_factor: int = Field(default=20, validation_alias="HUB_ADDRESS_FACTOR", gt=0)  # raters at one address
    count: Count = Field(default=Count.all, validation_alias="HUB_COUNT")  # whose votes count
    filters: Names = Field(default=("all",), validation_alias="HUB_FILTERS")  # moderation: names, or all, or none
    # publishing; without a data set all stays in the data folder
    dataset: str = Field(default="", validation_alias="HUB_DATASET", pattern=r"^([\w.-]+/[\w.-]+)?$")
    private: bool = Field(default=False, validation_alias="HUB_DATASET_PRIVATE")
    publish_minutes: float = Field(default=5.0, validation_alias="HUB_PUBLISH_MINUTES", gt=0, le=YEAR)
    token: SecretStr | None = Field(default=None, validation_alias="HF_TOKEN")
    adapt: TabAccess | None = Field(default=None, validation_alias="HUB_ADAPT")  # who may; unset: by the address
    personalise: TabAccess | None = Field(default=None, validation_alias="HUB_PERSONALISE")  # as HUB_ADAPT
    # whoever runs it
    trusted_proxies: Networks = Field(default=(), validation_alias="HUB_TRUSTED_PROXIES")  # addresses, or networks
    admin_token: SecretStr | None = Field(default=None, validation_alias="HUB_ADMIN_TOKEN", min_length=16)
    log: Literal["text", "json"] = Field(default="text", validation_alias="HUB_LOG")
    space: str = Field(default="", validation_alias="SPACE_ID")  # set by Hugging Face inside a Space
    oauth: str = Field(default="", validation_alias="OAUTH_CLIENT_ID")  # and this, where its card says hf_oauth

    @property
    def logins(self) -> bool:
        """Whether raters can log in."""
        return bool(self.space and self.oauth)

    space_host: str = Field(default="", validation_alias="SPACE_HOST")

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The networks whose word is taken for a visitor's address; unless told, a Space's own proxies are trusted."""
        if self.space and not self.trusted_proxies:
            return tuple(ipaddress.ip_network(network) for network in PRIVATE)
        return self.trusted_proxies

    @property
    def places(self) -> tuple[str, ...]:
        """Names of the devices to draw on; none: every CUDA device there is, and else the CPU."""
        return self.devices or ((self.device,) if self.device else ())

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Settings from ``environ``; what is not set, or empty, keeps its default. Raises HubError.

        On a Space with persistent storage, the data folder is on it unless HUB_DATA says another.
        """
        given = {key: value for key, value in environ.items() if value}
        if {"HUB_DEVICE", "HUB_DEVICES"} <= given.keys():
            raise HubError("HUB_DEVICE and HUB_DEVICES are both set: keep the one that you mean.")
        if "SPACE_ID" in given and STORAGE.is_mount():
            given.setdefault("HUB_DATA", str(STORAGE / "vernissage"))
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            shown = (
                "what it is"
                if first["loc"][0] in {"HUB_SECRET", "HUB_ADMIN_TOKEN", "HF_TOKEN"}
                else repr(first["input"])
            )
            why = MEND.get(first["type"], first["msg"])
            raise HubError(f"{first['loc'][0]} can't be {shown}: {why}.") from None
