"""Folders of models for entries made at run time, as a user or a training leaves them."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

LINES = {"kind": "mock", "title": "Mine", "licence": "MIT"}


def write_model(folder: Path, number: int = 0, **lines: str) -> Path:
    """Write a mock's folder; another ``number``, another picture. A line that is empty is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({"w": np.full(4, number, np.float32)}, folder / "model.safetensors")
    (folder / "entry.toml").write_text(
        "".join(f'{key} = "{value}"\n' for key, value in (LINES | lines).items() if value)
    )
    (folder / "README.md").write_text("# Mine\n\nDraws discs.\n")
    return folder
