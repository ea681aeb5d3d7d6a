"""EfficientNet-Lite2, ImageNet weights from their package, on the judge's 128 px: 1280 pooled features."""

from pathlib import Path

from eval.encoders import ENCODERS, Checkpoint, Network
from eval.encoders.pixels import describe_resize
from hub.files import file_sha256, packaged


@ENCODERS.register
class EfficientNetLite2:
    """The embedded image encoder."""

    name = "efficientnet-lite2"
    title = "EfficientNet-Lite2"
    reads_text = False
    resized = describe_resize(128)

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """Find the package's file; a folder is not looked into."""
        path = packaged(self.name)
        return Checkpoint(path, file_sha256(path))

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """Load the judge's trunk alone."""
        from eval.encoders import embedded_networks

        return embedded_networks.load_efficientnet_lite2(device)
