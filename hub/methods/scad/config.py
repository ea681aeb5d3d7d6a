"""The arms: what they consist of, and their budget. Fields with a ``help`` make the command-line flags."""

from dataclasses import dataclass, field, replace
from typing import Any


def _flag(default: Any, about: str, name: str | None = None) -> Any:
    return field(default=default, metadata={"help": about, "flag": name})


@dataclass(frozen=True)
class GeneratorConfig:
    """Sizes of the generator; ``widths`` are the channels at 4x4, 8x8, ... up to half of ``size``."""

    noise: int = 100
    text: int = 384
    cond: int = 192
    widths: tuple[int, ...] = (128, 192, 128, 64)
    size: int = 64


@dataclass(frozen=True)
class Expert:
    """A discriminator by the frozen network whose features it sees.

    ``size`` is the side in pixels that its images are resized to, ``text`` whether it judges the image with its text.
    """

    features: str
    size: int
    text: bool


@dataclass(frozen=True)
class GanConfig:
    """One arm and its budget. The name decides the parts: ``experts``, ``san`` (else hinge) and ``mi``."""

    name: str = "galip"
    experts: tuple[Expert, ...] = (Expert("efficientnet-lite0", 96, text=True),)
    san: bool = False
    mi: bool = False
    guide: str = "guide"
    images: int = _flag(200_000, "How many real images to see.")
    minutes: float = _flag(0.0, "Stop after so many minutes, keeping all that was learnt; 0: not before the end.")
    styles: tuple[str, ...] = _flag((), "Only this style (may be given again).", "--style")
    batch: int = _flag(16, "Batch size of each process.")
    lr_g: float = _flag(4e-4, "Adam's learning rate of the generator.")
    lr_d: float = _flag(2e-4, "Adam's learning rate of the discriminators.")
    lr_q: float = 1e-3  # of Q, which must keep up with the generator: InfoGAN's (arXiv 1606.03657, appendix C)
    betas: tuple[float, float] = (0.0, 0.99)
    clip_weight: float = _flag(4.0, "Weight of -cos(image, text) by the guide.")
    mi_weight: float = _flag(1.0, "Weight of the noise's recovery, in the arms that have it.")
    fake_to_fake: float = _flag(0.0, "Weight of the contrast of pictures of two captions of one image.")
    fake_to_real: float = _flag(0.0, "Weight of the contrast of pictures with their captions' real images.")
    penalty: float = _flag(2.0, "Weight of the gradient penalty.")
    ema: float = 0.999
    blur: float = 4.0  # pixels, at the start
    blur_images: int = _flag(24_000, "Images until the blur of the discriminators' inputs is gone.")
    every: int = _flag(250, "Steps between log rows, grids and resume points.")
    compile: bool = _flag(False, "Compile generator and frozen networks (minutes at the start).")
    seed: int = _flag(0, "Seed of weights, batches and noise.")
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)

    @property
    def paired(self) -> bool:
        """Return whether each image is drawn by two captions, for a contrast (``hub.methods.contrast``)."""
        return self.fake_to_fake > 0 or self.fake_to_real > 0


D_Q = Expert("guide", 64, text=False)
D_Q2 = Expert("efficientnet-lite1", 96, text=False)
D_T = Expert("efficientnet-lite0", 96, text=True)

GALIP = GanConfig("galip", (D_T,))
SCAD = GanConfig("scad", (D_Q, D_T), san=True)
SCAD_MI = replace(SCAD, name="scad-mi", mi=True)
SCAD_DD = replace(SCAD, name="scad-dd", experts=(D_Q, D_Q2, D_T))
ARMS = {arm.name: arm for arm in (GALIP, SCAD, SCAD_MI, SCAD_DD)}
