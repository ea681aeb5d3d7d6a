"""Pictures as people give them: what comes out is upright, plain and small, and what can't be taken is one sentence."""

import gc
import io
import struct
import warnings
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from hub import uploads
from hub.errors import PictureError
from hub.uploads import MOST_BYTES, MOST_PIXELS, SIDE, normalise_picture

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def halves(mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right, 64 by 32."""
    image = Image.new("RGB", (64, 32), RED)
    image.paste(BLUE, (32, 0, 64, 32))
    return image.convert(mode)


def saved(image: Image.Image, form: str = "png", **more: Any) -> bytes:
    """The image as a file."""
    buffer = io.BytesIO()
    image.save(buffer, form, **more)
    return buffer.getvalue()


def plain(content: bytes) -> Image.Image:
    """What comes out, which has nothing but RGB pixels."""
    image = Image.open(io.BytesIO(normalise_picture(content)))
    image.load()
    assert (image.format, image.mode, image.info) == ("PNG", "RGB", {})
    return image


def near(image: Image.Image, place: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    """Whether a pixel is of a colour, but for what a lossy form does to it."""
    found = image.getpixel(place)
    assert isinstance(found, tuple)
    return all(abs(a - b) < 24 for a, b in zip(found, colour, strict=True))


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        ("png", "RGB"),
        ("png", "RGBA"),
        ("png", "P"),
        ("jpeg", "RGB"),
        ("jpeg", "CMYK"),
        ("webp", "RGB"),
        ("gif", "P"),
        ("bmp", "RGB"),
        ("tiff", "RGB"),
        ("tiff", "CMYK"),
    ],
)
def test_pictures_of_every_form_and_mode_keep_their_colours(form: str, mode: str) -> None:
    image = plain(saved(halves(mode), form))
    assert image.size == (64, 32)
    assert near(image, (10, 16), RED)
    assert near(image, (54, 16), BLUE)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16"])
def test_grey_pictures_become_grey_ones(mode: str) -> None:
    grey = Image.fromarray(np.repeat(np.array([[0, 65535]], np.uint16), 8, 0)) if mode == "I;16" else None
    image = plain(saved(grey or Image.new("L", (2, 8), 0).convert(mode)))
    assert image.getpixel((0, 0)) == (0, 0, 0)
    assert grey is None or image.getpixel((1, 0)) == WHITE


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["jpeg", "png", "tiff", "webp"])
def test_a_picture_is_turned_upright_as_its_exif_says(orientation: int, form: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    turned = halves()
    back = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_90",
            7: "TRANSVERSE", 8: "ROTATE_270"}  # fmt: skip
    if orientation in back:
        turned = turned.transpose(getattr(Image.Transpose, back[orientation]))
    image = plain(saved(turned, form, exif=exif))
    assert image.size == (64, 32)
    assert near(image, (10, 16), RED)
    assert near(image, (54, 16), BLUE)


def test_what_is_clear_becomes_white_and_half_clear_half_white() -> None:
    image = Image.new("RGBA", (3, 1), (0, 0, 0, 0))
    image.putpixel((1, 0), (0, 0, 0, 128))
    image.putpixel((2, 0), (0, 0, 0, 255))
    found = plain(saved(image))
    assert [found.getpixel((x, 0)) for x in range(3)] == [WHITE, (127, 127, 127), (0, 0, 0)]
    keyed = Image.new("RGB", (2, 1), RED)
    assert plain(saved(keyed, transparency=RED)).getpixel((0, 0)) == WHITE
    index = halves("P")
    assert plain(saved(index, transparency=index.getpixel((0, 0)))).getpixel((0, 0)) == WHITE


@pytest.mark.parametrize("form", ["gif", "webp", "png"])
def test_of_an_animation_the_first_frame_is_taken(form: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, BLUE, WHITE)]
    content = saved(frames[0], form, save_all=True, append_images=frames[1:], duration=100)
    assert near(plain(content), (8, 8), RED)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 20), (2000, 2000), (SIDE, SIDE), (SIDE + 1, 4)])
def test_any_size_is_taken_and_a_large_one_made_smaller_in_its_shape(size: tuple[int, int]) -> None:
    image = plain(saved(Image.new("RGB", size, RED)))
    assert max(image.size) == min(SIDE, max(size))
    if min(size) > 100:
        assert image.width / image.height == pytest.approx(size[0] / size[1], rel=0.01)


def test_nothing_but_pixels_goes_on_and_the_same_file_gives_the_same_bytes() -> None:
    exif, note = Image.Exif(), PngInfo()
    exif[ExifTags.Base.Artist] = "somebody at home"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (47.0, 22.0, 0.0)
    note.add_text("Comment", "somebody at home")
    for content in (
        saved(halves(), "jpeg", exif=exif, comment=b"somebody at home"),
        saved(halves(), pnginfo=note, icc_profile=b"somebody at home", exif=exif),
    ):
        assert b"somebody at home" in content
        png = normalise_picture(content)
        assert b"somebody" not in png
        assert {
            png[i : i + 4] for i in range(len(png)) if png[i : i + 4] in (b"tEXt", b"eXIf", b"iCCP", b"zTXt")
        } == set()
        assert normalise_picture(content) == png
    assert normalise_picture(normalise_picture(saved(halves()))) == normalise_picture(saved(halves()))


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def claiming(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG that says it has this size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A PNG whose compressed note is 200 MB long."""
    png = claiming(1, 1, b"\0\0\0\0")
    note = b"Comment\0\0" + zlib.compress(bytes(200 << 20), 9)
    return png[:33] + chunk(b"zTXt", note) + png[33:]


BROKEN: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"not a picture",
    "html": lambda: b"<html><script>alert(1)</script></html>",
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "pdf": lambda: b"%PDF-1.7",
    "cut": lambda: saved(halves())[:90],
    "cut jpeg": lambda: saved(Image.effect_noise((300, 300), 90), "jpeg")[:4000],
    "no rows": lambda: claiming(100, 100),
    "noise in a png": lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "noise in a gif": lambda: b"GIF89a" + bytes(range(256)),
    "noise in a tiff": lambda: b"II*\0" + bytes(range(256)),
    "a bomb of text": text_bomb,
    "32 bits": lambda: saved(Image.new("F", (8, 8)), "tiff"),
    "another form": lambda: saved(halves(), "ppm"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_picture_or_a_broken_one_is_one_sentence(kind: str) -> None:
    with warnings.catch_warnings(), pytest.raises(PictureError) as caught:
        warnings.simplefilter("ignore")
        normalise_picture(BROKEN[kind]())
    said = str(caught.value)
    assert said.endswith(".")
    assert ": " in said, "it says how to mend it"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None, "no frame of a decoder is held"


def larger(form: str) -> bytes:
    """A file of some hundred bytes or more whose head says that it has more pixels than are taken."""
    if form == "png":
        return claiming(60_000, 60_000)
    side = int(MOST_PIXELS**0.5) + 8
    return saved(Image.new("L", (side, side)), form)


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "gif", "bmp", "tiff"])
def test_a_picture_of_too_many_pixels_is_refused_by_its_head_alone(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = larger(form)
    if len(content) > MOST_BYTES:
        monkeypatch.setattr(uploads, "MOST_BYTES", len(content))

    def decode(*_: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(uploads, "_make_plain", decode)
    with pytest.raises(PictureError, match="more than 25 million pixels"):
        normalise_picture(content)


def test_a_file_of_too_many_bytes_is_not_looked_at() -> None:
    with pytest.raises(PictureError, match="larger than 24 MB"):
        normalise_picture(bytes(MOST_BYTES + 1))


def test_what_is_refused_leaves_no_picture_in_memory() -> None:
    content = saved(Image.effect_noise((2000, 2000), 90).convert("RGB"), "jpeg")[:-20_000]
    errors = []
    for _ in range(3):
        with pytest.raises(PictureError) as caught:
            normalise_picture(content)
        errors.append(caught.value)
    gc.collect()
    left = [one for one in gc.get_objects() if issubclass(type(one), Image.Image) and one.size == (2000, 2000)]
    assert errors
    assert left == []


def test_a_large_photograph_is_taken() -> None:
    image = Image.linear_gradient("L").resize((5000, 4900)).convert("RGB")
    assert ImageOps.grayscale(plain(saved(image, "jpeg"))).size == (SIDE, 1004)
