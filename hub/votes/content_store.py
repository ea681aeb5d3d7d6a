"""Pictures and setups under the SHA-256 of their content: each is kept once, and a name tells what must be in it."""

import hashlib
from pathlib import Path

from pydantic import ValidationError

from hub.errors import MissingFile
from hub.language.sentence import Sentence
from hub.schema import Setup
from hub.votes.disk import make_storage_error, write_file

PULL = Sentence("where it was published, python -m hub.dataset pull brings it back")


class ContentStore:
    """The folders ``DATA/images`` and ``DATA/setups``. Safe to use from several threads and processes."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def image(self, sha256: str) -> Path:
        """Return the path of the picture of this digest, whether it is there or not."""
        return self.data / "images" / sha256[:2] / f"{sha256}.png"

    def setup(self, digest: str) -> Path:
        """Return the path of the setup of this digest, whether it is there or not."""
        return self.data / "setups" / digest[:2] / f"{digest}.json"

    def write_image(self, png: bytes) -> str:
        """Store a picture and return its SHA-256; it is on disk when this returns.

        Raises: StorageError.
        """
        digest = hashlib.sha256(png).hexdigest()
        try:
            self.read_image(digest)
        except MissingFile:
            self._write(Sentence("The picture"), self.image(digest), png)
        return digest

    def write_setup(self, setup: Setup) -> str:
        """Store a setup and return its digest; it is on disk when this returns.

        Raises: StorageError.
        """
        try:
            self.read_setup(setup.digest)
        except MissingFile:
            self._write(Sentence("The generator's setup"), self.setup(setup.digest), setup.model_dump_json().encode())
        return setup.digest

    def read_image(self, sha256: str) -> bytes:
        """Return the PNG of this digest.

        Raises: MissingFile where it is not there or is another picture.
        """
        path = self.image(sha256)
        png = _read(path)
        if hashlib.sha256(png).hexdigest() != sha256:
            raise _damaged(path)
        return png

    def read_setup(self, digest: str) -> Setup:
        """Return the setup of this digest.

        Raises: MissingFile where it is not there or is another one.
        """
        path = self.setup(digest)
        try:
            setup = Setup.model_validate_json(_read(path))
        except ValidationError as error:
            raise _damaged(path) from error
        if setup.digest != digest:
            raise _damaged(path)
        return setup

    def _write(self, what: str, path: Path, content: bytes) -> None:
        try:
            write_file(self.data, path, content)
        except OSError as error:
            raise make_storage_error(what, error) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MissingFile(
            Sentence("{path} can't be read ({reason}): {cure}.", path=path, reason=error.strerror, cure=PULL)
        ) from error


def _damaged(path: Path) -> MissingFile:
    return MissingFile(
        Sentence("{path} is not what its name says, it is damaged: remove it, and {cure}.", path=path, cure=PULL)
    )
