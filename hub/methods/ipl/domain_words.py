"""What an adaptation's words mean to the encoder: can it tell them apart, and what does the source make of them?"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from hub.encoders import LossEncoder
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.methods.ipl.config import IplConfig
from hub.methods.ipl.prompt_encoder import PromptEncoder
from hub.methods.scad.model import OneStepGenerator
from hub.methods.scad.saved_generator import draw_noises

APART = 0.9  # cosine of two words' embeddings, at most
DRAWN = 0.4  # cosine of what the source does when it is told the target's words, and of what the words ask for
ASKED = 32  # pictures that the source is asked for


def check_told_apart(config: IplConfig, prompts: PromptEncoder) -> Tensor:
    """Return the direction (D,) from the source's words to the target's.

    Raises: DataError where the encoder hardly tells them apart.
    """
    before, after = prompts.words(config.source_words), prompts.words(config.target_words)
    if float(before @ after) > APART:
        raise DataError(
            Sentence(
                "The encoder {encoder} does not tell {source!r} from {target!r}: use other words for the look.",
                encoder=prompts.encoder.name,
                source=config.source_words,
                target=config.target_words,
            )
        )
    return after - before


@dataclass(frozen=True)
class AskedSource:
    """What a source draws (N, 3, H, W) of the same seeds and labels when it is told the source's or the target's words.

    ``nearness`` is the cosine of the way from the first to the second, in the encoder's space, and of the words' way.
    """

    told_source: Tensor
    told_target: Tensor
    nearness: float

    @property
    def drawn_already(self) -> bool:
        """Whether it seems to draw the target already when a prompt names it.

        Such a change is one of its latent, which an adaptation of its layers makes badly, as NADA's users report.
        """
        return self.nearness >= DRAWN


@torch.no_grad()
def ask_source(
    config: IplConfig, model: OneStepGenerator, labels: Sequence[str], prompts: PromptEncoder, direction: Tensor
) -> AskedSource:
    """Return what a source makes of the words; ``labels`` are of what it may be asked for, of which it is some."""
    asked, device = labels[:: max(1, len(labels) // ASKED)][:ASKED], next(model.parameters()).device
    z = draw_noises(range(len(asked)), model.config.noise).to(device)
    before, after = (
        model(z, prompts.text([f"{label}, {words}" for label in asked]).to(device))
        for words in (config.source_words, config.target_words)
    )
    moved = F.normalize((see(prompts.encoder, after) - see(prompts.encoder, before)).mean(0), dim=0)
    return AskedSource(before, after, float(moved @ F.normalize(direction, dim=0)))


def see(encoder: LossEncoder, pictures: Tensor) -> Tensor:
    """Return unit embeddings (N, D) of a generator's pictures (N, 3, H, W), as they are when they are shown.

    Values beyond [-1, 1] are clipped, and their gradients kept, so that a pixel may come back.
    """
    return encoder.pixels(pictures + (pictures.clamp(-1, 1) - pictures).detach())
