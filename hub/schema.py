"""What is kept: setups, samples and votes, with the version of their form.

Records are frozen pydantic models: reading checks every field, and refuses unknown ones.
"""

import hashlib
import json
from enum import StrEnum
from operator import attrgetter, not_
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

SCHEMA_VERSION: Final = 5  # 3: image; 4: mix, reading, withdrawal; 5: wordings, set, pair's chance; older are read
SET_SIZES = range(4, 10)  # pictures a side that a question about variety is asked on
WORDINGS: Final = 2  # of one idea, that alignment may be asked on: a picture of each a side
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Value = str | int | float | bool  # of a parameter


class Side(StrEnum):
    """A is the left side, B the right one."""

    a = "a"
    b = "b"


class Outcome(StrEnum):
    """What a rater said of a battle."""

    a = "a"
    b = "b"
    tie = "tie"
    both_bad = "both_bad"


class Criterion(StrEnum):
    """The question a rater answered; each is rated apart."""

    quality = "quality"
    alignment = "alignment"
    variety = "variety"


SIZES = {Criterion.quality: (1,), Criterion.alignment: (1, WORDINGS), Criterion.variety: SET_SIZES}  # pictures a side


class Tag(StrEnum):
    """A reason that a rater may give for a choice."""

    sharpness = "sharpness"
    composition = "composition"
    colours = "colours"
    fewer_flaws = "fewer_flaws"
    objects = "objects"
    attributes = "attributes"
    placement = "placement"
    style = "style"
    shapes = "shapes"
    layouts = "layouts"


NO_COOKIE = "no-cookie"  # a vote is excluded for this: the cookie that the page set did not come back
NO_LOGIN = "no-login"  # for this: only votes given after logging in count
NOT_BLIND = "not-blind"  # and an imported one for this: the rater knew the names
WITHDRAWN = "withdrawn"  # and for this where it is read: its rater took it back


class Record(BaseModel):
    """Base of everything stored: immutable, no unknown fields, no coercion of types on reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Setup(Record):
    """All that decides a generator's pixels beside the request: what a replay must have the same.

    Of a remote one it is who was asked, for what. Later fields are written only where they say something: digests stay.
    """

    generator: str = Field(min_length=1)
    revision: str
    checkpoints: dict[str, Sha256]  # file -> SHA-256
    dtype: str
    device: str  # as devices.describe says, e.g. "CPU (x86_64, threads: 2)"
    scheduler: str | None  # None: one step, without a scheduler
    steps: int | None = Field(ge=1)  # None: a remote model decided
    guidance_scale: float | None
    libraries: dict[str, str]  # package -> version
    parameters: dict[str, Value] = Field(default_factory=dict, exclude_if=not_)  # whatever the request: a size
    endpoint: str | None = Field(default=None, exclude_if=not_)  # who drew a remote picture, on a machine unknown

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON: the name this setup is stored by."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


class Term(Record):
    """One term of a mix: the embedding of a prompt, or of the picture of this SHA-256, and its weight."""

    weight: float
    prompt: str | None = Field(default=None, min_length=1, exclude_if=not_)
    image: Sha256 | None = Field(default=None, exclude_if=not_)
    read_as: str = Field(default="", exclude_if=not_)  # the prompt in English, as a request's

    @model_validator(mode="after")
    def _one_of_both(self) -> "Term":
        if (self.prompt is None) == (self.image is None):
            raise ValueError("a term names either a prompt or an image")
        return self


class Request(Record):
    """What a generator is asked to draw: the same request to the same setup gives the same picture.

    ``image``: SHA-256 of a picture to start from or be guided by; ``mix``, the Studio's: an affine sum of embeddings in
    place of the prompt's; ``read_as``: the prompt in English. A new field is written only where it says something.
    """

    prompt: str
    seed: int = Field(ge=0, lt=2**63)
    image: Sha256 | None = Field(default=None, exclude_if=not_)
    parameters: dict[str, Value] = Field(default_factory=dict, exclude_if=not_)
    mix: tuple[Term, ...] = Field(default=(), exclude_if=not_)
    read_as: str = Field(default="", exclude_if=not_)

    def __hash__(self) -> int:
        return hash((self.prompt, self.seed, self.image))

    @property
    def request(self) -> "Request":
        """The request alone, of a record that holds more."""
        return Request(**{name: getattr(self, name) for name in Request.model_fields})

    @property
    def pictures(self) -> tuple[Sha256, ...]:
        """The SHA-256 of every picture that is named, each once: of the image, then of the mix."""
        return tuple(dict.fromkeys(filter(None, (self.image, *(term.image for term in self.mix)))))

    @property
    def extras(self) -> str:
        """JSON of what is asked for beside prompt and seed; empty where nothing is."""
        said = self.request.model_dump(mode="json", exclude={"prompt", "seed"})
        return json.dumps(said, sort_keys=True, ensure_ascii=False) if said else ""

    def with_seed(self, seed: int) -> "Request":
        """Return this request with another seed."""
        return self.request.model_copy(update={"seed": seed})


BUT_SEED = attrgetter(*(name for name in Request.model_fields if name != "seed"))  # all of a request but its seed
BUT_WORDS = attrgetter(*(name for name in Request.model_fields if name not in {"prompt", "read_as"}))


class GeneratorRevision(Record):
    """A generator, and what its weights and recipe were."""

    generator: str = Field(min_length=1)
    revision: str


class Sample(Request, GeneratorRevision):
    """One image a generator drew: what asked for it and what came out. ``seconds`` is wall-clock time."""

    sha256: Sha256  # of the PNG
    seconds: float = Field(ge=0)
    setup: Sha256  # digest of the Setup


class Failure(Request, GeneratorRevision):
    """A drawing that failed, and the sentence that says why."""

    error: str


def check_unmixed(result: Sample | Failure) -> Sample | Failure:
    """Raise ValueError for a mix: its pictures are nobody's to publish, and what is logged is published."""
    if result.mix:
        raise ValueError("battles know no mix of prompts and pictures")
    return result


class Vote(Record):
    """One rater's answer to one battle; ``id`` is the battle's. ``time`` is UTC in seconds since 1970.

    ``seconds`` is the time from the last picture to the vote. ``excluded`` names the gates, or what is said of the
    rater (NO_COOKIE, NO_LOGIN), by which the vote is kept but not counted, ``risk`` what each gate said (0 harmless, 1
    certain), ``unchecked`` the gates that could not run. ``names_withheld``, of a repeat: its first names were not
    told before it, else its rater could know them. ``prompt_set``: the one of the arena's that has the prompt.
    """

    kind: Literal["vote"] = "vote"
    schema_version: Literal[2, 3, 4, 5] = SCHEMA_VERSION
    id: str = Field(min_length=1)
    time: float
    criterion: Criterion
    outcome: Outcome
    tags: tuple[Tag, ...] = ()
    a: tuple[Sample, ...] = Field(min_length=1, max_length=SET_SIZES[-1])
    b: tuple[Sample, ...] = Field(min_length=1, max_length=SET_SIZES[-1])
    rater: str = Field(min_length=1)
    network: str = ""  # pseudonym of the network it came from; empty: unknown, as in votes of before
    seconds: float = Field(ge=0)
    prompt_set: str = Field(default="", exclude_if=not_)  # empty: the prompt is of none, or the vote of before
    prompt_category: str = Field(default="", exclude_if=not_)
    repeat_of: str | None = None  # id of the vote whose battle this one shows again, sides swapped
    names_withheld: bool = False
    risk: dict[str, float] = Field(default_factory=dict)
    excluded: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    pair_probability: float | None = Field(default=None, gt=0, le=1, exclude_if=not_)  # of its pair; None: by no lot

    @model_validator(mode="after")
    def _sides_agree(self) -> "Vote":
        """Both sides drew the same, each by one generator: a prompt by one seed or several, or two wordings by one."""
        check_unmixed(self.a[0])
        alike = BUT_WORDS if self.worded else BUT_SEED
        words, others = ([(one.prompt, one.read_as) for one in side] for side in (self.a, self.b))
        if words != others or any(alike(sample) != alike(self.a[0]) for sample in (*self.a, *self.b)):
            raise ValueError("the sides drew different prompts, images or parameters")
        seeds = tuple(sample.seed for sample in self.b)
        if self.seeds != seeds or len({*zip(words, seeds, strict=True)}) != len(seeds):
            raise ValueError("the sides drew different seeds, or one twice")
        if any(len({(s.generator, s.revision) for s in side}) != 1 for side in (self.a, self.b)):
            raise ValueError("one side has pictures of several generators")
        if len(self.a) not in SIZES[self.criterion]:
            raise ValueError(f"{len(self.a)} pictures a side do not suit the question of {self.criterion}")
        return self

    @property
    def worded(self) -> bool:
        """Whether it is on one idea in two wordings, a picture of each on either side."""
        return len(self.a) == WORDINGS

    @property
    def requests(self) -> tuple[Request, ...]:
        """What both sides were asked for, with the first of their seeds: one request, or one for each wording."""
        return tuple(sample.request for sample in self.a[: WORDINGS if self.worded else 1])

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompt of both sides, or the two wordings."""
        return tuple(sample.prompt for sample in self.a[: WORDINGS if self.worded else 1])

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds that the pictures of both sides were drawn with."""
        return tuple(sample.seed for sample in self.a)
