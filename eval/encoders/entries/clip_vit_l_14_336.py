"""CLIP ViT-L/14 at 336 pixels with OpenAI's weights (arXiv 2103.00020), as open_clip keeps it: 768 dimensions."""

from pathlib import Path

from eval.encoders import ENCODERS, Checkpoint, Network
from eval.encoders.find_weights import find_folder
from eval.encoders.pixels import describe_resize

REPOSITORY = "timm/vit_large_patch14_clip_336.openai"
FILES = ("open_clip_model.safetensors", "open_clip_config.json")


@ENCODERS.register
class ClipViTL14At336:
    """The encoder of published CMMD."""

    name = "clip-vit-l-14-336"
    title = "CLIP ViT-L/14@336"
    reads_text = True
    resized = describe_resize(336, cut=True)

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """Find open_clip's two files."""
        return find_folder(self.name, REPOSITORY, FILES, folder)

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """Load both towers, the preprocessing and the tokenizer that the config names."""
        from eval.encoders.open_clip_network import load_folder

        return load_folder(checkpoint.path, device)
