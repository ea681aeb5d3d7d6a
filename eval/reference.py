"""``python -m eval.reference``: encode the real test images, against which generators are measured."""

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from safetensors.numpy import save

from eval.features import BATCH, Encoder, load_judge
from eval.files import write_whole
from hub.command import command
from hub.paths import cache_dir
from hub.progress import console, track
from hub.prompts import REFERENCE


def load_test_rows() -> Any:
    """The test split of the captioned emoji, a ``datasets.Dataset``; built first when it is not in the cache."""
    from hub.methods.data.build import load

    data = load(cache_dir(), track)
    return data.filter(lambda split: split == "test", input_columns="split")


def build(rows: Any, encoder: Encoder) -> bytes:
    """The reference as safetensors: ``features`` (N, 1280) float16; captions, concepts, styles and encoder beside.

    ``rows``: a ``datasets.Dataset`` with ``image``, ``caption``, ``concept`` and ``style``.
    """
    starts = track(range(0, len(rows), BATCH), "Encoding the test images")
    features = np.concatenate([encoder.features(rows[start : start + BATCH]["image"]) for start in starts])
    styles = rows.features["style"].int2str(rows["style"][:])
    columns = {"captions": rows["caption"][:], "concepts": rows["concept"][:], "styles": styles}
    about = {name: json.dumps(column, ensure_ascii=False) for name, column in columns.items()}
    content: bytes = save({"features": features.astype(np.float16)}, {**about, "encoder": encoder.trunk})
    return content


def main(out: Annotated[Path, typer.Option(help="File to write.")] = REFERENCE) -> None:
    """Encode the real test images with EfficientNet-Lite2 and write their features."""
    write_whole(out, build(load_test_rows(), load_judge()))
    console.print(f"Wrote {out}", markup=False)


if __name__ == "__main__":
    command(main, "python -m eval.reference --out test.safetensors")()
