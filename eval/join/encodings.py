"""What one encoder makes of pictures and texts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from eval.encoders import Encoder
from eval.features.sources import Picture
from eval.features.store import Store
from eval.features.stream import Encoded, encode
from eval.metrics import Array
from eval.scoring import Scorer


class Encoding(Protocol):
    """An encoder with its checkpoint, ``name`` saying both; each picture and text is encoded once for all runs."""

    encoder: Encoder
    name: str

    def pictures(self, pictures: Sequence[Picture], title: str) -> Encoded:
        """Features of every picture that can be read. Raises DataError where none can be, StorageError."""
        ...

    def texts(self, texts: Sequence[str]) -> Array:
        """Unit embeddings (N, D) of the texts, of an encoder that reads them."""
        ...


class StoredEncoding:
    """Kept in ``store``. Raises MissingFile where the encoder's weights are not there."""

    def __init__(self, encoder: Encoder, store: Store, weights: Path | None, device: str) -> None:
        self._scorer, self._store = Scorer(encoder, weights, device, store), store
        self.encoder, self.name = encoder, self._scorer.name

    def pictures(self, pictures: Sequence[Picture], title: str) -> Encoded:
        """Those that are kept go through no network."""
        return encode(pictures, lambda: self._scorer.network, self.name, self._store, title)

    def texts(self, texts: Sequence[str]) -> Array:
        """Those that are kept go through no network."""
        return self._scorer.texts(texts)
