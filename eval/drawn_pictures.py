"""The pictures that a generator drew for a measurement, as features and as what a rule sees in them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.composition.measure_composition import measure_composition
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.sources import Picture
from eval.metrics import Features
from eval.sample import draw_requests
from hub.engine import Engine
from hub.prompt_sets.compositional import list_expectations
from hub.schema import Request

COMPOSED_SEED = 0  # of the pictures of the compositional set


def list_composed_requests() -> list[Request]:
    """List every prompt of the compositional set as a request."""
    return [Request(prompt=text, seed=COMPOSED_SEED) for text in list_expectations()]


class DrawnPictures:
    """The pictures that one generator drew for these jobs, and why some of them can't be read, by file."""

    def __init__(self, generator: str, engine: Engine, requests: Sequence[Request], samples: Path) -> None:
        self.generator, self.broken = generator, dict[str, str]()
        self.entries = draw_requests(engine, generator, requests, samples)
        self._pictures = [Picture(entry.file, (samples / entry.file).read_bytes) for entry in self.entries]

    def features(self, space: FeatureSpace, numbers: Sequence[int]) -> Features:
        """Return the features of every job's picture that can be read; ``numbers`` are the jobs' prompts."""
        made = space.pictures(self._pictures, f"{space.encoder.title}: {self.generator}")
        broken = {one.name: one.reason for one in made.broken}
        self.broken |= broken
        kept = [row for row, entry in enumerate(self.entries) if entry.file not in broken]
        seeds = np.array([self.entries[row].seed for row in kept])
        return Features(np.array(numbers)[kept], made.features.astype(np.float64), space.name, seeds=seeds)

    def composition(self, store: FeatureStore) -> Features:
        """Return what a rule sees in the pictures, of which no features are made."""
        prompts = {entry.file: entry.prompt for entry in self.entries}
        made, broken = measure_composition(self._pictures, prompts, store, f"Looking at {self.generator}")
        self.broken |= {one.name: one.reason for one in broken}
        return Features(np.arange(0), np.empty((0, 0)), "", composition=made)
