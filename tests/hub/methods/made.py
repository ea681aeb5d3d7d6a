"""A few drawn pictures in the real form of the training data, with text embeddings that depend on the text alone."""

import datasets
import numpy as np
import torch
from PIL import Image

from hub.files import png_bytes
from hub.methods.data.build import FEATURES


def fake_encoder(texts: list[str]) -> torch.Tensor:
    """Unit rows that depend on the text alone."""
    seeds = [torch.Generator().manual_seed(sum(text.encode())) for text in texts]
    rows = torch.stack([torch.randn(384, generator=seed) for seed in seeds])
    return torch.nn.functional.normalize(rows, dim=-1)


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
