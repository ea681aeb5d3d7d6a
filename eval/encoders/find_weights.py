"""Finding the weights of an encoder: in a folder that is named, the user's cache, or the Hub's cache."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import try_to_load_from_cache

from eval.encoders import Checkpoint
from hub.errors import MissingFile
from hub.files import WEIGHTS, file_sha256
from hub.paths import cache_dir


def committed(name: str) -> Checkpoint:
    """A checkpoint of this repository. Raises MissingFile where it is not there."""
    path = WEIGHTS / name / "model.safetensors"
    if not path.exists():
        raise MissingFile(f"The checkpoint {path} is missing; restore it from the repository.")
    return Checkpoint(path, file_sha256(path))


def find_file(name: str, files: Sequence[str], sha256: str, fetch: str, folder: Path | None) -> Checkpoint:
    """One pinned file, under any of its names. Raises MissingFile where none is there, or is another file."""
    place = folder or cache_dir() / "encoders" / name
    for file in files:
        path = place / file
        if path.is_file():
            if file_sha256(path) != sha256:
                raise MissingFile(f"{path} is not the file pinned for {name} (SHA-256 {sha256[:12]}...): {fetch}")
            return Checkpoint(path, sha256)
    raise MissingFile(f"The weights of {name} are missing: {fetch} into {place}, or name their folder with --weights.")


def find_folder(name: str, repository: str, files: Sequence[str], folder: Path | None) -> Checkpoint:
    """A folder with all these files, as the Hub has them; the SHA-256 is that of their SHA-256.

    Raises MissingFile where one is not there.
    """
    for place in (folder, cache_dir() / "encoders" / name, _in_hub_cache(repository, files[0])):
        if place is not None and all((place / file).is_file() for file in files):
            digests = "".join(file_sha256(place / file) for file in files)
            return Checkpoint(place, hashlib.sha256(digests.encode()).hexdigest())
        if place is not None and place == folder:
            break
    raise MissingFile(
        f"The weights of {name} ({', '.join(files)}) are not in {folder or 'the cache'}: hf download {repository}, or "
        "name a folder that holds them with --weights."
    )


def _in_hub_cache(repository: str, file: str) -> Path | None:
    found = try_to_load_from_cache(repository, file)
    return Path(found).parent if isinstance(found, str) else None
