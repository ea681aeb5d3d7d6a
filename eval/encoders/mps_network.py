"""MPS: CLIP's two towers, of transformers, and a cross-attention of a picture's patches to a prompt's words.

A prompt's words are shown to the patches where they are like some word of the condition, which says in words what is
to be judged. Held to the authors' own modules on small random weights: tests/eval/encoders/test_pair_encoders.py.

Imports torch: only functions named ``load...`` import this module.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from eval.encoders import Array32
from eval.encoders.cross_attention import PromptedPatches
from eval.encoders.state_files import load_fitting, read_state
from eval.encoders.text_length import Flags, find_truncated
from hub import torchvision_ops
from hub.devices import pick_device

torchvision_ops.ensure()
import open_clip  # noqa: E402 - needs torchvision, mended above
from transformers import CLIPConfig, CLIPModel  # noqa: E402 - as that

CLIP = {  # ViT-H/14, as laion/CLIP-ViT-H-14-laion2B-s32B-b79K has it
    "text_config": {
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "hidden_act": "gelu",
    },
    "vision_config": {
        "hidden_size": 1280,
        "intermediate_size": 5120,
        "num_hidden_layers": 32,
        "num_attention_heads": 16,
        "image_size": 224,
        "patch_size": 14,
        "hidden_act": "gelu",
    },
    "projection_dim": 1024,
}
LAYERS, HEADS = 4, 16  # of the cross-attention
TOKENS, END = 77, 49407  # of a text; its last token, which fills it up too
CONDITION = (  # the authors', of preference over all
    "light, color, clarity, tone, style, ambiance, artistry, shape, face, hair, hands, limbs, structure, instance, "
    "texture, quantity, attributes, position, number, location, word, things."
)
ALIKE = 0.3  # of the likeness of the word that is most like the condition: from here on a word is shown
NAMES = ((r"^model\.", "clip."), (r"^cross_model\.", "cross."), (r"\.fn\.", "."), (r"\.ff\.0\.", ".ff_in."),
         (r"\.ff\.2\.", ".ff_out."), (r"\.ff_out\.1\.", ".ff_out."))  # fmt: skip
PUBLISHED = (
    "the authors' MPS_overall_checkpoint.pth is a pickled module, which is not read here, so fetch its weights by "
    "name: modelscope download --model DiffSynth-Studio/QualityMetric_reward_pretrained "
    "MPS_overall_checkpoint/MPS_overall_checkpoint_diffsynth.safetensors"
)


def choose_words(words: Tensor, asked: Tensor) -> Tensor:
    """Return which words (N, L) are shown, of prompts' embeddings (N, L, D) and those of a condition (M, D)."""
    like = (words @ asked.T).amax(dim=-1)  # (N, L): of each word that of the condition's word it is most like
    return like / like.amax(dim=-1, keepdim=True) > ALIKE


class PromptedClip(nn.Module):
    """A picture and a prompt to their cosine."""

    def __init__(self) -> None:
        super().__init__()
        self.clip = CLIPModel(CLIPConfig(**CLIP))
        self.cross = PromptedPatches(self.clip.config.projection_dim, LAYERS, HEADS)

    def read_text(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return the embeddings of all tokens (N, L, D), and of the whole text (N, D), from tokens (N, L)."""
        read = self.clip.text_model(input_ids=tokens)
        return self.clip.text_projection(read.last_hidden_state), self.clip.text_projection(read.pooler_output)

    def forward(self, pixels: Tensor, tokens: Tensor, condition: Tensor) -> Tensor:
        """Return cosines (N,) of pixels (N, 3, H, W) and tokens (N, L), by the tokens (1, L) of a condition."""
        words, whole = self.read_text(tokens)
        asked = self.read_text(condition)[0][0]  # (L, D)
        shown = choose_words(words, asked)
        patches = self.clip.visual_projection(self.clip.vision_model(pixel_values=pixels).last_hidden_state)
        return F.cosine_similarity(self.cross(patches, words, shown)[:, 0], whole, dim=-1)


def rename_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a file's weights under the names that they have here."""
    renamed = {}
    for key, value in state.items():
        name = key
        for old, new in NAMES:
            name = re.sub(old, new, name)
        renamed[name] = value
    return renamed


class PromptedClipNetwork:
    """The network with CLIP's own preprocessing and tokens, which open_clip has."""

    def __init__(self, model: PromptedClip, device: str) -> None:
        self._device = pick_device(device)
        self._model = model.eval().requires_grad_(False).to(self._device)
        self._preprocess = open_clip.image_transform(model.clip.config.vision_config.image_size, is_train=False)
        self._tokenizer = open_clip.SimpleTokenizer(context_length=TOKENS)
        self._condition = self.tokens([CONDITION])

    def tokens(self, texts: Sequence[str]) -> Tensor:
        """Return the tokens (N, 77) of texts, filled up with that of the end, as CLIP's in transformers fills up."""
        tokens = self._tokenizer(list(texts))
        ended = (tokens == END).cumsum(dim=1) > 0
        filled: Tensor = tokens.masked_fill(ended, END).to(self._device)
        return filled

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, H, W) of the middle square, normalised as CLIP's."""
        return np.asarray(self._preprocess(image), np.float32)

    @torch.inference_mode()
    def score_pairs(self, pixels: Array32, texts: Sequence[str]) -> Array32:
        """Cosines (N,) of pictures and texts."""
        seen = torch.from_numpy(pixels).to(self._device)
        return np.asarray(self._model(seen, self.tokens(texts), self._condition).cpu())

    def cut(self, texts: Sequence[str]) -> Flags:
        """Which texts have more tokens than are read, (N,)."""
        return find_truncated(self._tokenizer, texts)


def load_mps(path: Path, device: str) -> PromptedClipNetwork:
    """Load the network with the weights of a file.

    Raises: MissingFile where it holds none by name, or those of another network.
    """
    state, model = read_state(path, "MPS", PUBLISHED), PromptedClip()
    load_fitting(model, rename_state(state), path, "MPS")
    return PromptedClipNetwork(model, device)
