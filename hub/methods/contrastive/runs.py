"""The runs of this method: DAMSM, and every arm by one recipe, on as many images as its minutes let it see."""

from dataclasses import replace

from hub.methods.contrastive.config import ARMS
from hub.methods.contrastive.kid_chooser import NETWORK
from hub.methods.contrastive.train_damsm import DamsmConfig
from hub.methods.training_runs import TrainingRun

IMAGES, BATCH, EVERY = 5_000_000, 64, 500
READS = ("images", "tokens")  # sentences are computed with the words

DAMSM_RUN = TrainingRun(
    name="damsm",
    module="hub.methods.contrastive.train_damsm",
    arguments=(),
    config=DamsmConfig(),
    stored=("training", "config"),
    networks=("guide", "minilm"),
    reads=READS,
    shared=True,
)
RUNS = (
    DAMSM_RUN,
    *(
        TrainingRun(
            name=arm.name,
            module="hub.methods.contrastive",
            arguments=(arm.name, "--images", str(IMAGES), "--batch", str(BATCH), "--every", str(EVERY)),
            config=replace(arm, images=IMAGES, batch=BATCH, every=EVERY),
            stored=("training", "arm"),
            networks=(arm.guide, "damsm", "minilm", arm.features, NETWORK),
            reads=READS,
        )
        for arm in ARMS.values()
    ),
)
