"""The packages that the pictures and captions come from, and how they are fetched.

Every package is named with its exact version and the SHA-256 of its archive, and comes through the user's own
``npm`` client, so a mirror or proxy set up there is used as it is.
"""

import hashlib
import json
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hub.errors import DataError, MissingFile


@dataclass(frozen=True)
class Package:
    """An npm package pinned by version and by the SHA-256 of its archive."""

    name: str
    version: str
    sha256: str

    @property
    def archive(self) -> str:
        """Return the file name that ``npm pack`` gives the archive."""
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"


@dataclass(frozen=True)
class Style:
    """One visual style: its package, the words that name it in a caption, its licence, and other words for it."""

    name: str
    words: str
    package: Package
    licence: str
    attribution: str
    others: tuple[str, ...] = ()


STYLES = (
    Style(
        "noto",
        "in Noto style",
        Package(
            "@iconify-json/noto",
            "1.2.9",
            "3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad",
        ),
        "Apache-2.0",
        "Noto Emoji, Google Inc",
    ),
    Style(
        "twemoji",
        "in Twemoji style",
        Package(
            "@iconify-json/twemoji",
            "1.2.5",
            "19046dff7d8707ce96212ec86468b36ac5f8e60409629dd13f809265c6d0ebb7",
        ),
        "CC-BY-4.0",
        "Twitter Emoji, Twitter",
    ),
    Style(
        "fluent",
        "in Fluent style",
        Package(
            "@iconify-json/fluent-emoji-flat",
            "1.2.6",
            "7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175",
        ),
        "MIT",
        "Fluent Emoji Flat, Microsoft Corporation",
    ),
    Style(
        "openmoji",
        "in OpenMoji style",
        Package(
            "@iconify-json/openmoji",
            "1.2.29",
            "03181e2c156cab35cf4a62f1f7886bd971d59212e75ac3f189d5a4cae3930fc5",
        ),
        "CC-BY-SA-4.0",
        "OpenMoji, the open-source emoji and icon project",
    ),
)
FLUENT = next(style for style in STYLES if style.name == "fluent")
RENDERINGS = (  # of one drawing: the flat one is a style above, on the others no generator is trained
    replace(
        FLUENT,
        name="fluent-flat",
        words="flat, in Fluent style",
        others=("flat", "flat colours", "a flat drawing"),
    ),
    Style(
        "fluent-gradient",
        "soft colour gradients, in Fluent style",
        Package(
            "@iconify-json/fluent-emoji",
            "1.2.7",
            "8044210dbf11e016d4de85f15d01a243423bd832457e7e2491df1b751c0e272b",
        ),
        "MIT",
        "Fluent Emoji, Microsoft Corporation",
        ("colour gradients", "shaded with soft gradients"),
    ),
    Style(
        "fluent-3d",
        "3D, glossy, soft light",
        Package(
            "@lobehub/fluent-emoji-3d",
            "1.1.0",
            "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58",
        ),
        "MIT",
        "Fluent Emoji 3D, Microsoft Corporation, packed by LobeHub",
        ("3D", "a glossy 3D render", "in Fluent 3D style"),
    ),
)
LABELS = Package("emojibase-data", "17.0.0", "d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a")
NAMES = Package("cldr-annotations-full", "48.2.0", "28576e51225deb51e3ddd734b0f824a0079682cb5d8c27faa9f68149317a14d1")
PACKAGES = (*(style.package for style in STYLES), LABELS, NAMES)


def fetch(package: Package, folder: Path) -> Path:
    """Return the package's archive in ``folder``, fetched by ``npm pack`` when it is not there yet.

    Raises: MissingFile when npm is absent or refuses, DataError when the archive is not the pinned one.
    """
    archive = folder / package.archive
    if not archive.exists():
        npm = shutil.which("npm")
        if npm is None:
            raise MissingFile(
                f"{package.name} {package.version} can't be fetched: the npm client is not installed. "
                f"Install Node.js, or put {package.archive} into {folder}."
            )
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "pack", "--silent", "--pack-destination", str(folder)]
        done = subprocess.run(
            [*command, f"{package.name}@{package.version}"], capture_output=True, text=True, check=False
        )
        if done.returncode != 0 or not archive.exists():
            reason = (done.stderr.strip() or done.stdout.strip() or "npm gave no reason").splitlines()[0]
            raise MissingFile(f"{package.name} {package.version} can't be fetched by npm: {reason}")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != package.sha256:
        raise DataError(
            f"{archive} is not {package.name} {package.version}: its SHA-256 is {digest}, "
            f"not {package.sha256}. Delete it and build again."
        )
    return archive


def read_json(archive: Path, member: str) -> Any:
    """Parse one JSON file of an npm archive; ``member`` is its path inside the package."""
    with tarfile.open(archive) as tar:
        file = tar.extractfile(f"package/{member}")
        if file is None:
            raise DataError(f"{archive} has no file {member}")
        return json.load(file)


def read_folder(archive: Path, folder: str) -> dict[str, bytes]:
    """Return the files of a folder inside an npm archive by name."""
    inside = f"package/{folder}/"
    found: dict[str, bytes] = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.name.startswith(inside) else None
            if file is not None:
                found[member.name.removeprefix(inside)] = file.read()
    return found
