"""``python -m tests.benchmarks.subject_word``: how well a subject's word is told from its class, after few steps.

Nothing is drawn: at twelve noisy copies of the subject's pictures the network is asked under the word, under the class,
and under other sentences with either. A class that is kept predicts the subject badly, a word that is learnt well.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import torch
import typer
from rich.console import Console
from torch import Tensor

from eval.render import Grid
from eval.render.terminal import as_table
from hub.command import make_command
from hub.methods.data.packages import STYLES
from hub.methods.diffusion.loss import mix_noise
from hub.methods.diffusion.model import fold, predict, scale_text
from hub.methods.personalization.base_pipeline import open_base
from hub.methods.personalization.config import PIXEL, PersonalConfig
from hub.methods.personalization.step import PersonalStep
from hub.methods.personalization.study import SUBJECTS, write_subject
from hub.prompts import load_captions
from hub.subjects.subject_name import SubjectName
from hub.subjects.subject_pictures import read_pictures

CPU, ROWS = torch.device("cpu"), 12
OTHERS = (
    "{} with a hat", "{} with sunglasses", "happy {}", "{} in snow", "two {}", "{} eating an apple", "sleeping {}",
    "{} on a red ground",
)  # fmt: skip
FAST = {"token_lr": 5e-3, "word_first": 0.25}
WAYS: Mapping[str, tuple[dict[str, float], bool]] = {  # fields of the config, and whether wordings vary
    "word slow, with the weights": ({"token_lr": 5e-4, "word_first": 0.0}, False),
    "word fast and first": (FAST, False),
    "word fast and first, in several wordings": (FAST, True),
}
Probe = tuple[Tensor, Sequence[str], Tensor, Tensor]  # folded pictures, prompts, times, noise


def make_probes(base: Any, pictures: Tensor, name: SubjectName) -> dict[str, Probe]:
    """Return what the network is asked: white pages under held-out captions, and the subject's pictures."""
    rng, styles = torch.Generator().manual_seed(7), [style.words for style in STYLES]
    captions = [one for one in load_captions() if name.class_word not in one.lower()]
    captions = [captions[row] for row in np.linspace(0, len(captions) - 1, ROWS).astype(int)]
    blank, shape = fold(torch.ones(ROWS, 3, 64, 64), base.network), (ROWS, 12, 32, 32)
    made: dict[str, Probe] = {
        "captions": (blank, captions, torch.linspace(700, 990, ROWS).long(), torch.randn(shape, generator=rng))
    }
    x = fold(pictures.repeat(-(-ROWS // len(pictures)), 1, 1, 1)[:ROWS], base.network)
    noise = torch.randn(shape, generator=rng)
    times = torch.linspace(300, 990, ROWS).long()[torch.randperm(ROWS, generator=rng)]
    for word in (name.token, name.class_word):
        plain = [f"{word}, {styles[row % 4]}" for row in range(ROWS)]
        others = [f"{OTHERS[row % 8].format(word)}, {styles[row // 2 % 4]}" for row in range(ROWS)]
        made |= {word: (x, plain, times, noise), f"other {word}": (x, others, times, noise)}
    return made


@torch.no_grad()
def ask(base: Any, probes: Mapping[str, Probe]) -> dict[str, tuple[Tensor, float]]:
    """Return what the network predicts of each probe, and its loss."""
    made = {}
    for key, (x, prompts, times, noise) in probes.items():
        noisy, v = mix_noise(x, noise, base.alphas[times])
        found = predict(base.network, noisy, times, scale_text(base.encode(prompts)))
        made[key] = found, float((found - v).square().mean())
    return made


def measure_way(way: Mapping[str, float], varied: bool, subject: str, steps: int, pictures: Path) -> tuple[float, ...]:
    """Return losses under word and class, what tells them apart, and how far class, captions and weights moved."""
    torch.manual_seed(0)
    one, images = SUBJECTS[subject], read_pictures(pictures).images
    name = SubjectName(one.token, one.class_word)
    base: Any = open_base("diffusion", name, CPU)
    rows = base.prepare(images)
    base.learnt_prompts = base.learnt_prompts if varied else base.subject_prompts
    probes = make_probes(base, rows, name)
    before = ask(base, probes)
    config = PersonalConfig(subject=name.token, class_word=name.class_word, steps=steps, batch=2, strength=0.0, **way)  # type: ignore[arg-type]
    step = PersonalStep(config.with_preset(PIXEL), base, rows, None, CPU)
    for number in range(steps):
        step(number)
    after = ask(base, probes)
    loss = {key: value for key, (_, value) in after.items()}
    moved = {key: float((after[key][0] - before[key][0]).square().mean()) for key in probes}
    word, of_class = name.token, name.class_word
    apart = loss[of_class] - loss[word], loss[f"other {of_class}"] - loss[f"other {word}"]
    norm = float(base.token.detach().norm())
    return loss[word], loss[of_class], *apart, moved[of_class], moved["captions"], step.weights.distance(), norm


def main(
    subject: Annotated[str, typer.Option(help=f"One of {', '.join(SUBJECTS)}.")] = "hamster",
    steps: Annotated[int, typer.Option(help="Steps of two pictures.")] = 40,
) -> None:
    """Train each way for some steps without a penalty, and print how word and class are told apart."""
    head = (
        "Way", "loss, word", "loss, class", "apart", "apart in other sentences", "class moved", "captions moved",
        "distance", "residual",
    )  # fmt: skip
    with TemporaryDirectory() as folder:
        pictures = write_subject(subject, Path(folder))
        rows = tuple(
            (name, *(f"{value:.4f}" for value in measure_way(*way, subject, steps, pictures)))
            for name, way in WAYS.items()
        )
    shown = Console()
    shown.print(as_table(Grid(f"{subject}, {steps} steps", head, rows, "", tuple(range(1, len(head)))), shown.width))


if __name__ == "__main__":
    make_command(main, "python -m tests.benchmarks.subject_word --steps 40")()
