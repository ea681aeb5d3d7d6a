"""HPS v2.1 (Wu et al., arXiv 2306.09341): CLIP ViT-H/14 trained on people's choices between pictures.

The score of a picture for a prompt is the cosine of the two. Pictures are cut to their middle square; the authors fill
them up to one, which is the same where they are square.
"""

from pathlib import Path

from eval.encoders import ENCODERS, Checkpoint, Network
from eval.encoders.find_weights import find_folder
from eval.encoders.pixels import describe_resize

REPOSITORY = "xswu/HPSv2"
FILE = "HPS_v2.1_compressed.pt"
ARCHITECTURE = "ViT-H-14"


@ENCODERS.register
class HpsV2:
    """A model of people's preferences."""

    name = "hpsv2.1"
    title = "HPS v2.1"
    reads_text = True
    resized = describe_resize(224, cut=True)
    preference = True

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """Find the published file."""
        return find_folder(self.name, REPOSITORY, (FILE,), folder)

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """Load open_clip's architecture with the file's weights, read without pickled code."""
        from eval.encoders.open_clip_network import load_state

        return load_state(checkpoint.path / FILE, ARCHITECTURE, device)
