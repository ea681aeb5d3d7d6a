"""Prompt sets: named lists of prompts under a licence, each prompt in a category."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

UNKNOWN_LICENCE = "unknown"


class PromptOrigin(NamedTuple):
    """Where a prompt is from: the name of its set, and its category there, empty in a set without."""

    prompt_set: str
    prompt_category: str


NO_SET = PromptOrigin("", "")  # of a prompt that is of none


@dataclass(frozen=True)
class SetPrompt:
    """One prompt of a set; its category is empty where the set tells none."""

    text: str
    category: str = ""


@dataclass(frozen=True)
class PromptSet:
    """Prompts, each text once, under a name and a licence."""

    name: str
    licence: str
    prompts: tuple[SetPrompt, ...]

    @cached_property
    def origins(self) -> Mapping[str, PromptOrigin]:
        """Where each text is from, by the text."""
        return {one.text: PromptOrigin(self.name, one.category) for one in self.prompts}


def merge_origins(sets: Sequence[PromptSet]) -> dict[str, PromptOrigin]:
    """Return where each text is from; one that several sets have is the first one's."""
    return {text: origin for one in reversed(sets) for text, origin in one.origins.items()}
