"""The witness: an image network trained here from scratch on emoji, 512 pooled features.

It shares no weights with EfficientNet-Lite2 and was part of no loss, so that a figure that only one of them gives can
be told.
"""

from pathlib import Path

from eval.encoders import ENCODERS, Checkpoint, Network
from eval.encoders.find_weights import find_committed
from eval.encoders.pixels import describe_resize


@ENCODERS.register
class Witness:
    """The second embedded image encoder."""

    name = "witness"
    title = "witness"
    reads_text = False
    resized = describe_resize(64)

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """Find the committed file; a folder is not looked into."""
        return find_committed(self.name)

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """Load the image network without its head."""
        from eval.encoders import embedded_networks

        return embedded_networks.load_witness(device)
