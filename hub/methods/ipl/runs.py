"""The runs of this method: the entries ``ipl`` and ``nada``, ``scad`` adapted to the look of Fluent's 3D pictures."""

from hub.methods.ipl.config import IplConfig, PromptArm
from hub.methods.training_runs import TrainingRun

SOURCE, FLAT, SOLID = "scad", "flat, in Fluent style", "3D, glossy, soft light"

RUNS = tuple(
    TrainingRun(
        name=arm.value,
        module="hub.methods.ipl",
        arguments=("--source", SOURCE, "--from", FLAT, "--to", SOLID, "--arm", arm.value),
        config=IplConfig(SOURCE, FLAT, SOLID, arm=arm),
        stored=("training", "config"),
        networks=("style-guide", SOURCE, "minilm-whole"),
        reads=(),
    )
    for arm in (PromptArm.ipl, PromptArm.nada)
)
