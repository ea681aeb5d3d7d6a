"""A strip as a file: pixel for pixel as a PNG, there and back as a GIF."""

import io

from PIL import Image, ImageSequence

from hub.ui.studio.strip_export import SEEN, make_gif, make_strip
from tests.hub.test_uploads import saved

COLOURS = ["#ff0000", "#00ff00", "#0000ff", "#ffff00"]
PNGS = [saved(Image.new("RGB", (8, 8), colour)) for colour in COLOURS]


def test_a_strip_has_every_picture_pixel_for_pixel() -> None:
    strip = Image.open(io.BytesIO(make_strip(PNGS)))
    assert (strip.size, strip.format) == ((32, 8), "PNG")
    for number, png in enumerate(PNGS):
        part = strip.crop((8 * number, 0, 8 * number + 8, 8))
        assert part.tobytes() == Image.open(io.BytesIO(png)).convert("RGB").tobytes()


def test_a_gif_goes_there_and_back_for_ever_and_can_be_seen() -> None:
    gif = Image.open(io.BytesIO(make_gif(PNGS)))
    frames = [frame.convert("RGB").getpixel((0, 0)) for frame in ImageSequence.Iterator(gif)]
    there = [Image.new("RGB", (1, 1), colour).getpixel((0, 0)) for colour in COLOURS]
    assert frames == [*there, there[2], there[1]]
    assert (gif.format, gif.info["loop"], gif.size) == ("GIF", 0, (SEEN, SEEN))
    assert make_gif(PNGS) == make_gif(PNGS)
