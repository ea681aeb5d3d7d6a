"""The arms, and the budget of an adaptation. Fields with a ``help`` make the command-line flags."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class PromptArm(StrEnum):
    """Where the direction in the space of texts comes from."""

    nada = "nada"  # one for all pictures, of the words in templates
    learned = "learned"  # one for all pictures, of a prompt that is learned
    ipl = "ipl"  # each picture's own, of a prompt made from its latent
    shuffled = "shuffled"  # the same, each picture given another one's


def _flag(default: Any, about: str) -> Any:
    return field(default=default, metadata={"help": about, "flag": None})


@dataclass(frozen=True)
class IplConfig:
    """One adaptation: a source generator, what it draws and what it shall draw, in words, and the budget.

    300 and 300 steps, batches of 32 and of 2, the mapper's learning rate, four tokens and the average are the released
    code's. The weight of the domain, the number of layers, of eight, and the generator's learning rate are our
    instantiation: by the released .002 x .8, meant for layers of an equalised rate, this generator is lost in 50 steps.
    """

    source: str
    source_words: str
    target_words: str
    arm: PromptArm = _flag(PromptArm.ipl, "Where the direction comes from.")  # noqa: RUF009
    encoder: str = "style-guide"
    mapper_steps: int = _flag(300, "Steps in which prompts are learned; no prompt is learned for nada.")
    steps: int = _flag(300, "Steps in which the generator is adapted.")
    mapper_batch: int = _flag(32, "Batch size while prompts are learned.")
    batch: int = _flag(2, "Batch size while the generator is adapted.")
    tokens: int = _flag(4, "Tokens of a learned prompt.")
    domain_weight: float = _flag(1.0, "Weight of the learned prompts' nearness to the target's words.")
    residual: bool = _flag(False, "Add the embedding of the words in a template to each learned prompt's.")
    layers: int = _flag(6, "Layers that each step trains, those whose codes move most towards the target; 0: all.")
    lr_mapper: float = 0.05
    lr: float = _flag(1e-4, "Adam's learning rate of the generator.")
    betas: tuple[float, float] = (0.0, 0.992)  # StyleGAN2's, of its rare regularisation
    ema: float = 0.998
    every: int = _flag(25, "Steps between log rows, previews and kept generators.")
    seed: int = _flag(0, "Seed of weights, latents and captions.")

    @property
    def prompt_steps(self) -> int:
        """Return the steps of stage 1, of which NADA has none."""
        return 0 if self.arm is PromptArm.nada else self.mapper_steps
