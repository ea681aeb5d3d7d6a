"""Checkpoints of :mod:`hub.methods.contrastive`: GANs with and without contrasts of wordings."""

from pathlib import Path

from hub.generators import Accepts, Draw, Placement, Sampling


class ContrastiveGan:
    """An arm of :mod:`hub.methods.contrastive`. The licence is that of the training pictures that asks most.

    Hidden while its checkpoint has seen few images, on a crowded CPU: a vote for what it is up against tells nothing.
    """

    licence = "CC-BY-SA-4.0"
    weights: tuple[Path, ...]
    sampling = Sampling()
    accepts = Accepts()
    remote = False
    hidden = True

    def load(self, place: Placement) -> Draw:
        """Read the generator and the text encoder."""
        from hub.generators.load_contrastive import load_contrastive

        return load_contrastive(self.weights[0], place.device)


class ContrastiveCheckpoint(ContrastiveGan):
    """A checkpoint that is no entry, such as a run of a study, named by its folder."""

    def __init__(self, path: Path) -> None:
        self.name, self.weights = path.parent.name, (path,)
