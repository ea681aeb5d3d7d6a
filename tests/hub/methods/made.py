"""A few drawn pictures in the real form of the training data, with text embeddings that depend on the text alone."""

from collections.abc import Sequence

import datasets
import numpy as np
import torch
from PIL import Image

from hub.files import png_bytes
from hub.methods.data.build import FEATURES


class FakeEncoder:
    """Unit rows and tokens that depend on the text alone."""

    def __call__(self, texts: Sequence[str]) -> torch.Tensor:
        """Unit rows (N, 384)."""
        seeds = [torch.Generator().manual_seed(sum(text.encode())) for text in texts]
        rows = torch.stack([torch.randn(384, generator=seed) for seed in seeds])
        return torch.nn.functional.normalize(rows, dim=-1)

    def tokens(self, texts: Sequence[str]) -> torch.Tensor:
        """The words' numbers between those of MiniLM's beginning and end, (N, L)."""
        words = [[101, *(1000 + sum(word.encode()) for word in text.split()), 102] for text in texts]
        longest = max(map(len, words))
        return torch.tensor([row + [0] * (longest - len(row)) for row in words])


fake_encoder = FakeEncoder()


def made_rows() -> datasets.Dataset:
    """24 pictures: 12 concepts in two styles; 8 train, 2 validation, 2 test concepts."""
    rng = np.random.default_rng(0)
    table: dict[str, list[object]] = {name: [] for name in FEATURES}
    for style in ("noto", "twemoji"):
        for i in range(12):
            image = Image.fromarray(rng.integers(0, 255, (8, 8, 3), np.uint8)).resize(
                (64, 64), Image.Resampling.NEAREST
            )
            row = {
                "image": {"bytes": png_bytes(image), "path": None},
                "concept": f"{i:04x}",
                "style": style,
                "caption": f"thing {i}, in {style} style",
                "paraphrases": [f"object {i}, in {style} style"] * (i % 2),
                "split": "train" if i < 8 else "validation" if i < 10 else "test",
            }
            for name, value in row.items():
                table[name].append(value)
    return datasets.Dataset.from_dict(table, features=FEATURES)
