"""The embedded judge: EfficientNet-Lite2 and MiniLM-L6 with heads trained here, one space for pictures and texts."""

from pathlib import Path

from eval.encoders import ENCODERS, Checkpoint, Network
from hub.errors import MissingFile
from hub.packaged import WEIGHTS, file_sha256


@ENCODERS.register
class EmbeddedJudge:
    """The embedded image-text encoder."""

    name = "judge"
    title = "embedded judge"
    reads_text = True

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """The committed file; a folder is not looked into."""
        path = WEIGHTS / "judge" / "model.safetensors"
        if not path.exists():
            raise MissingFile(f"The checkpoint {path} is missing; restore it from the repository.")
        return Checkpoint(path, file_sha256(path))

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """The whole judge."""
        from eval.judge import JudgeNetwork

        return JudgeNetwork(device)
