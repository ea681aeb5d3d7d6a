"""Pictures of any kind as RGB, and resized with antialiasing (Parmar et al., clean-fid, arXiv 2104.11222)."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hub.language.sentence import Sentence

WHITE = (255, 255, 255, 255)
Array32 = NDArray[np.float32]


def describe_resize(side: int, in_float: bool = False, cut: bool = False) -> Sentence:
    """Return how pictures are resized to ``side`` pixels, as a protocol tells it.

    ``in_float``: by :func:`resize_float`; ``cut``: the shorter side, and the middle of the other is taken.
    """
    if cut:
        return Sentence("shorter side to {side} px by PIL's antialiased bicubic, centre cut", side=side)
    if in_float:
        return Sentence("{side} px by PIL's antialiased bicubic in float, as clean-fid resizes", side=side)
    return Sentence("{side} px by PIL's antialiased bicubic", side=side)


def to_rgb(image: Image.Image) -> Image.Image:
    """Return the picture in 8-bit RGB.

    Transparent ones are put on white, grey ones get three equal channels, 16-bit ones are divided by 257.

    Raises: ValueError for floating-point pixels, whose white is not known.
    """
    image.load()
    if image.mode == "RGB":
        return image
    if image.mode == "F":
        raise ValueError(Sentence("floating-point pixels have no known white"))
    if image.mode.startswith("I"):
        grey = np.asarray(image).astype(np.int64)
        return Image.fromarray((grey.clip(0, 65535) / 257).round().astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        drawn = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", drawn.size, WHITE), drawn).convert("RGB")
    return image.convert("RGB")


def resize_float(image: Image.Image, size: int) -> Array32:
    """Return an RGB picture as (3, size, size) from 0 to 255, resized by PIL's antialiased bicubic.

    Each channel is resized in float and unrounded, as clean-fid does. One of that size already stays as it is.
    """
    if image.size == (size, size):
        return np.asarray(image, np.float32).transpose(2, 0, 1)
    channels = [
        Image.fromarray(np.asarray(channel, np.float32)).resize((size, size), Image.Resampling.BICUBIC)
        for channel in image.split()
    ]
    return np.stack([np.asarray(channel) for channel in channels]).clip(0, 255)
