"""Building the data set of captioned emoji in four styles in the user's cache.

Columns: ``image`` (64x64 RGB on white), ``concept``, ``style``, ``caption``, ``paraphrases`` (other wordings of
the same picture), ``split``.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import datasets
from PIL import Image

from hub.errors import MissingFile
from hub.files import png_bytes
from hub.methods.data.concepts import Concept, join, load_split
from hub.methods.data.packages import PACKAGES, STYLES, Style, fetch, read_json
from hub.progress import Track

SIZE = 64


def make_features(styles: Sequence[Style]) -> datasets.Features:
    """Return the columns of a data set of these styles."""
    return datasets.Features(
        {
            "image": datasets.Image(),
            "concept": datasets.Value("string"),
            "style": datasets.ClassLabel(names=[style.name for style in styles]),
            "caption": datasets.Value("string"),
            "paraphrases": datasets.List(datasets.Value("string")),
            "split": datasets.Value("string"),
        }
    )


FEATURES = make_features(STYLES)


def load_resvg() -> ModuleType:
    """Return the renderer of SVG.

    Raises: MissingFile where it is not installed.
    """
    try:
        import resvg_py
    except ImportError as error:
        raise MissingFile(
            "resvg-py is not installed, which draws the training data: pip install -r requirements/training.txt"
        ) from error
    return resvg_py


def rasterise(icons: dict[str, Any], name: str, size: int = SIZE) -> Image.Image:
    """Draw one icon of an Iconify set as an RGB image of ``size`` x ``size`` on white."""
    body = icons["icons"][name]["body"]
    width, height = icons.get("width", 16), icons.get("height", 16)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}">{body}</svg>'
    )
    png = load_resvg().svg_to_bytes(svg_string=svg, width=2 * size, height=2 * size)
    return put_on_white(Image.open(io.BytesIO(bytes(png))), size)


def put_on_white(drawn: Image.Image, size: int = SIZE) -> Image.Image:
    """Return a picture with its background white, as an RGB image of ``size`` x ``size``."""
    drawn = drawn.convert("RGBA")
    page = Image.new("RGBA", drawn.size, "white")
    page.alpha_composite(drawn)
    return page.convert("RGB").resize((size, size), Image.Resampling.LANCZOS)


def caption(text: str, style: Style) -> str:
    """Return a wording with the words that name its style, e.g. ``red apple, in Noto style``."""
    return f"{text}, {style.words}"


def _rows(concepts: list[Concept], archives: dict[str, Path], track: Track) -> Iterator[dict[str, Any]]:
    split = load_split()
    for style in STYLES:
        icons = read_json(archives[style.package.name], "icons.json")
        for concept in track(concepts, f"Drawing {style.name}"):
            image = rasterise(icons, concept.icons[style.name])
            yield {
                "image": {"bytes": png_bytes(image), "path": None},
                "concept": concept.key,
                "style": style.name,
                "caption": caption(concept.label, style),
                "paraphrases": [caption(text, style) for text in concept.paraphrases],
                "split": split[concept.key],
            }


def build(folder: Path, track: Track) -> datasets.Dataset:
    """Fetch, draw and join the four styles, and write the data set to ``folder / "emoji"``.

    Raises: MissingFile or DataError, naming the package, when one can't be had or is not the pinned one.
    """
    load_resvg()  # before anything is fetched
    archives = {p.name: fetch(p, folder / "npm") for p in track(list(PACKAGES), "Fetching packages")}
    return save_rows(_rows(join(archives), archives, track), FEATURES, folder / "emoji")


def save_rows(rows: Iterable[dict[str, Any]], features: datasets.Features, place: Path) -> datasets.Dataset:
    """Return rows as a data set, which is written to ``place``."""
    listed = list(rows)
    columns = {name: [row[name] for row in listed] for name in features}
    data = datasets.Dataset.from_dict(columns, features=features)
    data.save_to_disk(str(place))
    return data


def load(folder: Path, track: Track) -> datasets.Dataset:
    """Return the data set in ``folder``, built first when it is not there."""
    place = folder / "emoji"
    return datasets.Dataset.load_from_disk(str(place)) if place.exists() else build(folder, track)
