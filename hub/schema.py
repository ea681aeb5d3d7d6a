"""What is kept: samples, battles' sides and votes, with the version of their form.

Records are frozen pydantic models: reading checks every field, unknown fields and values are refused, and
``model_dump_json`` / ``model_validate_json`` are the one way to and from text.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Outcome(StrEnum):
    """What a rater said of a battle; A is the left side, B the right one."""

    a = "a"
    b = "b"
    tie = "tie"
    both_bad = "both_bad"


class Criterion(StrEnum):
    """The question a rater answered."""

    quality = "quality"  # which picture is better?


class Record(BaseModel):
    """Base of everything stored: immutable, no unknown fields, no coercion of types on reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Sample(Record):
    """One image a generator drew: what asked for it and what came out. ``seconds`` is wall-clock time."""

    generator: str = Field(min_length=1)
    revision: str
    prompt: str
    seed: int = Field(ge=0)
    sha256: Sha256  # of the PNG
    seconds: float = Field(ge=0)


class Vote(Record):
    """One rater's answer to one battle. ``time`` is UTC in seconds since 1970; ``id`` is the battle's."""

    schema_version: Literal[1] = 1
    id: str = Field(min_length=1)
    time: float
    criterion: Criterion = Criterion.quality
    outcome: Outcome
    a: Sample
    b: Sample

    @model_validator(mode="after")
    def _one_prompt_and_seed(self) -> "Vote":
        """Both sides drew the same prompt with the same seed."""
        if (self.a.prompt, self.a.seed) != (self.b.prompt, self.b.seed):
            raise ValueError("the two sides drew different prompts or seeds")
        return self
