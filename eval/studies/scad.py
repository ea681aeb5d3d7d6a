"""``python -m eval.studies.scad``: the runs of ``hub.methods.scad.study`` measured, and SCAD's orderings tested.

Writes ``study.json``, ``study.md`` and ``study.html``. Images are scored by the report's encoders, which no loss has
seen: EfficientNet-Lite2, the witness and the embedded judge. An ordering is tested by every encoder that measures it;
one that fails is reported as failing.
"""

from functools import partial

import numpy as np

from eval.metrics import Features, Measured
from eval.metrics.entries.frechet import Frechet
from eval.metrics.entries.image_text import ImageText
from eval.metrics.entries.kid import Kernel
from eval.metrics.entries.ppd import PerPromptDiversity
from eval.metrics.entries.recall import Recall
from eval.studies.z_recovery import RECOVERY, z_recovery
from eval.study.declaration import Expected, Ordering, Study, StudyFigure, StudyPlot, StudyRun, Sweep
from eval.study.run_study import read_runs, study_command
from eval.study.sweep_plot import plot_metric
from hub.generators.entries.one_step import OneStepCheckpoint
from hub.generators.load_one_step import read_noises
from hub.methods.scad.config import GALIP
from hub.methods.scad.study import images_seen

PPD, TEXT = PerPromptDiversity.name, ImageText.name
CURVES = tuple(
    Sweep(arm, "CLIP weight", "clip", GALIP.clip_weight, up=(TEXT,), down=(PPD,)) for arm in ("galip", "scad")
)


def recover_noise(drawn: Features, run: StudyRun) -> Measured:
    """Return how much of the noise that a run's pictures were drawn from can be read off their features."""
    assert drawn.seeds is not None
    return z_recovery(drawn, np.asarray(read_noises(run.generator.weights[0], drawn.seeds.tolist()), np.float64))


SCAD_STUDY = Study(
    title="SCAD: the study",
    training="python -m hub.methods.scad.study",
    find_runs=partial(read_runs, file="model.safetensors", generator=OneStepCheckpoint, images=images_seen),
    shown=(Frechet.name, Kernel.name, PPD, RECOVERY, TEXT, Recall.name),
    figures=(StudyFigure(RECOVERY, "higher", recover_noise),),
    sweeps=CURVES,
    orderings=(
        Ordering(PPD, ("scad", "scad-mi", "scad-dd"), Expected.above, "galip"),
        Ordering(PPD, ("scad-mi",), Expected.above, "scad", " (a hope)"),
        Ordering(RECOVERY, ("scad-mi",), Expected.above, "scad"),
    ),
    plots=(
        StudyPlot(
            "collapse",
            "The collapse curve",
            "{name} against the weight of the CLIP loss, by arm",
            partial(plot_metric, metric=PPD, sweeps=CURVES),
        ),
    ),
    notes=("PPD rises with noise too: read it beside FD. Real images: PPD is over the four styles of a concept.",),
    extra_seeds=12,  # for PPD and the noise's recovery
)

if __name__ == "__main__":
    study_command(SCAD_STUDY, "python -m eval.studies.scad --runs runs/study")()
