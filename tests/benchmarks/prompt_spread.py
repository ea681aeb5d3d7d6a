"""``python -m tests.benchmarks.prompt_spread``: how different the prompts are that IPL learns of different pictures.

A direction goes from the source's prompt to the target's. Where the target's are nearly one, directions of a picture's
own lead all pictures to one place.
"""

from typing import Annotated

import torch
import torch.nn.functional as F
import typer
from rich.console import Console
from torch import Tensor

from eval.render import Grid
from eval.render.terminal import as_table
from hub.command import make_command
from hub.methods.ipl.config import IplConfig
from hub.methods.ipl.latent_draws import LatentDraws
from hub.methods.ipl.prepare import prepare
from hub.methods.ipl.runs import FLAT, SOLID, SOURCE
from hub.methods.ipl.step import PromptStep
from hub.methods.training import Rng
from hub.progress import track_items

CPU, LOOKED_AT = torch.device("cpu"), 128  # latents
WEIGHTS = (1.0, 0.1)  # of the domain


def spread(e: Tensor) -> float:
    """Return the mean cosine distance of all pairs of unit rows (N, D)."""
    alike = e @ e.T
    return 1 - float((alike.sum() - alike.diag().sum()) / (len(e) * (len(e) - 1)))


def learn_prompts(weight: float, steps: int) -> tuple[str, ...]:
    """Return the row of a run of stage 1 with this weight of the domain."""
    torch.manual_seed(0)
    look = prepare(IplConfig(SOURCE, FLAT, SOLID, domain_weight=weight))
    draws = LatentDraws(look.source.model, look.labels, look.config.source_words, look.prompts.text, CPU)
    step = PromptStep(look.config, draws, look.prompts, Rng(CPU, 0))
    for _ in track_items(range(steps), f"Learning prompts, weight {weight:g}"):
        step()
    with torch.no_grad():
        tokens = step.mapper(step.w[:LOOKED_AT])
        source, target = (step.embed(tokens, words) for words in (look.config.source_words, look.config.target_words))
        directions = F.normalize(target - source, dim=-1)
        near = float((directions @ F.normalize(look.direction, dim=0)).mean())
    told = (spread(step.images[:LOOKED_AT]), spread(source), spread(target), spread(directions), near)
    return f"{weight:g}", *(f"{one:.3f}" for one in told)


def main(
    steps: Annotated[int, typer.Option(min=1, help="Steps in which prompts are learned.")] = 300,
) -> None:
    """Learn prompts with two weights of the domain, and print how far pictures, prompts and directions are apart."""
    head = ("Domain's weight", "Pictures", "Source's prompts", "Target's prompts", "Directions", "Cosine to NADA's")
    rows = tuple(learn_prompts(weight, steps) for weight in WEIGHTS)
    shown = Console()
    shown.print(as_table(Grid("Mean cosine distance of pairs", head, rows, "", tuple(range(6))), shown.width))


if __name__ == "__main__":
    make_command(main, "python -m tests.benchmarks.prompt_spread --steps 300")()
