"""Models made at run time on the way to another machine: a Ray worker is sent the files, and needs not see the folder.

They are kept in the worker's cache by what they hold, so that each is written once on a machine.
"""

import hashlib
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hub.generators.kinds import ConfiguredEntry
from hub.generators.model_folder import list_model
from hub.paths import cache_dir

Content = NDArray[np.uint8]


@dataclass(frozen=True)
class SentModel:
    """A model whose files come beside it, in the order of ``paths``; ``digest`` is of all that they hold."""

    entry: ConfiguredEntry
    paths: tuple[str, ...]
    digest: str

    def unpack(self, contents: Sequence[Content]) -> ConfiguredEntry:
        """Return the entry as it is here, its files in the cache: there whole or not at all."""
        folder = cache_dir() / "models" / self.digest
        if not folder.is_dir():
            new = folder.with_name(f".{self.digest}-{secrets.token_hex(8)}")
            try:
                for path, content in zip(self.paths, contents, strict=True):
                    file = new / self.entry.name / path  # as in the data folder: receipts name files by their folder
                    file.parent.mkdir(parents=True, exist_ok=True)
                    content.tofile(file)
                if not folder.is_dir():  # another worker of this machine may have been first
                    new.rename(folder)
            except OSError:
                if not folder.is_dir():
                    raise
            finally:
                shutil.rmtree(new, ignore_errors=True)
        return self.entry.at(folder / self.entry.name)


def pack_model(entry: Any) -> tuple[SentModel, list[Content]]:
    """Return a model made at run time and its files' contents."""
    folder, total = Path(entry.model), hashlib.sha256()
    paths = tuple(list_model(folder))
    contents = [np.fromfile(folder / path, np.uint8) for path in paths]
    for path, content in zip(paths, contents, strict=True):
        total.update(f"{path} {len(content)}\n".encode())
        total.update(content.data)
    return SentModel(entry, paths, total.hexdigest()), contents
