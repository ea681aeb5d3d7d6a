"""What a personalisation is asked for, and the presets of both kinds of base."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from hub.errors import DataError

LEAST = {
    "steps": 1, "lr": 0, "token_lr": 0, "word_first": 0, "strength": 0, "batch": 1, "prior": 0, "class_pictures": 1,
    "rank": 1,
}  # fmt: skip


class Tuned(StrEnum):
    """Which weights are trained; ``kv`` are the keys and values of attention (Custom Diffusion, arXiv 2212.04488)."""

    full = "full"
    kv = "kv"
    lora = "lora"


class PenaltyForm(StrEnum):
    """How squares are added up: the mean or the sum of each tensor's; ``factors`` is the paper's own for LoRA."""

    mean = "mean"
    sum = "sum"
    factors = "factors"


@dataclass(frozen=True)
class Preset:
    """What is taken where the command says nothing. ``strength`` is the paper's lambda."""

    steps: int
    lr: float
    strength: float
    batch: int
    token_lr: float = 5e-4
    word_first: float = 0.0


# The paper's for Stable Diffusion 1.5. It gives no lambda for the product of LoRA's factors: 1 is ours.
STABLE_DIFFUSION = {
    Tuned.full: Preset(1000, 2e-6, 500.0, 1),
    Tuned.kv: Preset(250, 3e-5, 175.0, 1),
    Tuned.lora: Preset(500, 1e-4, 1.0, 1),
}
# Ours, for the entry ``diffusion``: the README of this folder says by what they were chosen.
PIXEL = {
    Tuned.full: Preset(300, 1e-4, 200.0, 4, token_lr=5e-3, word_first=0.25),
    Tuned.kv: Preset(300, 1e-3, 5.0, 4, token_lr=5e-3, word_first=0.25),
    Tuned.lora: Preset(300, 2e-3, 3.0, 4, token_lr=5e-3, word_first=0.25),
}


def _flag(default: Any, about: str, name: str | None = None) -> Any:
    return field(default=default, metadata={"help": about, "flag": name})


@dataclass(frozen=True)
class PersonalConfig:
    """A personalisation. Numbers that are -1 are those of the base's preset."""

    subject: str = ""  # the word that names it in prompts
    class_word: str = ""  # what it is one of
    base: str = _flag("diffusion", "The entry diffusion, a diffusers folder, or a Stable Diffusion's id on the Hub.")
    tuned: Tuned = _flag(Tuned.full, "Which weights are trained.", "--tune")  # noqa: RUF009
    strength: float = _flag(-1.0, "Lambda: how much the penalty weighs; 0: none, -1: the preset's.", "--lambda")
    form: PenaltyForm = _flag(  # noqa: RUF009
        PenaltyForm.mean, "How the penalty adds up squares; factors is for LoRA alone."
    )
    prior: float = _flag(0.0, "Weight of class pictures that the base drew (DreamBooth: 1); 0: none are drawn.")
    class_pictures: int = _flag(40, "How many class pictures are drawn.")
    steps: int = _flag(-1, "Steps of training; -1: the preset's.")
    lr: float = _flag(-1.0, "AdamW's learning rate; -1: the preset's.")
    token_lr: float = _flag(-1.0, "Learning rate of the subject's word; -1: the preset's.")
    word_first: float = _flag(-1.0, "Share of the steps in which the word alone is learnt; -1: the preset's.")
    batch: int = _flag(-1, "Pictures a step; -1: the preset's.")
    rank: int = _flag(16, "Rank of LoRA's factors.")
    every: int = _flag(25, "Steps between log rows, previews and resume points; 0: one row at the end, no preview.")
    seed: int = _flag(0, "Seed of batches, noise and class pictures.")

    def with_preset(self, presets: Mapping[Tuned, Preset]) -> "PersonalConfig":
        """Return the config with every number said. Raises DataError for a number that can't be."""
        preset = presets[self.tuned]
        names = ("steps", "lr", "strength", "batch", "token_lr", "word_first")
        whole = replace(self, **{name: getattr(preset, name) for name in names if getattr(self, name) == -1})
        for name, least in LEAST.items():
            if not getattr(whole, name) >= least:
                flag = "lambda" if name == "strength" else name.replace("_", "-")
                raise DataError(f"--{flag} must be {least} or more, not {getattr(whole, name)}.")
        if whole.word_first >= 1:
            raise DataError(f"--word-first must be below 1, a share of the steps, not {whole.word_first}.")
        return whole
