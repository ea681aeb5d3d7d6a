"""The runs of this method: every arm, by one recipe, on as many images as its minutes let it see."""

from dataclasses import replace

from hub.methods.scad.config import ARMS
from hub.methods.training_runs import TrainingRun

IMAGES, BATCH = 20_000_000, 128

RUNS = tuple(
    TrainingRun(
        name=arm.name,
        module="hub.methods.scad",
        arguments=(arm.name, "--images", str(IMAGES), "--batch", str(BATCH)),
        config=replace(arm, images=IMAGES, batch=BATCH),
        stored=("training", "arm"),
        networks=tuple(dict.fromkeys([arm.guide, *(expert.features for expert in arm.experts)])),
    )
    for arm in ARMS.values()
)
