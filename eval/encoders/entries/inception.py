"""Inception v3 of the FID (Heusel et al., arXiv 1706.08500): TensorFlow's weights of 2015-12-05, 2048 pooled features.

Pictures are resized as clean-fid does, with antialiasing, so figures equal clean-fid's and not those of packages
that resize inside TensorFlow.
"""

from pathlib import Path

from eval.encoders import ENCODERS, Checkpoint, Network
from eval.encoders.find_weights import find_file
from eval.encoders.pixels import describe_resize

FILES = ("pt_inception-2015-12-05-6726825d.pth", "weights-inception-2015-12-05-6726825d.pth")
SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"


@ENCODERS.register
class Inception:
    """The encoder of published FID."""

    name = "inception"
    title = "Inception"
    reads_text = False
    resized = describe_resize(299, in_float=True)

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """Find the file that pytorch-fid (release fid_weights) and torch-fidelity (release v0.2.0) publish."""
        return find_file(self.name, FILES, SHA256, f"download {FILES[0]} from pytorch-fid's releases", folder)

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """Load the network with the file's weights, read without pickled code."""
        from eval.encoders.inception_network import FidInception

        return FidInception(checkpoint.path, device)
