"""``python -m eval.studies.contrastive``: what each contrast is worth, by runs of ``hub.methods.contrastive.study``.

Base, fake-to-fake, fake-to-real and both, on SSA-GAN. Held-out concepts alone: consistency over their paraphrases by
people, R-precision by the embedded judge, which no loss used. An ordering that fails is reported as failing.
"""

from functools import cache, partial
from pathlib import Path

import numpy as np

from eval.features.reference_features import read_reference
from eval.metrics import Features, Ints, Measured, Takes
from eval.metrics.entries.consistency import Consistency
from eval.metrics.entries.frechet import Frechet
from eval.metrics.entries.image_text import ImageText
from eval.metrics.entries.kid import Kernel
from eval.metrics.entries.ppd import PerPromptDiversity
from eval.metrics.r_precision import NAME, measure_r_precision
from eval.study.declaration import Expected, Ordering, Study, StudyFigure, StudyRun
from eval.study.run_study import read_runs, study_command
from hub.generators.entries.contrastive import ContrastiveCheckpoint
from hub.methods.contrastive.study import BASE, BOTH, FF, FR
from hub.methods.scad.study import images_seen

README = Path(__file__).parents[2] / "hub" / "methods" / "contrastive" / "README.md"
FD, KID, PPD, ALIKE = Frechet.name, Kernel.name, PerPromptDiversity.name, Consistency.name


@cache
def concept_codes() -> Ints:
    """Return the number of each test caption's concept."""
    return np.unique(read_reference().concepts, return_inverse=True)[1]


def measure_precision(drawn: Features, run: StudyRun) -> Measured:
    """Return R-precision of a run's first picture of every test caption."""
    one = drawn.first()
    assert one.texts is not None
    return measure_r_precision(one.images, one.texts, concept_codes()[one.prompts], one.encoder)


CONTRASTIVE_STUDY = Study(
    title="SSA-GAN with distribution-sensitive losses: the study",
    training="python -m hub.methods.contrastive.study",
    find_runs=partial(read_runs, file="model.safetensors", generator=ContrastiveCheckpoint, images=images_seen),
    shown=(FD, KID, ALIKE, NAME, ImageText.name, PPD),
    figures=(StudyFigure(NAME, "higher", measure_precision, Takes.embeddings),),
    orderings=(
        Ordering(ALIKE, (FF, BOTH), Expected.above, BASE),
        Ordering(ALIKE, (BOTH,), Expected.above, FR),
        Ordering(FD, (FR, BOTH), Expected.below, BASE),
        Ordering(FD, (BOTH,), Expected.below, FF),
        Ordering(PPD, (FF,), Expected.below, BASE, " (watched: fake-to-fake may take variety)"),
    ),
    notes=(
        "Consistency is 1 of a model that draws one picture for all: read it beside PPD, of which real images' is over "
        "the four styles of a concept.",
    ),
    worded=True,
)

if __name__ == "__main__":
    study_command(CONTRASTIVE_STUDY, "python -m eval.studies.contrastive --runs runs/study", README)()
