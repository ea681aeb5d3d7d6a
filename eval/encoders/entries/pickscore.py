"""PickScore v1 (Kirstain et al., arXiv 2305.01569): CLIP ViT-H/14 trained on people's choices between pictures.

A picture's score for a prompt is a constant times the cosine of the two: cosines order pictures of a prompt as it does.
"""

from pathlib import Path

from eval.encoders import ENCODERS, Checkpoint, Network
from eval.encoders.find_weights import find_folder
from eval.encoders.pixels import describe_resize

REPOSITORY = "yuvalkirstain/PickScore_v1"
FILES = ("model.safetensors", "config.json")


@ENCODERS.register
class PickScore:
    """A model of people's preferences."""

    name = "pickscore"
    title = "PickScore"
    reads_text = True
    resized = describe_resize(224, cut=True)
    preference = True

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """Find transformers' two files."""
        return find_folder(self.name, REPOSITORY, FILES, folder)

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """Load both towers with the file's weights."""
        from eval.encoders.transformers_clip import TransformersClip

        return TransformersClip(checkpoint.path, device)
