"""Pictures looked at by the rule of compositions: what of each prompt of the compositional set they show."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from eval.composition.layout import RULE, SIDE, find_things, from_numbers, fulfils, to_numbers
from eval.encoders.pixels import Array32
from eval.features.feature_store import FeatureStore
from eval.features.sources import Picture
from eval.features.stream import Broken, encode_pictures
from eval.metrics import Composition
from hub.prompt_sets.compositional import list_expectations, set_digest

BY_RULE = "the rule of compositions"  # what stands at the progress bar in the place of an encoder


class LayoutReader:
    """Reads the things of a picture, as a network reads features; the store keeps them likewise."""

    def prepare(self, image: Image.Image) -> Array32:
        """Return the things of an RGB picture as numbers, (DIMENSIONS,)."""
        small = image if image.size == (SIDE, SIDE) else image.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        return np.asarray(to_numbers(find_things(np.asarray(small, dtype=np.float64))), dtype=np.float32)

    def __call__(self, pixels: Array32) -> Array32:
        """Return what was prepared as it is, (N, DIMENSIONS)."""
        return pixels


def measure_composition(
    pictures: Sequence[Picture], prompts: Mapping[str, str], store: FeatureStore, title: str
) -> tuple[Composition | None, tuple[Broken, ...]]:
    """Return what is seen in those pictures whose prompts, by the picture's name, are of the compositional set.

    None where no prompt is of it. Pictures that can't be read are returned beside it. ``title`` stands at the progress
    bar.

    Raises: DataError where none can be read, StorageError.
    """
    expected, numbers = list_expectations(), {text: number for number, text in enumerate(list_expectations())}
    asked = [one for one in pictures if prompts.get(one.name) in expected]
    if not asked:
        return None, ()
    found = encode_pictures(asked, LayoutReader, RULE, store, title)
    texts = [prompts[name] for name in found.names]
    rows = found.features.astype(np.float64)
    seen = [fulfils(from_numbers(row), expected[text]) for row, text in zip(rows, texts, strict=True)]
    made = Composition(
        prompts=np.array([numbers[text] for text in texts], dtype=np.int64),
        tasks=tuple(expected[text].task for text in texts),
        seen=np.array(seen, dtype=np.bool_),
        rule=f"{RULE}@{set_digest()}",
    )
    return made, found.broken
