"""ImageReward v1.0 (Xu et al., arXiv 2304.05977): BLIP ViT-L trained on experts' rankings of pictures of a prompt.

Its text encoder attends to the picture, so that a score is of a picture with a prompt, and neither has an embedding.
"""

import math
from pathlib import Path

from eval.encoders import ENCODERS, Checkpoint, Network
from eval.encoders.find_weights import find_folder
from eval.encoders.pixels import describe_resize

REPOSITORY = "zai-org/ImageReward"
FILES = ("ImageReward.pt", "med_config.json")


@ENCODERS.register
class ImageReward:
    """A model of people's preferences."""

    name = "imagereward"
    title = "ImageReward"
    reads_text = False
    resized = describe_resize(224, cut=True)
    preference = True
    scores_between = (-math.inf, math.inf)

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """Find the two published files."""
        return find_folder(self.name, REPOSITORY, FILES, folder)

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """Load BLIP's two encoders and the head with the file's weights, read without pickled code."""
        from eval.encoders.blip_reward import load_blip_reward

        return load_blip_reward(checkpoint.path / FILES[0], checkpoint.path / FILES[1], device)
