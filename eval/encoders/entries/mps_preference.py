"""MPS, overall (Zhang et al., arXiv 2405.14705): CLIP ViT-H/14 whose picture attends to the words of a prompt.

A score is the cosine of a prompt and of a picture as that prompt has it looked at; the authors' is a constant times it.
They publish a pickled module, which is not read here; read are the weights of the same module by name, as others
publish them: DiffSynth-Studio's safetensors (ModelScope), and the .pth of PAI's EasyAnimate.
"""

from pathlib import Path

from eval.encoders import ENCODERS, Checkpoint, Network
from eval.encoders.find_weights import find_any_file
from eval.encoders.pixels import describe_resize

FILES = ("MPS_overall_checkpoint_diffsynth.safetensors", "MPS_overall.pth", "MPS_overall_checkpoint.pth")
FETCH = (
    "modelscope download --model DiffSynth-Studio/QualityMetric_reward_pretrained "
    "MPS_overall_checkpoint/MPS_overall_checkpoint_diffsynth.safetensors, and put that file"
)


@ENCODERS.register
class MultiDimensionalPreference:
    """A model of people's preferences."""

    name = "mps"
    title = "MPS"
    reads_text = False
    resized = describe_resize(224, cut=True)
    preference = True
    scores_between = (-1.0, 1.0)

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """Find a file with the weights by name, else the authors' own, which loading refuses."""
        return find_any_file(self.name, FILES, FETCH, folder)

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """Load both towers and the cross-attention with the file's weights, read without pickled code."""
        from eval.encoders.mps_network import load_mps

        return load_mps(checkpoint.path, device)
