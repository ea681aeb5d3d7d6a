"""Runs of the study of personalisation, and their figures: drift, fidelity, and how far the weights moved."""

import csv
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from eval.drift_watch.drawn_sets import OTHER_SEEDS, draw_sets, plan_watch
from eval.drift_watch.drift_figures import measure_watch
from eval.drift_watch.figure_names import (
    AFTER,
    BEFORE,
    CLASS,
    FLOOR,
    KID,
    SIMILARITY,
    SUBJECT,
    TEXT_CHANGE,
    UNRELATED,
)
from eval.encoders import ENCODERS
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.metrics import Measured
from eval.studies.diffusion_sampling import SamplingPoint
from eval.study.declaration import Figures, StudyRun
from eval.study.run_study import NAME
from hub.errors import MissingFile
from hub.generators import Draw, Placement, Sampling
from hub.generators.entries.diffusion import Diffusion
from hub.methods.personalization.run_record import ENTRY, read_record
from hub.paths import cache_dir
from hub.pixel_pipeline_folder import RESIDUAL, UNET
from hub.subjects.subject_pictures import read_pictures

DRIFT, CLASS_DRIFT, FIDELITY = "unrelated drift", "class drift", "fidelity"
TEXT_DRIFT, DISTANCE = "unrelated change of image-text score", "distance from the base"
BASE, AGAIN = "base", "base with other seeds"  # arms that nobody trained
SPACES = ("efficientnet-lite2", "witness", "judge")  # none of which is in a loss
PROMPTS, OF_CLASS = 24, 10  # unrelated prompts, and pictures of the class and of the subject
DRAWN = replace(Diffusion.sampling, steps=6, parameters={**Diffusion.sampling.parameters, "tolerance": 0.0})
NAMES = {(UNRELATED, KID): DRIFT, (CLASS, KID): CLASS_DRIFT, (UNRELATED, TEXT_CHANGE): TEXT_DRIFT}


@dataclass(frozen=True)
class SubjectDrawer:
    """What a run made, drawn in the study's way."""

    folder: Path
    sampling: Sampling = DRAWN

    @property
    def name(self) -> str:
        """What it is called: as all runs, which their weights tell apart."""
        return "a subject's diffusion"

    @property
    def weights(self) -> tuple[Path, ...]:
        """Its checkpoints."""
        return self.folder / UNET, self.folder / RESIDUAL

    def load(self, place: Placement) -> Draw:
        """Read the pipeline, the text encoder and what the subject's word means."""
        from hub.generators.load_subject import load_subject

        return load_subject(self.folder, place.device, self.sampling)


def find_runs(folder: Path) -> list[StudyRun]:
    """Return the runs in a folder, ``ARM-seedN/SUBJECT``; those of ``naive`` also stand for the base and its floor."""
    made = []
    for path in sorted(folder.glob(f"*/*/{ENTRY}/entry.toml")):
        run = path.parent.parent
        if match := NAME.fullmatch(run.parent.name):
            for arm in (match["arm"], BASE, AGAIN) if match["arm"] == "naive" else (match["arm"],):
                made.append(StudyRun(arm, int(match["seed"]), run, SubjectDrawer(path.parent), subject=run.name))
    return made


@cache
def load_spaces() -> tuple[FeatureSpace, ...]:
    """Return the spaces of the figures. Raises MissingFile."""
    store = FeatureStore(cache_dir() / "features.sqlite")
    return tuple(FeatureSpace(ENCODERS[name], store) for name in SPACES)


def measure_run(run: StudyRun) -> Figures:
    """Return a run's figures, those of the base or of its floor for these arms.

    Pictures are kept in ``drawn`` beside the runs; those of the base are drawn once for all of a seed and subject.
    Raises: DataError, MissingFile, StorageError.
    """
    record = read_record(run.folder)
    plan, kept = plan_watch(record, PROMPTS, OF_CLASS), run.folder.parent.parent / "drawn"
    drawn = draw_sets(plan, SamplingPoint(DRAWN), run.generator, kept, OTHER_SEEDS * (run.seed + 1))
    found = measure_watch(plan, drawn, read_pictures(Path(record["pictures"])).images, load_spaces())
    role = FLOOR if run.arm == AGAIN else AFTER
    made = [
        replace(one.measured, metric=NAMES[one.pictures, one.measured.metric])
        for one in found
        if one.role == role and (one.pictures, one.measured.metric) in NAMES
    ]
    if run.arm == BASE:
        made = [replace(one, value=0.0, low=0.0, high=0.0) for one in made]  # from itself, with the same seeds
    learnt = BEFORE if run.arm == BASE else AFTER
    made += [
        replace(one.measured, metric=FIDELITY)
        for one in found
        if run.arm != AGAIN and (one.pictures, one.measured.metric, one.role) == (SUBJECT, SIMILARITY, learnt)
    ]
    if run.arm not in (BASE, AGAIN):
        made.append(read_distance(run.folder))
    return {one.name: one for one in made}


def read_distance(folder: Path) -> Measured:
    """Return ||theta - base|| at the end of a run. Raises MissingFile where its log is gone."""
    try:
        with (folder / "log.csv").open(newline="", encoding="utf-8") as file:
            value = float(list(csv.DictReader(file))[-1]["distance"])
    except (OSError, IndexError, KeyError, ValueError) as error:
        raise MissingFile(f"{folder / 'log.csv'} does not say how far the weights moved: train it again.") from error
    return Measured(DISTANCE, value, value, value, 1, "", space="weights")
