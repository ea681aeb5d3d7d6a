"""A set of pictures scored against another by any encoders: what ``python -m eval.score`` does."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np

from eval.encoders import Checkpoint, Encoder, Network, TextNetwork
from eval.features.sources import load_pictures
from eval.features.store import Store
from eval.features.stream import BATCH, Broken, Encoded, encode
from eval.metrics import EMBEDDINGS, IMAGES, Array, Features, Measured, measurable
from eval.sample import MANIFEST, read_manifest
from hub.errors import DataError
from hub.progress import track


@dataclass(frozen=True)
class Unmeasured:
    """A figure that could not be had, and why."""

    metric: str
    reason: str


@dataclass(frozen=True)
class Scores:
    """All figures, those that could not be had, and the pictures of either side that can't be read."""

    figures: tuple[Measured, ...]
    missing: tuple[Unmeasured, ...]
    broken: tuple[Broken, ...]
    broken_reference: tuple[Broken, ...]


@dataclass(frozen=True)
class _Set:
    """One side, encoded; ``texts`` are the prompts of its rows, where a manifest says them."""

    encoded: Encoded
    texts: tuple[str, ...] | None
    seeds: tuple[int, ...] | None


class Scorer:
    """Encodes with one encoder, each picture once for all runs."""

    def __init__(self, encoder: Encoder, weights: Path | None, device: str, store: Store) -> None:
        self.encoder, self._device, self._store = encoder, device, store
        self.checkpoint: Checkpoint = encoder.checkpoint(weights)
        self.name = f"{encoder.name}@{self.checkpoint.sha256[:12]}"

    @cached_property
    def network(self) -> Network:
        """The encoder, loaded once, when something is not kept."""
        return self.encoder.load(self.checkpoint, self._device)

    def read(self, source: str) -> _Set:
        """The pictures of a source with the prompts of its manifest, if it has one. Raises DataError, StorageError."""
        encoded = encode(
            load_pictures(source), lambda: self.network, self.name, self._store, f"{self.encoder.title}: {source}"
        )
        if not (Path(source) / MANIFEST).is_file():
            return _Set(encoded, None, None)
        entries = {entry.file: entry for entry in read_manifest(Path(source))}
        if not all(name in entries for name in encoded.names):
            return _Set(encoded, None, None)
        found = [entries[name] for name in encoded.names]
        return _Set(encoded, tuple(entry.prompt for entry in found), tuple(entry.seed for entry in found))

    def texts(self, texts: Sequence[str]) -> Array:
        """Unit embeddings (N, E) of the texts, each encoded once for all runs."""
        kept = f"{self.name} texts"
        digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        known = self._store.known(kept)
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
        if new:
            network = cast(TextNetwork, self.network)
            for start in range(0, len(new), BATCH):
                part = list(new)[start : start + BATCH]
                embedded = network.texts([new[digest] for digest in part])
                self._store.put(kept, dict(zip(part, embedded, strict=True)))
        return self._store.get(kept, digests).astype(np.float64)

    def features(self, made: _Set, prompts: Sequence[str] | None, free: bool) -> Features:
        """Features of a side, its rows numbered by ``prompts``; without them every row is a prompt of its own."""
        images = made.encoded.features.astype(np.float64)
        rows, texts = np.arange(len(images)), images  # embeddings of no texts: no metric of texts is asked for
        if prompts is not None and made.texts is not None:
            numbers = {text: number for number, text in enumerate(prompts)}
            rows = np.array([numbers[text] for text in made.texts])
            texts = self.texts(made.texts) if self.encoder.reads_text else images
        seeds = np.array(made.seeds) if made.seeds else None
        return Features(rows, images, images, texts, self.name, self.name, seeds, free=free)


def _pairs(generated: _Set, reference: _Set | None) -> bool:
    """Whether the reference has one picture of each of the prompts that were drawn, and of no other."""
    if generated.texts is None or reference is None or reference.texts is None:
        return False
    return len(set(reference.texts)) == len(reference.texts) and set(reference.texts) == set(generated.texts)


def _figures(generated: Features, reference: Features | None, title: str, text: bool) -> Scores:
    """Every metric that can be had of these features, named by their encoder."""
    figures, missing = [], []
    chosen = [m for m in measurable(generated, reference) if IMAGES in m.name or (text and EMBEDDINGS in m.name)]
    for metric in track(chosen, f"Measuring with {title}"):
        name = metric.name.replace(IMAGES, title).replace(EMBEDDINGS, title)
        try:
            figures.append(replace(metric(generated, reference or generated), metric=name))
        except DataError as error:
            missing.append(Unmeasured(name, str(error)))
    return Scores(tuple(figures), tuple(missing), (), ())


def score(source: str, reference: str | None, scorers: Sequence[Scorer]) -> Scores:
    """Every figure of the pictures of ``source`` by every encoder, against those of ``reference`` where one is named.

    Where both have a manifest with the same prompts, one reference picture each, prompts are pairs; else the reference
    is a set of its own. Raises DataError, StorageError, MissingFile.
    """
    parts = []
    for scorer in scorers:
        made, other = scorer.read(source), scorer.read(reference) if reference else None
        together = _pairs(made, other)
        prompts = (other.texts if together and other else None) or (made.texts and tuple(dict.fromkeys(made.texts)))
        held = scorer.features(other, prompts if together else None, not together) if other else None
        text = scorer.encoder.reads_text and made.texts is not None
        part = _figures(scorer.features(made, prompts, False), held, scorer.encoder.title, text)
        parts.append(replace(part, broken=made.encoded.broken, broken_reference=other.encoded.broken if other else ()))
    figures = tuple(figure for part in parts for figure in part.figures)
    missing = tuple(one for part in parts for one in part.missing)
    return Scores(figures, missing, parts[0].broken, parts[0].broken_reference)
