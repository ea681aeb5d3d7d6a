"""What one encoder makes of pictures and texts: each, or each pair of them, goes through it once, for all runs."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

import numpy as np

from eval.encoders import (
    ENCODERS,
    Checkpoint,
    Encoder,
    HeadNetwork,
    Network,
    OnTrunk,
    PairNetwork,
    ScoresPairs,
    TextNetwork,
)
from eval.encoders.pixels import Array32
from eval.features.feature_store import FeatureStore
from eval.features.sources import Picture
from eval.features.stream import BATCH, Encoded, check_finite, encode_pictures
from eval.metrics import Array, Flags
from eval.metrics.entries.image_text import image_text_scores
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.progress import show_waiting

T = TypeVar("T")
NO_FEATURES = Sentence(
    "{encoder} scores a picture with its prompt, and has no features of pictures: name another encoder."
)


class FeatureSpace:
    """One encoder with its checkpoint and the features it made so far; ``name`` says both.

    Raises: MissingFile where its weights are not there; ``weights`` is a folder that may hold them.
    """

    def __init__(self, encoder: Encoder, store: FeatureStore, weights: Path | None = None, device: str = "") -> None:
        self.encoder, self.store, self._device = encoder, store, device
        self.checkpoint: Checkpoint = encoder.checkpoint(weights)
        self.name = f"{encoder.name}@{self.checkpoint.sha256[:12]}"
        below = isinstance(encoder, OnTrunk)
        self.trunk = FeatureSpace(ENCODERS[cast(OnTrunk, encoder).trunk], store, weights, device) if below else None

    @property
    def of_pairs(self) -> bool:
        """Whether the encoder scores pairs of a picture and a text, and has features of neither."""
        return isinstance(self.encoder, ScoresPairs)

    @cached_property
    def network(self) -> Network:
        """The encoder, loaded once, when something is not kept."""
        with show_waiting(f"Loading {self.encoder.title}"):
            return self.encoder.load(self.checkpoint, self._device)

    def pictures(self, pictures: Sequence[Picture], title: str) -> Encoded:
        """Encode every picture that can be read; ``title`` stands at the progress bar.

        Raises: DataError where none can be read, the network gives NaN, or it has no features; StorageError.
        """
        if self.of_pairs:
            raise DataError(Sentence(NO_FEATURES.template, encoder=self.encoder.title))
        if self.trunk is None:
            return encode_pictures(pictures, lambda: self.network, self.name, self.store, title)
        below = self.trunk.pictures(pictures, title)
        return replace(below, features=self.headed(below.features, below.sha256))

    def score_pairs(self, pictures: Sequence[Picture], texts: Sequence[str], title: str) -> tuple[Encoded, Array]:
        """Return the pictures that can be read, each of a name of its own, and their scores (N,) with their texts.

        An encoder of pairs says them; of another that reads texts they are the cosines. Texts are in the order of
        the pictures.

        Raises: DataError where no picture can be read, or the network gives NaN; StorageError.
        """
        if self.of_pairs:
            kept = f"{self.name} pairs"
            made = encode_pictures(pictures, lambda: self.network, kept, self.store, title, texts)
            return made, made.features[:, 0].astype(np.float64)
        made, known = self.pictures(pictures, title), [*dict.fromkeys(texts)]
        row = {text: number for number, text in enumerate(known)}
        of = {picture.name: row[text] for picture, text in zip(pictures, texts, strict=True)}
        said = self.texts(known)[[of[name] for name in made.names]]
        return made, image_text_scores(made.features.astype(np.float64), said)

    def headed(self, features: Array32, sha256: Sequence[str] | None = None) -> Array32:
        """Return embeddings (N, D) of pictures from their trunk's features (N, F) and, where known, their SHA-256."""
        features = np.ascontiguousarray(features, np.float32)
        digests = sha256 or [hashlib.sha256(row.tobytes()).hexdigest() for row in features]
        rows = dict(zip(digests, features, strict=True))
        self._keep(self.name, rows, lambda part: cast(HeadNetwork, self.network).head(np.stack(part)))
        return self.store.get(self.name, digests)

    def texts(self, texts: Sequence[str]) -> Array:
        """Return unit embeddings (N, D) of the texts.

        Raises: DataError for NaN; StorageError.
        """
        kept = f"{self.name} texts"
        digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        new = dict(zip(digests, texts, strict=True))
        self._keep(kept, new, lambda part: cast(TextNetwork, self.network).texts(part))
        return self.store.get(kept, digests).astype(np.float64)

    def cut(self, texts: Sequence[str]) -> Flags:
        """Return of which texts the encoder reads the beginning alone, (N,).

        Raises: StorageError.
        """
        kept = f"{self.name} cut"
        digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        new = dict(zip(digests, texts, strict=True))
        self._keep(
            kept, new, lambda part: cast(TextNetwork | PairNetwork, self.network).cut(part)[:, None].astype(np.float32)
        )
        return self.store.get(kept, digests)[:, 0] > 0

    def _keep(self, kept: str, items: Mapping[str, T], compute: Callable[[list[T]], Array32]) -> None:
        """Compute what is not in the store under this name, batch by batch."""
        new = sorted(items.keys() - self.store.known(kept))
        for start in range(0, len(new), BATCH):
            part = new[start : start + BATCH]
            rows = check_finite(compute([items[digest] for digest in part]), self.name)
            self.store.put(kept, dict(zip(part, rows, strict=True)))
