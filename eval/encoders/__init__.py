"""Encoders by name: one file, one encoder, registered by its decorator. Importing them imports no torch.

Most have features of pictures, and some of texts beside them. One that :class:`ScoresPairs` has neither: it looks at a
picture and a text together, and says one number of both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hub.registry import Registry

Array32 = NDArray[np.float32]
LEADING, LEADING_TITLE = "dinov2", "DINOv2"  # its distances stand first: they agree best with people, arXiv 2306.04675


@dataclass(frozen=True)
class Checkpoint:
    """Where an encoder's weights are, and their SHA-256."""

    path: Path
    sha256: str


class Network(Protocol):
    """A loaded encoder of any kind."""

    def prepare(self, image: Image.Image) -> Array32:
        """Return the pixels (3, H, W) that the network takes, of an RGB picture of any size.

        It is called from several threads.
        """
        ...


class ImageNetwork(Network, Protocol):
    """An encoder of pictures."""

    def __call__(self, pixels: Array32) -> Array32:
        """Return the features (N, D) of pixels (N, 3, H, W)."""
        ...


class TextNetwork(ImageNetwork, Protocol):
    """An image-text encoder: its image features are unit embeddings, comparable with those of texts."""

    def texts(self, texts: Sequence[str]) -> Array32:
        """Return unit embeddings (N, D) of the texts."""
        ...

    def cut(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return which texts have more tokens than the text tower reads, (N,)."""
        ...


class HeadNetwork(TextNetwork, Protocol):
    """An image-text encoder that is a head on another encoder's image features."""

    def head(self, features: Array32) -> Array32:
        """Return unit embeddings (N, D) of images from the trunk's features (N, F)."""
        ...


class PairNetwork(Network, Protocol):
    """A loaded encoder that looks at a picture and a text together."""

    def score_pairs(self, pixels: Array32, texts: Sequence[str]) -> Array32:
        """Return the score (N,) of each picture with the text at its place, from pixels (N, 3, H, W) and N texts."""
        ...

    def cut(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return which texts have more tokens than it reads, (N,)."""
        ...


class Encoder(Protocol):
    """An encoder that can be loaded, as an ImageNetwork where it does not say otherwise.

    ``title`` names it in figures; ``reads_text``: it loads as a TextNetwork.
    """

    name: str
    title: str
    reads_text: bool

    @property
    def resized(self) -> str:
        """To what size pictures are resized before it sees them, and how."""
        ...

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """Find the encoder's weights, in ``folder`` where one is named.

        Raises: MissingFile, saying what to fetch.
        """
        ...

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """Load the network with these weights; an empty ``device`` is CUDA where there is one.

        Raises: MissingFile where they do not fit it.
        """
        ...


@runtime_checkable
class OnTrunk(Protocol):
    """An encoder that is a head on another one, named ``trunk``; pictures pass the trunk once for both."""

    trunk: str


@runtime_checkable
class ScoresPairs(Protocol):
    """An encoder that loads as a PairNetwork; its scores are between two numbers, either of which may be infinite."""

    scores_between: tuple[float, float]


@runtime_checkable
class TrainedOnPreferences(Protocol):
    """An encoder trained on people's choices: its cosine or score of picture and prompt claims to say theirs."""

    preference: bool


ENCODERS: Registry[Encoder] = Registry("encoder", "eval.encoders.entries")
