"""``python -m eval.studies.personalization``: the runs of ``hub.methods.personalization.study`` measured and judged.

Drift is KID between what the base drew and what it became draws, with the same seeds, on held-out captions and on the
class; fidelity is the similarity to the subject's pictures. Both are by encoders that are in no loss. Arms are compared
as they are, and where their curves over lambda have the fidelity of prior preservation.
"""

from functools import partial
from pathlib import Path

from eval.studies.subject_runs import (
    AGAIN,
    BASE,
    CLASS_DRIFT,
    DISTANCE,
    DRIFT,
    FIDELITY,
    TEXT_DRIFT,
    find_runs,
    measure_run,
)
from eval.study.declaration import EqualFigure, Expected, Ordering, Study, StudyFigure, StudyPlot, Sweep
from eval.study.pareto_plot import plot_pareto
from eval.study.run_study import study_command
from hub.methods.personalization.study import HALF, LAMBDAS, name_arm

README = Path(__file__).parents[2] / "hub" / "methods" / "personalization" / "README.md"
NAIVE, PRIOR, EQUAL = "naive", "prior", "unrelated drift at prior's fidelity"
GRID = {arm: tuple(name_arm(arm, one) for one in grid) for arm, grid in LAMBDAS.items()}
L2 = (*GRID["mean"], *GRID["sum"])
STEPS, MEAN, SUM, KV, LORA = "naive by steps", "L2 mean", "L2 sum", "L2 of keys and values", "L2 of LoRA"
CURVES = {
    STEPS: (BASE, HALF, NAIVE),
    MEAN: (BASE, *GRID["mean"], NAIVE),
    SUM: (BASE, *GRID["sum"], NAIVE),
    KV: (BASE, *GRID["kv"]),
    LORA: (BASE, *GRID["lora"]),
}
FIGURES = {DRIFT: "lower", CLASS_DRIFT: "lower", FIDELITY: "higher", EQUAL: "lower", TEXT_DRIFT: "higher"}

PERSONALIZATION_STUDY = Study(
    title="Personalisation without drift: the study",
    training="python -m hub.methods.personalization.study",
    find_runs=find_runs,
    shown=(*FIGURES, DISTANCE),
    figures=tuple(StudyFigure(name, better) for name, better in {**FIGURES, DISTANCE: "lower"}.items()),
    sweeps=tuple(Sweep(arm, "lambda", "lambda", down=(DRIFT, FIDELITY, DISTANCE)) for arm in LAMBDAS),
    orderings=(
        *(Ordering(figure, (NAIVE,), Expected.above, PRIOR, floor=AGAIN) for figure in (DRIFT, CLASS_DRIFT)),
        Ordering(DRIFT, L2, Expected.below, PRIOR, floor=AGAIN),
        *(Ordering(figure, L2, Expected.below, NAIVE, floor=AGAIN) for figure in (DRIFT, CLASS_DRIFT)),
        Ordering(EQUAL, (STEPS,), Expected.above, PRIOR, floor=AGAIN),
        *(Ordering(EQUAL, (MEAN, SUM, KV, LORA), Expected.below, other) for other in (PRIOR, STEPS)),
    ),
    plots=(
        StudyPlot(
            "pareto",
            "Subject gained, drift paid",
            "{name} against fidelity, a line an arm through its lambdas",
            partial(plot_pareto, x=FIDELITY, y=DRIFT, curves={**CURVES, PRIOR: (PRIOR,)}),
        ),
    ),
    notes=(
        "Means over subjects. Drift of the base from itself is 0; drawn with other seeds it is the same-model floor.",
        "Every curve begins at the base, which is lambda without end; those of L2 end at naive, which is lambda 0.",
    ),
    measure=measure_run,
    equal=(EqualFigure(EQUAL, DRIFT, FIDELITY, PRIOR, CURVES),),
)

if __name__ == "__main__":
    example = "python -m eval.studies.personalization --runs runs/personalization"
    study_command(PERSONALIZATION_STUDY, example, README)()
