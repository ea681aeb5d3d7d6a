"""The step at which a run's pictures have a given look: the first kept generator that reaches the level."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from eval.features.sources import Picture
from eval.render import Grid, figure
from eval.studies.rendering_data import Judging
from eval.study.run_scores import draw_with
from eval.study.run_study import NAME
from hub.errors import DataError
from hub.files import file_sha256, png_bytes
from hub.generators.entries.one_step import OneStepCheckpoint
from hub.schema import Request

LEVEL = 0.3  # mean probability of the target's style: of its real pictures it is 0.51
PICTURES = 64  # by which a step is judged
TOLD = "look.csv"  # in a run's folder: each step's probability
COLUMNS = ("step", "sha256", "probability")


@dataclass(frozen=True)
class MatchedStep:
    """A run's matched step: the first that reaches the level, else the last."""

    arm: str
    seed: int
    folder: Path
    step: int
    probability: float

    @property
    def checkpoint(self) -> Path:
        """Return the generator kept at this step."""
        return self.folder / "steps" / f"{self.step:04d}" / "model.safetensors"


def match_runs(folder: Path, judging: Judging) -> list[MatchedStep]:
    """Return the matched step of every run in a folder. Raises: DataError where there is none."""
    found = [(match, path) for path in sorted(folder.glob("*")) if (match := NAME.fullmatch(path.name))]
    made = []
    for match, path in found:
        told = list(tell_looks(path, judging))
        if told:
            step, probability = next(((s, p) for s, p in told if p >= LEVEL), told[-1])
            made.append(MatchedStep(match["arm"], int(match["seed"]), path, step, probability))
    if not made:
        raise DataError(f"{folder} holds no runs named ARM-seedN with steps: train them by python -m hub.methods.ipl.")
    return made


def tell_looks(run: Path, judging: Judging) -> Iterator[tuple[int, float]]:
    """Yield the steps of a run with the target's mean probability, up to the first that reaches the level."""
    told, known = run / TOLD, dict[str, float]()
    if told.exists():
        with told.open(newline="", encoding="utf-8") as file:
            known = {row["sha256"]: float(row["probability"]) for row in csv.DictReader(file)}
    rows = []
    for path in sorted((run / "steps").glob("*/model.safetensors")):
        digest, step = file_sha256(path), int(path.parent.name)
        probability = known[digest] if digest in known else measure_look(path, judging)
        rows.append((step, digest, probability))
        yield step, probability
        if probability >= LEVEL:
            break
    with told.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])


def measure_look(checkpoint: Path, judging: Judging) -> float:
    """Return the mean probability of the target's style of what a checkpoint draws of some captions."""
    captions = judging.reference.captions
    rows = np.linspace(0, len(captions) - 1, min(PICTURES, len(captions))).astype(int)
    requests = [Request(prompt=captions[row], seed=int(row)) for row in rows]
    drawn = draw_with(OneStepCheckpoint(checkpoint), requests)
    pictures = [Picture(f"row {row}", partial(bytes, png_bytes(one))) for row, one in zip(rows, drawn, strict=True)]
    space = judging.places[0].space
    features = space.pictures(pictures, f"{space.encoder.title}: {checkpoint.parents[2].name}").features
    probe = judging.judges.probes[space.name]
    return float(probe.probabilities(features.astype(np.float64), judging.judges.style).mean())


def make_match_table(matched: list[MatchedStep]) -> Grid:
    """Return the table of the matched steps."""
    rows = tuple((one.arm, str(one.seed), str(one.step), figure(one.probability)) for one in matched)
    return Grid("Matched steps", ("Arm", "Seed", "Step", "Probability there"), rows, "", (1, 2, 3))
