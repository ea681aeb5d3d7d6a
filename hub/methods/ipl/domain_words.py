"""The words of an adaptation: what the source draws, what it shall draw, and whether that can be meant."""

import torch
import torch.nn.functional as F
from torch import Tensor

from hub.encoders import LossEncoder
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.methods.ipl.config import IplConfig
from hub.methods.ipl.latent_draws import LatentDraws
from hub.methods.ipl.prompt_encoder import PromptEncoder
from hub.methods.scad.saved_generator import draw_noises

APART = 0.9  # cosine of two words' embeddings, at most
DRAWN = 0.4  # cosine of what the source does when it is told the target's words, and of what the words ask for
ASKED = 32  # pictures that the source is asked for


def check_words(source: str, target: str) -> tuple[str, str]:
    """Return both without outer space.

    Raises: DataError for words that are empty, and for the same words twice.
    """
    source, target = source.strip(), target.strip()
    if not source or not target:
        raise DataError(Sentence("Say in words both what the generator draws and what it shall draw."))
    if source.casefold() == target.casefold():
        raise DataError(
            Sentence("{words!r} is what the generator draws already: name another look to adapt it to.", words=target)
        )
    return source, target


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
def find_drawn_already(
    config: IplConfig, draws: LatentDraws, prompts: PromptEncoder, direction: Tensor
) -> Sentence | None:
    """Return a warning where the source draws the target when a prompt says its words, else None.

    Such a change is one of its latent, which an adaptation of its layers makes badly, as NADA's users report.
    """
    labels = draws.labels[:: max(1, len(draws.labels) // ASKED)][:ASKED]
    z = draw_noises(range(len(labels)), draws.model.config.noise).to(draws.device)
    seen = []
    for words in (config.source_words, config.target_words):
        t = prompts.text([f"{label}, {words}" for label in labels]).to(draws.device)
        seen.append(see(prompts.encoder, draws.model(z, t)))
    moved = F.normalize((seen[1] - seen[0]).mean(0), dim=0)
    if float(moved @ F.normalize(direction, dim=0)) < DRAWN:
        return None
    return Sentence(
        "{source} draws {target!r} already when a prompt says so: such an adaptation mostly fails, prompt it instead.",
        source=config.source,
        target=config.target_words,
    )


def see(encoder: LossEncoder, pictures: Tensor) -> Tensor:
    """Return unit embeddings (N, D) of a generator's pictures (N, 3, H, W), as they are when they are shown.

    Values beyond [-1, 1] are clipped, and their gradients kept, so that a pixel may come back.
    """
    return encoder.pixels(pictures + (pictures.clamp(-1, 1) - pictures).detach())
