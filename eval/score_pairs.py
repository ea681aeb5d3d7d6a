"""Pictures beside their nearest training pictures: all of them as data, and the nearest on one sheet to look at."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from eval.encoders.pixels import to_rgb
from eval.features.sources import Picture
from eval.metrics.nearest_training import NearestTraining
from eval.study.picture_sheet import make_sheet
from hub.files import png_bytes, write_whole

SHOWN, SIDE = 8, 128  # pairs that are shown, and pixels of a picture on the sheet


@dataclass(frozen=True)
class NearestImage:
    """A picture, its nearest training picture in an encoder's space, and their distance.

    ``ratio`` is that by the distance of the training picture from its nearest other one; None where that is 0 and this
    is not.
    """

    image: str
    training: str
    distance: float
    ratio: float | None
    encoder: str


def list_nearest(
    found: NearestTraining, images: Sequence[str], training: Sequence[str], encoder: str
) -> tuple[NearestImage, ...]:
    """Return every picture with its nearest training picture, in the pictures' order."""
    ratios = [float(ratio) if np.isfinite(ratio) else None for ratio in found.ratios]
    return tuple(
        NearestImage(image, training[found.rows[i]], float(found.distances[i]), ratios[i], encoder)
        for i, image in enumerate(images)
    )


def _open_picture(pictures: dict[str, Picture], name: str) -> Image.Image:
    """Return a picture that could be read before."""
    with Image.open(io.BytesIO(pictures[name].read())) as image:
        return to_rgb(image)


def write_sheet(
    nearest: Sequence[NearestImage], made: Sequence[Picture], training: Sequence[Picture], path: Path
) -> None:
    """Write the first pairs as one PNG, pictures on the left and training pictures on the right.

    Raises: StorageError.
    """
    sides = [{one.name: one for one in pictures} for pictures in (made, training)]
    shown = nearest[:SHOWN]
    rows = [[_open_picture(sides[0], one.image), _open_picture(sides[1], one.training)] for one in shown]
    said = [f"{one.image}, {one.training}: {'-' if one.ratio is None else f'{one.ratio:.3g}'}" for one in shown]
    write_whole(path, png_bytes(make_sheet(("picture", "training"), rows, SIDE, said)))
