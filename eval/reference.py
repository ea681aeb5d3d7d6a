"""``python -m eval.reference``: encode the real test images, against which generators are measured.

What is chosen (a checkpoint, a sampler) is chosen on the validation split, whose reference is made when it is needed.
"""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from safetensors.numpy import save

from eval.encoders import ENCODERS
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference, read_reference
from eval.features.sources import Picture
from hub.command import make_command, split_names
from hub.errors import DataError
from hub.files import png_bytes, write_whole
from hub.paths import cache_dir
from hub.progress import console, track_items
from hub.prompts import REFERENCE

SPACES = ("efficientnet-lite2", "witness")
MEANINGS, WORDINGS = 100, 4  # meanings with paraphrases, and wordings of each at most


def load_rows(split: str) -> Any:
    """Return a split of the captioned emoji, a ``datasets.Dataset``; built first when it is not in the cache."""
    from hub.methods.data.build import load

    data = load(cache_dir(), track_items)
    return data.filter(lambda one: one == split, input_columns="split")


def pick_wordings(
    captions: Sequence[str], concepts: Sequence[str], paraphrases: Sequence[Sequence[str]]
) -> list[list[str]]:
    """Return captions with their paraphrases, of the first ``MEANINGS`` concepts that have any, the styles in turn.

    A paraphrase with a figure in it is left out: it is a short code's number, not a word.
    """
    rows: dict[str, list[list[str]]] = {}
    for caption, concept, others in zip(captions, concepts, paraphrases, strict=True):
        said = [caption, *(text for text in others if not any(char.isdigit() for char in text))]
        rows.setdefault(concept, []).append(said[:WORDINGS])
    several = [styles for styles in rows.values() if len(styles[0]) > 1][:MEANINGS]
    return [styles[number % len(styles)] for number, styles in enumerate(several)]


def build(rows: Any, spaces: Sequence[FeatureSpace]) -> bytes:
    """Return the reference as safetensors: features (N, D) in half precision under each encoder's name.

    Beside them are captions, concepts, styles, paraphrases and the encoders' checkpoints. ``rows``: a
    ``datasets.Dataset`` with ``image``, ``caption``, ``concept``, ``style`` and ``paraphrases``.

    Raises: DataError where a picture can't be read.
    """

    def png_of(number: int) -> bytes:
        return png_bytes(rows[number]["image"])

    pictures = [Picture(f"row {number}", partial(png_of, number)) for number in range(len(rows))]
    features = {}
    for space in spaces:
        made = space.pictures(pictures, f"{space.encoder.title}: real images")
        if made.broken:
            raise DataError(f"{made.broken[0].name} can't be read ({made.broken[0].reason}): build the data again.")
        features[space.encoder.name] = made.features.astype(np.float16)
    captions, concepts = rows["caption"][:], rows["concept"][:]
    about = {
        "captions": captions,
        "concepts": concepts,
        "styles": rows.features["style"].int2str(rows["style"][:]),
        "paraphrases": pick_wordings(captions, concepts, rows["paraphrases"][:]),
        "encoders": {space.encoder.name: space.name for space in spaces},
    }
    content: bytes = save(features, {name: json.dumps(value, ensure_ascii=False) for name, value in about.items()})
    return content


def encode_split(name: str, rows: Any, store: FeatureStore, device: str = "") -> Reference:
    """Return the reference of a split's rows, kept in the user's cache under its name.

    Raises: DataError, StorageError.
    """
    path = cache_dir() / f"{name}.safetensors"
    write_whole(path, build(rows, [FeatureSpace(ENCODERS[one], store, device=device) for one in SPACES]))
    return read_reference(path)


def load_validation(rows: Any, store: FeatureStore) -> Reference:
    """Return the reference of the validation rows. Raises: DataError, StorageError."""
    return encode_split("validation", rows, store)


def main(
    out: Annotated[Path, typer.Option(help="File to write.")] = REFERENCE,
    encoders: Annotated[str, typer.Option(help="Names, comma-separated.")] = ",".join(SPACES),
) -> None:
    """Encode the real test images and write their features, with the captions and paraphrases of the test set."""
    store = FeatureStore(cache_dir() / "features.sqlite")
    spaces = [FeatureSpace(ENCODERS[name], store) for name in split_names(encoders)]
    write_whole(out, build(load_rows("test"), spaces))
    console.print(f"Wrote {out}", markup=False)


if __name__ == "__main__":
    make_command(main, "python -m eval.reference --out test.safetensors")()
