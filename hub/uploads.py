"""A picture as somebody gives it, of any size, mode and kind, made one that generators take: its pixels and no more.

It is turned upright as its EXIF says; of an animation the first frame is taken; what is clear becomes white; 16 bits
become 8; whatever is larger than ``SIDE`` is made smaller. The PNG that comes out has no note, place or profile.
"""

import io
import threading

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from hub.errors import PictureError
from hub.files import png_bytes
from hub.language.sentence import Sentence

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MOST_PIXELS = 25_000_000
MOST_BYTES = 24 << 20  # of a file
SIDE = 1024  # pixels of the longer side that are kept
TOO_MANY_BYTES = Sentence(
    "The file is larger than {most} MB, which is the most: give a smaller picture.", most=MOST_BYTES >> 20
)
DEEP = ("I", "F")  # modes whose pixels are whole numbers or fractions of any size
CURE = Sentence("save it as a JPEG or PNG, and give that")
_decoding = threading.Lock()  # one at a time: a picture of the largest size takes some hundred MB while it is decoded


def normalise_picture(content: bytes) -> bytes:
    """Return the picture in a file as the PNG of its upright RGB pixels, at most ``SIDE`` of them a side.

    The same file gives the same bytes. Raises: PictureError for what is no picture, is damaged, or is too large, which
    its head tells before anything is decoded.
    """
    if len(content) > MOST_BYTES:
        raise PictureError(TOO_MANY_BYTES)
    with _decoding:
        found = _decode(content)
    if isinstance(found, PictureError):  # raised here, where no frame holds what was decoded
        raise found
    return found


def _decode(content: bytes) -> bytes | PictureError:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _check_size(*image.size)
            return png_bytes(_make_plain(image))
    except PictureError as error:
        return PictureError(error.sentence)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return _too_large()
    except UnidentifiedImageError:
        return PictureError(
            Sentence(
                "This file is no picture that can be read ({formats} can): {cure}.",
                formats=", ".join(FORMATS),
                cure=CURE,
            )
        )
    except Exception as error:  # whatever a decoder raises for a file that anybody can have made
        return PictureError(
            Sentence("This picture is damaged ({reason}): {cure}.", reason=type(error).__name__, cure=CURE)
        )


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise _too_large()


def _too_large() -> PictureError:
    most = MOST_PIXELS // 10**6
    return PictureError(
        Sentence("The picture has more than {most} million pixels, which is the most: make it smaller.", most=most)
    )


def _make_plain(image: Image.Image) -> Image.Image:
    """Return the pixels of a picture: upright, RGB, on white, not too large."""
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16"):
        upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
    elif upright.mode in DEEP:
        raise PictureError(Sentence("The picture's pixels have more than 16 bits: {cure}.", cure=CURE))
    if upright.has_transparency_data:
        return _lay_on_white(upright.convert("RGBA"))
    plain = upright.convert("RGB")
    plain.thumbnail((SIDE, SIDE))
    plain.info = {}
    return plain


def _lay_on_white(clear: Image.Image) -> Image.Image:
    clear.thumbnail((SIDE, SIDE))  # weighs colours by their alpha
    white = Image.new("RGB", clear.size, "white")
    white.paste(clear, mask=clear.getchannel("A"))
    return white
