"""What goes into, and comes out of, what draws: words it reads, and pictures, PNG bytes outside, decoded inside."""

import hashlib
import io
from collections.abc import Callable, Mapping

from PIL import Image

from hub.engine import DrawnSample
from hub.errors import MissingFile
from hub.files import png_bytes
from hub.generators import Generator
from hub.japanese.read_requests import put_in_english
from hub.language.sentence import Sentence
from hub.schema import Request, Sample, Setup

ReadPicture = Callable[[str], bytes]  # the PNG of this SHA-256; raises MissingFile


def read_nothing(sha256: str) -> bytes:
    """Raise MissingFile: where nobody said where pictures are kept, there is none."""
    raise MissingFile(
        Sentence(
            "The picture {sha256} that the request names is not at hand: there is no content store here.",
            sha256=sha256[:12],
        )
    )


def read_named(request: Request, read: ReadPicture) -> dict[str, bytes]:
    """The PNG of every picture that a request names, by SHA-256. Raises MissingFile."""
    return {sha256: read(sha256) for sha256 in request.pictures}


def worded_for(generator: Generator, request: Request) -> Request:
    """Return a request in the words that a generator gets: as typed where it takes any language, else in English."""
    return request if generator.accepts.any_language else put_in_english(request)


def decode(pngs: Mapping[str, bytes]) -> dict[str, Image.Image]:
    """These pictures as RGB, by the same names. Raises MissingFile for what is no picture."""
    try:
        return {name: Image.open(io.BytesIO(png)).convert("RGB") for name, png in pngs.items()}
    except (OSError, ValueError, SyntaxError) as error:
        raise MissingFile(Sentence("The picture that the request names can't be read as one: name another.")) from error


def pack(image: Image.Image, name: str, request: Request, setup: Setup, seconds: float) -> DrawnSample:
    """The picture that a generator drew, encoded, with the record of how it came about."""
    plain = image.convert("RGB")
    plain.info = {}  # pixels only: a colour profile or a note would tell who drew it
    png = png_bytes(plain)
    sample = Sample(
        generator=name,
        revision=setup.revision,
        **dict(request.request),
        sha256=hashlib.sha256(png).hexdigest(),
        seconds=round(seconds, 4),
        setup=setup.digest,
    )
    return DrawnSample(sample, png, setup)
