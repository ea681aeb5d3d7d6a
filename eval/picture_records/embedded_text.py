"""The text that a picture's file carries: PNG's chunks, and the EXIF of JPEG and WebP. Nothing in it is trusted.

Only text is read, and only so much of it; pixels are passed over, so that thousands of pictures take seconds.
"""

import io
import struct
import zlib
from typing import BinaryIO

from PIL import ExifTags, Image

from eval.picture_records.picture_record import RecordError
from hub.language.sentence import Sentence

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_CHUNK = 4 << 20  # bytes of one text, unpacked: a large workflow of ComfyUI has some hundred thousand
MOST_WHOLE = 16 << 20  # bytes of all texts of a picture
MOST_CHUNKS = 1 << 16
CHARSETS = {b"ASCII\0\0\0": "ascii", b"\0" * 8: "utf-8"}
COMMENT = "UserComment"  # of EXIF: web UIs write their text there, and cameras whatever they like
Texts = dict[str, str]


def _unpack(data: bytes, keyword: str) -> bytes:
    """Return unpacked text. Raises RecordError where it is larger than a text may be, or damaged."""
    opened = zlib.decompressobj()
    try:
        text = opened.decompress(data, MOST_CHUNK)
    except zlib.error as error:
        raise RecordError(Sentence("its text {name!r} is damaged ({why})", name=keyword, why=str(error))) from error
    if not opened.eof:
        if len(text) < MOST_CHUNK:
            raise RecordError(Sentence("its text {name!r} is cut off: it is not read", name=keyword))
        raise RecordError(
            Sentence("its text {name!r} unpacks to more than {most} MiB: it is not read",
                     name=keyword, most=MOST_CHUNK >> 20)
        )  # fmt: skip
    return text


def _decode_chunk(kind: bytes, data: bytes) -> tuple[str, str]:
    """Return the keyword and text of a chunk of PNG (section 11.3.3 of its third edition). Raises RecordError."""
    name, _, rest = data.partition(b"\0")
    keyword = name[:79].decode("latin-1")
    if kind == b"tEXt":
        return keyword, _decode(rest)
    if kind == b"zTXt":
        return keyword, _decode(_unpack(rest[1:], keyword))
    packed, rest = rest[:1] == b"\1", rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    return keyword, (_unpack(rest, keyword) if packed else rest).decode("utf-8", "replace")


def _decode(text: bytes) -> str:
    """Return a text that should be Latin-1, and is UTF-8 where tools write that."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def read_png_texts(file: BinaryIO) -> Texts:
    """Return the texts of a PNG by keyword, that after its pixels too; of a file that ends early those before.

    Raises: RecordError, OSError.
    """
    found: Texts = {}
    whole = 0
    for _ in range(MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return found
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return found
        if kind not in {b"tEXt", b"zTXt", b"iTXt"}:
            file.seek(length + 4, io.SEEK_CUR)
            continue
        if length > MOST_CHUNK:
            raise RecordError(
                Sentence(
                    "one of its texts has {count:,} bytes, more than {most} MiB: it is not read",
                    count=length,
                    most=MOST_CHUNK >> 20,
                )
            )
        keyword, text = _decode_chunk(kind, file.read(length))
        file.seek(4, io.SEEK_CUR)
        found.setdefault(keyword, text)
        whole += len(text)
        if whole > MOST_WHOLE:
            raise RecordError(Sentence("its texts have more than {most} MiB: they are not read", most=MOST_WHOLE >> 20))
    raise RecordError(Sentence("it has more than {most:,} chunks: they are not read", most=MOST_CHUNKS))


def _decode_comment(comment: bytes) -> str:
    """Return a user comment of EXIF; UTF-16 is read in the order of bytes in which it has letters."""
    charset, text = comment[:8], comment[8:]
    if charset == b"UNICODE\0":
        big = text[::2].count(0) >= text[1::2].count(0)
        return text.decode("utf-16-be" if big else "utf-16-le", "replace").strip("\0")
    return text.decode(CHARSETS.get(charset, "utf-8"), "replace").strip("\0")


def _read_exif(image: Image.Image) -> Texts:
    found: Texts = {}
    exif = image.getexif()
    comment = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment)
    if isinstance(comment, bytes):
        found[COMMENT] = _decode_comment(comment)
    for tag in (ExifTags.Base.Make, ExifTags.Base.Model):  # where ComfyUI puts its graphs in a WebP
        name, colon, text = str(exif.get(tag, "")).partition(":")
        if colon and name in {"prompt", "workflow"}:
            found[name] = text
    return found


def read_exif_texts(file: BinaryIO) -> Texts:
    """Return the user comment of a JPEG or WebP as ``UserComment``, and ComfyUI's graphs.

    Raises: RecordError, and what PIL raises for what is no picture.
    """
    with Image.open(file) as image:
        if len(image.info.get("exif", b"")) > MOST_CHUNK:
            raise RecordError(Sentence("its EXIF has more than {most} MiB: it is not read", most=MOST_CHUNK >> 20))
        try:
            return _read_exif(image)
        except Exception as error:  # whatever a reader raises for a file that anybody can have made
            raise RecordError(Sentence("its EXIF is damaged ({why})", why=type(error).__name__)) from error


def read_texts(file: BinaryIO) -> Texts:
    """Return the texts of a picture's file by name, none of a kind of file that has none.

    Raises: RecordError, and what PIL and files raise.
    """
    signature = file.read(8)
    if signature == SIGNATURE:
        return read_png_texts(file)
    file.seek(0)
    if signature[:3] == b"\xff\xd8\xff" or signature[:4] == b"RIFF":
        return read_exif_texts(file)
    return {}
