"""What an adaptation's words mean to the encoder: can it tell them apart, and what does the source make of them?"""

from collections.abc import Sequence

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


@torch.no_grad()
def is_drawn_already(
    config: IplConfig, model: OneStepGenerator, labels: Sequence[str], prompts: PromptEncoder, direction: Tensor
) -> bool:
    """Return whether a source draws the target when a prompt says its words; ``labels`` are of what it is asked for.

    Such a change is one of its latent, which an adaptation of its layers makes badly, as NADA's users report.
    """
    asked, device = choose_asked(labels), next(model.parameters()).device
    z = draw_noises(range(len(asked)), model.config.noise).to(device)
    seen = []
    for words in (config.source_words, config.target_words):
        t = prompts.text([f"{label}, {words}" for label in asked]).to(device)
        seen.append(see(prompts.encoder, model(z, t)))
    moved = F.normalize((seen[1] - seen[0]).mean(0), dim=0)
    return float(moved @ F.normalize(direction, dim=0)) >= DRAWN


def choose_asked(labels: Sequence[str]) -> Sequence[str]:
    """Return the labels that a source is asked for, from first to last."""
    return labels[:: max(1, len(labels) // ASKED)][:ASKED]


def see(encoder: LossEncoder, pictures: Tensor) -> Tensor:
    """Return unit embeddings (N, D) of a generator's pictures (N, 3, H, W), as they are when they are shown.

    Values beyond [-1, 1] are clipped, and their gradients kept, so that a pixel may come back.
    """
    return encoder.pixels(pictures + (pictures.clamp(-1, 1) - pictures).detach())
