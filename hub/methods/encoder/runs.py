"""The runs of this method: guide, judge and witness, each of a fixed number of epochs.

The GANs are trained with the guide, and every figure is measured with judge and witness: none is replaced unasked.
"""

from hub.methods.encoder.train import GUIDE, JUDGE, WITNESS
from hub.methods.training_runs import TrainingRun

RUNS = tuple(
    TrainingRun(
        name=config.name,
        module="hub.methods.encoder",
        arguments=(config.name,),
        config=config,
        stored=("config", "training"),
        networks=("efficientnet-lite2",) if config.frozen_trunk else (),
        shared=True,
    )
    for config in (GUIDE, JUDGE, WITNESS)
)
