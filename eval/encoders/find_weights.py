"""Search for an encoder's weights: in a folder that is named, the user's cache, or the Hub's cache."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import try_to_load_from_cache

from eval.encoders import ENCODERS, LEADING, Checkpoint
from hub.errors import MissingFile
from hub.files import WEIGHTS, file_sha256
from hub.paths import cache_dir

EMBEDDED = ("efficientnet-lite2", "witness", "judge")


def list_default_encoders(weights: Path | None = None) -> tuple[str, ...]:
    """Return the encoders that figures are by where none is named: DINOv2 first where its weights are at hand.

    ``weights``: a folder that may hold them.
    """
    leading = next((one for one in ENCODERS if one.name == LEADING), None)
    if leading is None:
        return EMBEDDED
    try:
        leading.checkpoint(weights)
    except MissingFile:
        return EMBEDDED
    return (leading.name, *EMBEDDED)


def find_committed(name: str) -> Checkpoint:
    """Find a checkpoint of this repository.

    Raises: MissingFile where it is not there.
    """
    path = WEIGHTS / name / "model.safetensors"
    if not path.exists():
        raise MissingFile(f"The checkpoint {path} is missing; restore it from the repository.")
    return Checkpoint(path, file_sha256(path))


def find_file(name: str, files: Sequence[str], sha256: str, fetch: str, folder: Path | None) -> Checkpoint:
    """Find one pinned file, under any of its names.

    Raises: MissingFile where none is there, or is another file.
    """
    place = folder or cache_dir() / "encoders" / name
    for file in files:
        path = place / file
        if path.is_file():
            if file_sha256(path) != sha256:
                raise MissingFile(f"{path} is not the file pinned for {name} (SHA-256 {sha256[:12]}...): {fetch}")
            return Checkpoint(path, sha256)
    raise MissingFile(f"The weights of {name} are missing: {fetch} into {place}, or name their folder with --weights.")


def find_any_file(name: str, files: Sequence[str], fetch: str, folder: Path | None) -> Checkpoint:
    """Find the first of some files that is there, whatever it holds.

    Raises: MissingFile where none is there.
    """
    place = folder or cache_dir() / "encoders" / name
    for path in (place / file for file in files):
        if path.is_file():
            return Checkpoint(path, file_sha256(path))
    raise MissingFile(f"The weights of {name} are missing: {fetch} into {place}, or name their folder with --weights.")


def find_folder(name: str, repository: str, files: Sequence[str], folder: Path | None) -> Checkpoint:
    """Find a folder with all these files, as the Hub has them; its SHA-256 is that of their SHA-256.

    Raises: MissingFile where one is not there.
    """
    for place in (folder, cache_dir() / "encoders" / name, _find_in_hub_cache(repository, files[0])):
        if place is not None and all((place / file).is_file() for file in files):
            digests = "".join(file_sha256(place / file) for file in files)
            return Checkpoint(place, hashlib.sha256(digests.encode()).hexdigest())
        if place is not None and place == folder:
            break
    raise MissingFile(
        f"The weights of {name} ({', '.join(files)}) are not in {folder or 'the cache'}: hf download {repository}, or "
        "name a folder that holds them with --weights."
    )


def _find_in_hub_cache(repository: str, file: str) -> Path | None:
    """Return the path of a file in the Hub's cache, None where it is not there."""
    found = try_to_load_from_cache(repository, file)
    return Path(found).parent if isinstance(found, str) else None
