"""The embedded judge: EfficientNet-Lite2 and MiniLM-L6 with heads trained here, one space for pictures and texts."""

from pathlib import Path

from eval.encoders import ENCODERS, Checkpoint, Network
from eval.encoders.find_weights import committed


@ENCODERS.register
class EmbeddedJudge:
    """The embedded image-text encoder."""

    name = "judge"
    title = "embedded judge"
    reads_text = True
    trunk = "efficientnet-lite2"

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """The committed file; a folder is not looked into."""
        return committed(self.name)

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """Both towers."""
        from eval.encoders import embedded_networks

        return embedded_networks.Judge(device)
