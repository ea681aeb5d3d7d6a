"""The real test images, against which generators are measured: a committed file of features by several encoders."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from eval.encoders import ENCODERS, LEADING, OnTrunk
from eval.encoders.pixels import Array32
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from hub.errors import DataError, MissingFile
from hub.prompts import REFERENCE

AGAIN = "make it again with python -m eval.reference"


@dataclass(frozen=True, eq=False)
class Reference:
    """The real test images, row by row, and wordings that mean the same, each first wording a caption.

    ``features`` by encoder, (N, D) each; ``encoders`` are their names with their checkpoints.
    """

    captions: tuple[str, ...]
    concepts: tuple[str, ...]
    paraphrases: tuple[tuple[str, ...], ...]
    features: Mapping[str, Array32]
    encoders: Mapping[str, str]

    def spaces(self, store: FeatureStore, device: str = "") -> list[FeatureSpace]:
        """Open the encoders that have features here, themselves or by their trunk, DINOv2 first where it has.

        Raises: MissingFile.
        """
        return [
            FeatureSpace(encoder, store, device=device)
            for encoder in sorted(ENCODERS, key=lambda encoder: encoder.name != LEADING)
            if (encoder.trunk if isinstance(encoder, OnTrunk) else encoder.name) in self.features
        ]

    def encoded(self, space: FeatureSpace) -> Array32:
        """Return the features of the real images in a space, (N, D).

        Raises: DataError where another checkpoint encoded them.
        """
        if space.trunk is not None:
            return space.headed(self.encoded(space.trunk))
        name = space.encoder.name
        if self.encoders[name] != space.name:
            raise DataError(
                f"The reference was encoded by {self.encoders[name]}, images would be by {space.name}: {AGAIN}"
            )
        return self.features[name]


def read_reference(path: Path = REFERENCE) -> Reference:
    """Read the committed reference.

    Raises: MissingFile when it is not there, DataError when it is not whole.
    """
    if not path.exists():
        raise MissingFile(f"{path} is missing; restore it from the repository, or {AGAIN}")
    try:
        with safe_open(path, "numpy") as file:
            about = {key: json.loads(text) for key, text in (file.metadata() or {}).items()}
            features = {name: file.get_tensor(name).astype(np.float32) for name in about["encoders"]}
        captions, concepts = tuple(about["captions"]), tuple(about["concepts"])
        paraphrases = tuple(tuple(group) for group in about["paraphrases"])
    except (SafetensorError, KeyError, ValueError) as error:
        raise DataError(f"{path} can't be read ({error}): {AGAIN}") from error
    if {len(rows) for rows in features.values()} != {len(captions)} or len(captions) != len(concepts):
        raise DataError(f"{path} has unequal numbers of rows and captions: {AGAIN}")
    if not {group[0] for group in paraphrases} <= set(captions):
        raise DataError(f"{path} has wordings of no caption: {AGAIN}")
    return Reference(captions, concepts, paraphrases, features, about["encoders"])
