"""The run of this method: the decoder of the entry ``unclip``, which is what a GPU is for."""

from hub.methods.diffusion.config import TrainConfig
from hub.methods.training_runs import TrainingRun
from hub.methods.unclip.config import told_pictures

RUNS = (
    TrainingRun(
        name="unclip",
        module="hub.methods.unclip.train_decoder",
        arguments=(),
        config=told_pictures(TrainConfig()),
        stored=("training", "config"),
        networks=("guide",),
    ),
)
