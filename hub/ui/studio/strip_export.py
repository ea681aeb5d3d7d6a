"""A strip of pictures as one file: a PNG with all beside one another, or a GIF that goes there and back."""

import io
from collections.abc import Sequence

from PIL import Image

from hub.files import png_bytes

SECONDS = 0.2  # that a picture of a GIF is shown
SEEN = 256  # pixels that a side of a GIF has at least: one of 64 is hard to see
MILLI = 1000


def make_strip(pngs: Sequence[bytes]) -> bytes:
    """Return a PNG of the pictures beside one another, pixel for pixel, from left to right."""
    images = [Image.open(io.BytesIO(png)).convert("RGB") for png in pngs]
    strip = Image.new("RGB", (sum(one.width for one in images), max(one.height for one in images)), "white")
    left = 0
    for one in images:
        strip.paste(one, (left, 0))
        left += one.width
    return png_bytes(strip)


def make_gif(pngs: Sequence[bytes]) -> bytes:
    """Return a GIF that shows the pictures there and back for ever, small ones enlarged by whole pixels."""
    images = [_enlarge(Image.open(io.BytesIO(png)).convert("RGB")) for png in pngs]
    first, *others = [*images, *images[-2:0:-1]]
    buffer = io.BytesIO()
    first.save(buffer, "gif", save_all=True, append_images=others, duration=int(SECONDS * MILLI), loop=0)
    return buffer.getvalue()


def _enlarge(image: Image.Image) -> Image.Image:
    times = max(1, -(-SEEN // max(image.size)))
    return image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
