"""The run of this method: the entry ``diffusion``."""

from hub.methods.diffusion.config import TrainConfig
from hub.methods.training_runs import TrainingRun

RUNS = (
    TrainingRun(
        name="diffusion",
        module="hub.methods.diffusion",
        arguments=(),
        config=TrainConfig(),
        stored=("training", "config"),
        networks=("guide",),
    ),
)
