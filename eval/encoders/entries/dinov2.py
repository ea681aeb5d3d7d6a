"""DINOv2 ViT-L/14 (Oquab et al., arXiv 2304.07193): the class token after the last norm, 1024 features.

It is the encoder of FD-DINOv2 (Stein et al., arXiv 2306.04675).
"""

from pathlib import Path

from eval.encoders import ENCODERS, LEADING, LEADING_TITLE, Checkpoint, Network
from eval.encoders.find_weights import find_folder
from eval.encoders.pixels import describe_resize

REPOSITORY = "facebook/dinov2-large"
FILES = ("model.safetensors", "config.json")


@ENCODERS.register
class DinoV2:
    """A self-supervised encoder."""

    name, title = LEADING, LEADING_TITLE
    reads_text = False
    resized = describe_resize(224, in_float=True)

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """Find transformers' two files."""
        return find_folder(self.name, REPOSITORY, FILES, folder)

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """Load the network of the config, with the file's weights."""
        from eval.encoders.dinov2_network import DinoNetwork

        return DinoNetwork(checkpoint.path, device)
