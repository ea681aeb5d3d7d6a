"""The embedded judge: EfficientNet-Lite2 and MiniLM-L6 with heads trained here, one space for pictures and texts."""

from pathlib import Path

from eval.encoders import ENCODERS, Checkpoint, Network
from eval.encoders.find_weights import find_committed
from eval.encoders.pixels import describe_resize


@ENCODERS.register
class EmbeddedJudge:
    """The embedded image-text encoder."""

    name = "judge"
    title = "embedded judge"
    reads_text = True
    resized = describe_resize(128)
    trunk = "efficientnet-lite2"

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """Find the committed file; a folder is not looked into."""
        return find_committed(self.name)

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """Load both towers."""
        from eval.encoders import embedded_networks

        return embedded_networks.Judge(device)
