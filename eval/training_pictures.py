"""The pictures that this repository's generators were trained on, and those of a generator that are nearest to them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eval.agreement.nearest_pairs import SHOWN, NearestPairs, choose_pairs, make_pair
from eval.drawn_pictures import DrawnPictures
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference
from eval.measure import list_test_requests
from eval.metrics import Takes
from eval.metrics.nearest_training import find_training
from eval.reference import encode_split, load_rows
from eval.reference_space import ReferenceSpace
from hub.engine import Engine
from hub.errors import DataError
from hub.files import png_bytes


@dataclass(frozen=True, eq=False)
class TrainingPictures:
    """The training split's features and captions; ``read`` gives the file of one row."""

    encoded: Reference
    read: Callable[[int], bytes]


def load_training(store: FeatureStore, device: str = "") -> TrainingPictures:
    """Return the training split, built first where it is not in the cache.

    Raises: MissingFile, naming a package that can't be had, DataError or StorageError.
    """
    rows = load_rows("train")

    def read(row: int) -> bytes:
        return png_bytes(rows[row]["image"])

    return TrainingPictures(encode_split("training", rows, store, device), read)


def find_pairs(
    name: str,
    engine: Engine,
    reference: Reference,
    places: list[ReferenceSpace],
    training: TrainingPictures,
    samples: Path,
) -> NearestPairs:
    """Return the pairs of a generator's pictures, which lie in the folder ``samples``, in the first space of images.

    Raises: what drawing and encoding raise.
    """
    place = next(one for one in places if one.takes is Takes.images)
    asked, prompts = list_test_requests(reference)
    made = DrawnPictures(name, engine, asked, samples)
    drawn = made.features(place.space, prompts)
    if place.training is None:
        raise DataError("Pairs need the training pictures.")
    found, kept = find_training(drawn, place.training), [one for one in made.entries if one.file not in made.broken]
    pairs = []
    for at in choose_pairs(found, SHOWN):
        entry, row = kept[at], int(found.rows[at])
        pictures = (samples / entry.file).read_bytes(), training.encoded.captions[row], training.read(row)
        pairs.append(make_pair(entry.prompt, entry.seed, *pictures, float(found.ratios[at])))
    return NearestPairs(name, place.space.encoder.title, len(place.training.images), tuple(pairs))
