"""A space of features with the real images in it, row i for caption i."""

from dataclasses import dataclass

import numpy as np

from eval.features.feature_space import FeatureSpace
from eval.features.reference_features import Reference
from eval.metrics import Features, Takes


@dataclass(frozen=True)
class ReferenceSpace:
    """A space with the real images in it, and the training images where they are at hand."""

    space: FeatureSpace
    real: Features
    training: Features | None = None

    @property
    def takes(self) -> Takes:
        """What the report measures here: an image-text encoder's is not one more space of images."""
        return Takes.embeddings if self.space.encoder.reads_text else Takes.images


def place_reference(space: FeatureSpace, reference: Reference, training: Reference | None = None) -> ReferenceSpace:
    """Return the space with the real images in it, row i for caption i, and with those of ``training``.

    Raises: DataError, StorageError.
    """
    texts = space.texts(reference.captions) if space.encoder.reads_text else None
    images = reference.encoded(space).astype(np.float64)
    known = None
    if training and not space.encoder.reads_text:
        rows = training.encoded(space).astype(np.float64)
        known = Features(np.arange(len(rows)), rows, space.name, free=True)
    return ReferenceSpace(space, Features(np.arange(len(images)), images, space.name, texts), known)
