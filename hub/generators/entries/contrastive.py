"""``ssagan``, ``ssagan-contrastive`` and ``attngan-contrastive``: GANs with and without contrasts of wordings."""

from pathlib import Path

from hub.files import WEIGHTS
from hub.generators import GENERATORS, Draw, Placement
from hub.generators.entries.one_step import OneStep
from hub.language.sentence import Sentence


class ContrastiveGan(OneStep):
    """An arm of :mod:`hub.methods.contrastive`."""

    def load(self, place: Placement) -> Draw:
        """Read the generator and the text encoder."""
        from hub.generators.load_contrastive import load_contrastive

        return load_contrastive(self.weights[0], place.device)


class ContrastiveCheckpoint(ContrastiveGan):
    """A checkpoint that is no entry, such as a run of a study, named by its folder."""

    def __init__(self, path: Path) -> None:
        self.name, self.weights = path.parent.name, (path,)


@GENERATORS.register
class SsaGan(ContrastiveGan):
    """The baseline, without contrast; hidden: it is there to be compared with where it is named."""

    hidden = True
    name = "ssagan"
    title = "SSA-GAN"
    method = Sentence("GAN whose text enters through predicted masks, one step (after SSA-GAN, CVPR 2022)")
    weights = (WEIGHTS / "ssagan" / "model.safetensors",)


@GENERATORS.register
class SsaGanContrastive(ContrastiveGan):
    """SSA-GAN with both contrasts."""

    name = "ssagan-contrastive"
    title = "SSA-GAN, contrastive"
    method = Sentence("SSA-GAN taught that wordings of one thing are one picture, one step (after arXiv 2312.10854)")
    weights = (WEIGHTS / "ssagan-contrastive" / "model.safetensors",)


@GENERATORS.register
class AttnGanContrastive(ContrastiveGan):
    """AttnGAN with style blocks and both contrasts.

    Hidden while it draws one shape for all: a vote for what it is up against tells nothing.
    """

    hidden = True
    name = "attngan-contrastive"
    title = "AttnGAN, contrastive"
    method = Sentence("AttnGAN with style blocks and the same two losses: places look up words, one step")
    weights = (WEIGHTS / "attngan-contrastive" / "model.safetensors",)
