"""A pack without what a training does not read: the test pictures, and parts that no run of a folder looks at."""

import json
from collections.abc import Collection
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from hub.errors import DataError
from hub.methods.data.concepts import SPLITS

PARTS = ("images", "texts", "tokens")  # of a pack, that a run may read; captions, styles and splits are always there


def slim_pack(source: Path, target: Path, parts: Collection[str]) -> None:
    """Write the training and validation rows of a pack with these of its PARTS alone; rows keep their order.

    Raises: DataError where the pack lacks a part, as one of an older build does.
    """
    with safe_open(source, "pt") as file:
        meta = dict(file.metadata() or {})
        there = set(file.keys())  # safetensors has no other way to ask
        if lacking := [part for part in parts if part not in there]:
            raise DataError(f"{source} has no {', '.join(lacking)}, which these runs need: build it again.")
        tensors = {name: file.get_tensor(name) for name in there if name not in PARTS or name in parts}
    rows = (tensors["split"] != SPLITS.index("test")).nonzero().flatten()
    kept = {name: tensors[name][rows] for name in ("style", "split")}
    said, kept["text_offsets"] = _cut(tensors["text_offsets"], rows)
    kept |= {name: tensors[name][said] for name in ("texts", "tokens") if name in tensors}
    if "images" in tensors:
        held, kept["offsets"] = _cut(tensors["offsets"], rows)
        kept["images"] = tensors["images"][held]
    for name in ("concepts", "captions"):
        every = json.loads(meta[name])
        meta[name] = json.dumps([every[row] for row in rows.tolist()])
    save_file(kept, target, meta)


def _cut(offsets: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return the places of what these rows own, end to end, and the offsets by which that is theirs."""
    counts, cuts = (offsets[1:] - offsets[:-1])[rows], offsets.tolist()
    places = torch.cat([torch.arange(cuts[row], cuts[row + 1]) for row in rows.tolist()])
    return places, torch.cat([torch.zeros(1, dtype=offsets.dtype), counts.cumsum(0)])
