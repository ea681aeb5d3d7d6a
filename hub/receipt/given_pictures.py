"""Pictures that a receipt names: those whose files are given, and else those of the data folder."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from hub.errors import DataError, MissingFile, PictureError
from hub.language.sentence import Sentence
from hub.uploads import normalise_picture
from hub.votes import ContentStore
from hub.votes.disk import explain_disk_error


class GivenPictures:
    """Pictures by SHA-256, from files and a content store.

    A file is the PNG that the page saves, or the one that was given to the page: that gives the same PNG wherever the
    same version of Pillow makes it. Raises: DataError for a file that can't be read as a picture.
    """

    def __init__(self, store: ContentStore, files: Sequence[Path]) -> None:
        self._store = store
        self._given = {hashlib.sha256(png).hexdigest(): png for path in files for png in _read(path)}

    def read(self, sha256: str) -> bytes:
        """Return the PNG of this SHA-256. Raises: MissingFile where it is neither given nor kept."""
        if sha256 in self._given:
            return self._given[sha256]
        try:
            return self._store.read_image(sha256)
        except MissingFile as error:
            raise MissingFile(
                Sentence(
                    "the picture {sha256} that it started from is not in {data}: give its file with --picture.",
                    sha256=sha256[:12],
                    data=self._store.data,
                )
            ) from error


def _read(path: Path) -> tuple[bytes, bytes]:
    """Return a file's bytes, and the PNG that the page makes of them."""
    try:
        content = path.read_bytes()
        return content, normalise_picture(content)
    except OSError as error:
        raise DataError(f"The picture {path} can't be read: {explain_disk_error(error)}.") from error
    except PictureError as error:
        raise DataError(f"{path}: {error}") from error
