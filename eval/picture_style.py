"""What of a picture is style and not what was asked for: colourfulness, brightness, contrast, density of edges.

Pictures are measured as they are looked at, at one size whatever their own: the longer side 256 pixels, by PIL's
antialiased bicubic.
"""

import hashlib
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from eval.encoders import Array32, Checkpoint
from eval.encoders.pixels import describe_resize
from eval.metrics import Array

SIDE = 256  # pixels of the longer side
EDGE = 0.1  # of the range from black to white; a step so high between neighbours is an edge
Pixels = NDArray[np.uint8]  # (H, W, 3), sRGB
LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of linear sRGB (IEC 61966-2-1)


class PictureProperty(StrEnum):
    """The properties, in the order of the columns."""

    colourfulness = "colourfulness"
    brightness = "brightness"
    contrast = "contrast"
    edge_density = "edge density"


def _linearise() -> Array:
    """Return the linear value of each of sRGB's 256, (256,), from 0 to 1."""
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


LINEAR = _linearise()


def measure_colourfulness(rgb: Pixels) -> float:
    """Return Hasler and Suesstrunk's M3 (Proc. SPIE 5007, 2003) of pixels (H, W, 3).

    The root of both opponent channels' variances, and 0.3 times that of their squared means; 0 of greys.
    """
    red, green, blue = np.moveaxis(rgb.astype(np.float32), -1, 0)
    first, second = red - green, (red + green) / 2 - blue
    return float(np.hypot(first.std(), second.std()) + 0.3 * np.hypot(first.mean(), second.mean()))


def measure_brightness(rgb: Pixels) -> float:
    """Return the mean lightness L* (CIE 1976, white D65) of pixels (H, W, 3): 0 to 100."""
    y = LINEAR[rgb] @ LUMINANCE
    least = (6 / 29) ** 3
    return float(np.where(y > least, 116 * np.cbrt(y) - 16, y * (29 / 3) ** 3).mean())


def _luma(rgb: Pixels) -> Array:
    """Return the luma of pixels (H, W, 3), from 0 to 1: (H, W)."""
    return np.asarray(rgb @ LUMA / 255)


def measure_contrast(rgb: Pixels) -> float:
    """Return the RMS contrast, the deviation of luma from 0 to 1 (Peli, JOSA A 7, 1990), of pixels (H, W, 3)."""
    return float(_luma(rgb).std())


def measure_edge_density(rgb: Pixels) -> float:
    """Return the share of inner pixels of (H, W, 3) at which Sobel's gradient of luma is above ``EDGE``.

    The masks are divided by 4, so that an upright step from black to white has a gradient of 1 on both its sides. 0 of
    a picture that has no inner pixel.
    """
    luma = _luma(rgb)
    if min(luma.shape) < 3:
        return 0.0
    across, down = luma[:, 2:] - luma[:, :-2], luma[2:] - luma[:-2]
    x = (across[:-2] + 2 * across[1:-1] + across[2:]) / 4
    y = (down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]) / 4
    return float((np.hypot(x, y) > EDGE).mean())


MEASURES = {
    PictureProperty.colourfulness: measure_colourfulness,
    PictureProperty.brightness: measure_brightness,
    PictureProperty.contrast: measure_contrast,
    PictureProperty.edge_density: measure_edge_density,
}


def measure_style(image: Image.Image) -> Array32:
    """Return the four properties of an RGB picture of any size, (4,)."""
    share = SIDE / max(image.size)
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    shown = image if image.size == size else image.resize(size, Image.Resampling.BICUBIC)
    rgb = np.asarray(shown)
    return np.array([measure(rgb) for measure in MEASURES.values()], np.float32)


class StyleEncoder:
    """The properties in the place of an encoder's features, so that each picture is measured once and kept.

    Its checkpoint is this file: another definition is another one.
    """

    name = "style"
    title = "picture style"
    reads_text = False
    resized = describe_resize(SIDE)

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """Return this file; a folder is not looked into."""
        path = Path(__file__)
        return Checkpoint(path, hashlib.sha256(path.read_bytes()).hexdigest())

    def load(self, checkpoint: Checkpoint, device: str) -> "StyleEncoder":
        """Return itself: there are no weights."""
        return self

    def prepare(self, image: Image.Image) -> Array32:
        """Return the four properties, (4,)."""
        return measure_style(image)

    def __call__(self, pixels: Array32) -> Array32:
        """Return the properties (N, 4) as they are."""
        return pixels
