"""Pictures to features by the workers of a Ray cluster, into the store that :mod:`eval.features.feature_space` reads.

Batches are those that :func:`eval.features.stream.encode_pictures` would make, so that the features are the same to the
last bit: it finds all of them in the store. What is there already is not encoded, so that a run goes on where it
stopped.
"""

import hashlib
import io
from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
from PIL import Image

from eval.encoders import ENCODERS, Checkpoint, ImageNetwork
from eval.encoders.pixels import to_rgb
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.sources import load_pictures
from eval.features.stream import BATCH, BROKEN
from hub.engine.ray_cluster import gpus, load_data, nodes
from hub.engine.ray_worker import Workplace, workplace
from hub.progress import track_items
from hub.settings import Settings

Row = dict[str, Any]


class Coder:
    """Encodes rows of Ray Data, a batch of pictures each, with one encoder."""

    def __init__(self, encoder: str, checkpoint: Checkpoint, place: Workplace) -> None:
        place.enter()
        self._network = cast(ImageNetwork, ENCODERS[encoder].load(checkpoint, place.device))

    def __call__(self, row: Row) -> Row:
        """Return the digests of the pictures with their features, float32 bytes each."""
        pixels = []
        for content in row["pictures"]:
            with Image.open(io.BytesIO(content)) as image:
                pixels.append(self._network.prepare(to_rgb(image)))
        features = np.ascontiguousarray(self._network(np.stack(pixels)), "<f4")
        return {"sha256": list(row["sha256"]), "features": [one.tobytes() for one in features]}


def mark_readable(row: Row) -> Row:
    """Return the row with whether its picture can be read."""
    try:
        with Image.open(io.BytesIO(row["picture"])) as image:
            to_rgb(image)
    except BROKEN:
        return {"sha256": row["sha256"], "readable": False}
    return {"sha256": row["sha256"], "readable": True}


def _find_new(source: str, known: set[str]) -> dict[str, bytes]:
    """Return the files of a source that were not encoded yet, by digest, in its order."""
    found: dict[str, bytes] = {}
    for picture in load_pictures(source):
        try:
            content = picture.read()
        except BROKEN:
            continue  # whoever encodes for good tells of it
        digest = hashlib.sha256(content).hexdigest()
        if digest not in known:
            found.setdefault(digest, content)
    return found


def _make_batches(new: dict[str, bytes], data: Any) -> Iterator[Row]:
    """Yield rows of Ray Data, a batch of pictures each."""
    rows = [{"sha256": digest, "picture": content} for digest, content in new.items()]
    checked = data.from_items(rows, override_num_blocks=-(-len(rows) // BATCH)).map(mark_readable)
    good = [row["sha256"] for row in checked.iter_rows() if row["readable"]]
    for start in range(0, len(good), BATCH):
        part = good[start : start + BATCH]
        yield {"sha256": part, "pictures": [new[digest] for digest in part]}


def encode_ahead(
    sources: Sequence[str], spaces: Sequence[FeatureSpace], store: FeatureStore, settings: Settings
) -> None:
    """Encode what is new in the sources by every space's encoder, or its trunk, and keep it in ``store``.

    A worker that dies is replaced, and its batch encoded again. Encoders of pairs are left to whoever scores, who knows
    the pictures' texts.

    Raises: DataError for a source that is none, StorageError, and HubError without a cluster.
    """
    data, there = load_data(settings), gpus(settings)
    share = min(1.0, there) if settings.ray_gpus is None else settings.ray_gpus
    for space in {one.name: one for one in (space.trunk or space for space in spaces if not space.of_pairs)}.values():
        for source in sources:
            new = _find_new(source, store.known(space.name))
            batches = list(_make_batches(new, data)) if new else []
            if not batches:
                continue
            rows = data.from_items(batches, override_num_blocks=len(batches)).map(
                Coder,
                fn_constructor_args=(space.encoder.name, space.checkpoint, workplace(settings, share)),
                compute=data.ActorPoolStrategy(min_size=1, max_size=int(there / share) if share else nodes(settings)),
                num_gpus=share,
                num_cpus=0 if share else 1,
            )
            coded = iter(rows.iter_rows())
            for row in (next(coded) for _ in track_items(batches, f"{space.encoder.title}: {source}")):
                features = [np.frombuffer(one, "<f4") for one in row["features"]]
                if np.isfinite(features).all():  # else whoever encodes for good tells of it
                    store.put(space.name, dict(zip(row["sha256"], features, strict=True)))
