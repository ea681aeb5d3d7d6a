"""The arms: what they consist of, and their budget. Fields with a ``help`` make the command-line flags."""

from dataclasses import dataclass, field, replace
from typing import Any

from hub.methods.contrastive.attention_generator import AttentionSizes
from hub.methods.contrastive.ssa_generator import SsaSizes


def _flag(default: Any, about: str, name: str | None = None) -> Any:
    return field(default=default, metadata={"help": about, "flag": name})


@dataclass(frozen=True)
class ContrastiveConfig:
    """One arm and its budget. The generator's sizes decide the architecture.

    Every arm draws both captions of each image from one noise; arms of one architecture differ in the weights of the
    two contrasts alone.
    """

    name: str = "ssagan"
    generator: SsaSizes | AttentionSizes = field(default_factory=SsaSizes)
    images: int = _flag(200_000, "How many real images to see; twice as many pictures are drawn.")
    minutes: float = _flag(0.0, "Stop after so many minutes, keeping all that was learnt; 0: not before the end.")
    styles: tuple[str, ...] = _flag((), "Only this style (may be given again).", "--style")
    batch: int = _flag(8, "Real images in a batch, each with two captions.")
    lr_g: float = _flag(4e-4, "Adam's learning rate of the generator.")
    lr_d: float = _flag(4e-4, "Adam's learning rate of the discriminators.")
    betas: tuple[float, float] = (0.0, 0.9)
    damsm_weight: float = _flag(0.05, "Weight of the matching of words and sentences.")
    fake_to_fake: float = _flag(0.0, "Weight of the contrast of pictures of two captions of one image.")
    fake_to_real: float = _flag(0.0, "Weight of the contrast of pictures with their captions' real images.")
    same_caption: bool = _flag(False, "Two noises of one caption in place of two captions of one noise.")
    divergence: float = 1.0  # weight of conditioning augmentation's KL (AttnGAN's code)
    penalty: float = 2.0  # MA-GP's weight; AttnGAN's last stage has it too, our instantiation
    trunk: str = _flag("features", "What discriminators look at: features, of a frozen network, or pixels.")
    features: str = "efficientnet-lite0"
    seen: int = 64  # pixels that frozen features are taken at
    guide: str = "guide"
    width: int = 48  # of the discriminators
    ema: float = 0.999
    blur: float = 4.0  # pixels, at the start
    blur_images: int = _flag(10_000, "Images until the blur of the networks' inputs is gone.")
    judged: int = _flag(200, "Validation captions by whose KID the best checkpoint is kept; 0: the last is.")
    every: int = _flag(250, "Steps between log rows, grids, checkpoints and resume points.")
    seed: int = _flag(0, "Seed of weights, batches and noise.")


FAKE, REAL = 0.2, 0.2  # weights of the two contrasts where an arm has them: the predecessor's code's, and ours
SSAGAN = ContrastiveConfig("ssagan")
SSAGAN_CONTRASTIVE = replace(SSAGAN, name="ssagan-contrastive", fake_to_fake=FAKE, fake_to_real=REAL)
ATTNGAN_CONTRASTIVE = replace(
    SSAGAN_CONTRASTIVE,
    name="attngan-contrastive",
    generator=AttentionSizes(),
    betas=(0.5, 0.999),
    damsm_weight=1.0,  # by the paper's 5 pictures were patterns that only DAMSM reads
)
ARMS = {arm.name: arm for arm in (SSAGAN, SSAGAN_CONTRASTIVE, ATTNGAN_CONTRASTIVE)}
