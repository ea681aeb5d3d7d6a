"""A subject's pictures: read from the user's folder, where they stay, and checked."""

import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from hub.errors import DataError, MissingFile

LEAST, MOST = 2, 20
UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True, eq=False)
class SubjectPictures:
    """Square RGB pictures, and one digest of them all, by which a run knows whether it goes on with the same."""

    images: tuple[Image.Image, ...]
    digest: str


def read_pictures(folder: Path) -> SubjectPictures:
    """Return the pictures of a folder, in the order of their names; what is not square is cut about its centre.

    Raises: MissingFile for a folder that is none; DataError for too few or too many pictures, for a file that is no
    picture, and for one picture under two names.
    """
    if not folder.is_dir():
        raise MissingFile(f"There is no folder {folder}: put {LEAST} to {MOST} pictures of the subject into one.")
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    if not LEAST <= len(files) <= MOST:
        cure = "add some" if len(files) < LEAST else "leave the best"
        raise DataError(
            f"A subject needs {LEAST} to {MOST} pictures, 4 or more are better; {folder} holds {len(files)}: {cure}."
        )
    images, names = [], dict[str, str]()
    for path in files:
        images.append(_read(path))
        digest = digest_picture(images[-1])
        if digest in names:
            raise DataError(f"{names[digest]} and {path.name} in {folder} are the same picture: take one away.")
        names[digest] = path.name
    return SubjectPictures(tuple(images), hashlib.sha256("".join(names).encode()).hexdigest())


def _read(path: Path) -> Image.Image:
    """Return a picture as it is learnt from. Raises DataError for what is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as opened:
                return crop_picture(opened)
    except UNREADABLE as error:
        raise DataError(f"{path} can't be read as a picture: take it away, or save it as PNG or JPEG.") from error


def crop_picture(opened: Image.Image) -> Image.Image:
    """Return a picture as people see it, square: turned as its camera says, on white where it is transparent."""
    image = ImageOps.exif_transpose(opened).convert("RGBA")
    page = Image.new("RGBA", image.size, "white")
    page.alpha_composite(image)
    side = min(image.size)
    return ImageOps.fit(page.convert("RGB"), (side, side))


def digest_picture(image: Image.Image) -> str:
    """Return a digest of a picture's pixels: two of the same are one picture."""
    return hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()
