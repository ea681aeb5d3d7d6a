"""Building the data set of one drawing in three renderings: Fluent Emoji flat, with gradients, and in 3D.

It has the columns of the captioned emoji, and their split by concept; gradients and 3D are what generators are adapted
to by words, so that each concept has a real picture of what an adaptation aims at. Its pack is of a format of its own,
which no generator's training reads: these pictures train the style guide, and judge.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
from PIL import Image

from hub.files import png_bytes
from hub.methods.data.build import caption, load_resvg, make_features, put_on_white, rasterise, save_rows
from hub.methods.data.concepts import Concept, join, key_of, load_split
from hub.methods.data.packages import PACKAGES, RENDERINGS, Style, fetch, read_folder, read_json
from hub.progress import Track

FLAT, GRADIENT, SOLID = RENDERINGS
ASSETS = "assets"  # folder of the 3D pictures, each named by its code points
FOLDER = "renderings"


def build_renderings(folder: Path, track: Track) -> datasets.Dataset:
    """Fetch and draw the concepts that are in all three renderings, and write the data set to ``folder/renderings``.

    Raises: MissingFile or DataError, naming the package, when one can't be had or is not the pinned one.
    """
    load_resvg()  # before anything is fetched
    packages = (*PACKAGES, GRADIENT.package, SOLID.package)
    archives = {p.name: fetch(p, folder / "npm") for p in track(list(packages), "Fetching packages")}
    return save_rows(_rows(archives, track), make_features(RENDERINGS), folder / FOLDER)


def load_renderings(folder: Path, track: Track) -> datasets.Dataset:
    """Return the data set in ``folder``, built first when it is not there."""
    place = folder / FOLDER
    return datasets.Dataset.load_from_disk(str(place)) if place.exists() else build_renderings(folder, track)


def _rows(archives: dict[str, Path], track: Track) -> Iterator[dict[str, Any]]:
    """Yield the rows rendering by rendering; an icon with gradients has the name of the flat one."""
    drawn = {one.name: read_json(archives[one.package.name], "icons.json") for one in (FLAT, GRADIENT)}
    solid = read_folder(archives[SOLID.package.name], ASSETS)
    files = {key_of(Path(name).stem): content for name, content in solid.items()}
    split = load_split()
    concepts = [
        one
        for one in join(archives)
        if one.key in files and all(one.icons["fluent"] in icons["icons"] for icons in drawn.values())
    ]
    for style in RENDERINGS:
        for concept in track(concepts, f"Drawing {style.name}"):
            if style is SOLID:
                image = put_on_white(Image.open(io.BytesIO(files[concept.key])))
            else:
                image = rasterise(drawn[style.name], concept.icons["fluent"])
            yield _row(concept, style, image, split[concept.key])


def _row(concept: Concept, style: Style, image: Image.Image, split: str) -> dict[str, Any]:
    other_words = [f"{concept.label}, {words}" for words in style.others]
    return {
        "image": {"bytes": png_bytes(image), "path": None},
        "concept": concept.key,
        "style": style.name,
        "caption": caption(concept.label, style),
        "paraphrases": [*(caption(text, style) for text in concept.paraphrases), *other_words],
        "split": split,
    }
