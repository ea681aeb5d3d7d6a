"""``python -m hub.methods.personalization.study``: train the runs; ``python -m eval.studies.personalization`` measures.

A run is an arm, a seed and a subject: held-out concepts in four styles, and two mascots drawn by rule. What was
finished is kept, and a run that was stopped goes on.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image

from hub.command import add_flags, make_command, split_names
from hub.errors import DataError
from hub.files import png_bytes, write_whole
from hub.methods.data.build import load
from hub.methods.personalization.config import PIXEL, PenaltyForm, PersonalConfig, Tuned
from hub.methods.personalization.mascots import MASCOTS, draw_mascot
from hub.methods.personalization.run_record import is_whole
from hub.methods.personalization.train import train
from hub.paths import cache_dir
from hub.progress import console, track_items

PICTURES = "pictures"  # folder of the subjects' pictures, beside the runs
LAMBDAS: Mapping[str, tuple[float, ...]] = {
    "mean": (50.0, 200.0, 800.0),
    "sum": (0.003, 0.01),
    "kv": (0.0, 5.0),
    "lora": (0.0, 3.0),
}  # of each arm that is a curve
FIELDS: Mapping[str, dict[str, Any]] = {
    "mean": {},
    "sum": {"form": PenaltyForm.sum},
    "kv": {"tuned": Tuned.kv},
    "lora": {"tuned": Tuned.lora},
}
HALF = "naive-half"  # naive fine-tuning that ends after half the steps: it drifts less, too


@dataclass(frozen=True)
class StudySubject:
    """The word that names a subject, and its class; a mascot, or a held-out concept in its four styles."""

    token: str
    class_word: str


SUBJECTS = {
    "hamster": StudySubject("hamlo-1", "mouse"),
    "one-eyed": StudySubject("momzo-1", "monster"),
    "helicopter": StudySubject("helko-1", "airplane"),
    "striped": StudySubject("strabi-1", "rabbit"),
    "lobster": StudySubject("lobsi-1", "crab"),
}


def name_arm(arm: str, strength: float) -> str:
    """Return what an arm with a lambda is called: ``mean-lambda200``."""
    return f"{arm}-lambda{strength:g}"


ARMS: Mapping[str, dict[str, Any]] = {
    "naive": {"strength": 0.0},
    HALF: {"strength": 0.0},
    "prior": {"strength": 0.0, "prior": 1.0},
    **{name_arm(arm, one): {**FIELDS[arm], "strength": one} for arm, grid in LAMBDAS.items() for one in grid},
}


@dataclass(frozen=True)
class PersonalRun:
    """An arm, a seed, and a subject by its name in ``SUBJECTS``."""

    arm: str
    seed: int
    subject: str

    @property
    def name(self) -> str:
        """Return its folder in that of the study: ``mean-lambda200-seed0/hamster``."""
        return f"{self.arm}-seed{self.seed}/{self.subject}"

    def configure(self, flags: Mapping[str, Any]) -> PersonalConfig:
        """Return its config with the command's fields; no previews are drawn on the way."""
        one, own = SUBJECTS[self.subject], ARMS[self.arm]
        config = PersonalConfig(subject=one.token, class_word=one.class_word, seed=self.seed, every=0, **flags, **own)
        config = config.with_preset(PIXEL)
        return replace(config, steps=max(1, config.steps // 2)) if self.arm == HALF else config


def plan(subjects: Sequence[str], seeds: Sequence[int], arms: Sequence[str]) -> list[PersonalRun]:
    """List every run, seed by seed and subject by subject, so that a study that is broken off has whole ones."""
    return [PersonalRun(arm, seed, subject) for seed in seeds for subject in subjects for arm in arms]


def choose(said: str, there: Collection[str], what: str) -> tuple[str, ...]:
    """Return the names of a comma-separated option. Raises DataError for one that is not there."""
    chosen = split_names(said)
    if unknown := [name for name in chosen if name not in there]:
        raise DataError(f"There is no {what} {', '.join(unknown)}; there are {', '.join(there)}.")
    return chosen


def write_subject(subject: str, out: Path) -> Path:
    """Write a subject's pictures where they are not yet, and return their folder. Raises DataError, StorageError."""
    folder = out / PICTURES / subject
    if not folder.exists():
        shown = draw_mascot(subject) if subject in MASCOTS else find_concept(subject)
        for number, image in enumerate(shown):
            write_whole(folder / f"{number}.png", png_bytes(image))
    return folder


def find_concept(label: str) -> list[Image.Image]:
    """Return the pictures of a held-out concept, one a style, by caption. Raises DataError where there are none."""
    rows = load(cache_dir(), track_items).filter(lambda split: split == "validation", input_columns="split")
    found = sorted((caption, row) for row, caption in enumerate(rows["caption"]) if caption.startswith(f"{label}, "))
    if not found:
        raise DataError(f"No validation caption is of {label!r}: build the data again.")
    return [rows[row]["image"] for _, row in found]


@add_flags(PersonalConfig, leave=("base", "tuned", "strength", "form", "prior", "lr", "token_lr", "every", "seed"))
def main(
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs/personalization"),
    subjects: Annotated[str, typer.Option(help="Subjects, comma-separated.")] = ",".join(SUBJECTS),
    arms: Annotated[str, typer.Option(help="Arms, comma-separated (default: all).")] = "",
    seeds: Annotated[str, typer.Option(help="Seeds, comma-separated.")] = "0,1,2",
    **flags: Any,
) -> None:
    """Train the study's runs; run it again with the same flags to go on."""
    chosen, of_arms = choose(subjects, SUBJECTS, "subject"), choose(arms, ARMS, "arm") or tuple(ARMS)
    try:
        numbers = [int(seed) for seed in split_names(seeds)]
    except ValueError as error:
        raise DataError(f"{seeds!r} is no list of seeds: give them as 0,1,2.") from error
    runs = plan(chosen, numbers, of_arms)
    for run in track_items(runs, "Training the study"):
        config = run.configure(flags)
        if not is_whole(out / run.name, config):
            train(config, write_subject(run.subject, out), out / run.name)
    console.print(f"{len(runs)} runs are whole. Measure them: python -m eval.studies.personalization --runs {out}",
                  markup=False, soft_wrap=True)  # fmt: skip


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.personalization.study --subjects hamster --steps 100 --batch 2")()
