"""Where pictures come from: a folder, a Parquet file or folder, a saved ``datasets`` data set, or one of the Hub."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pyarrow.parquet as pq

from hub.errors import DataError
from hub.files import printable_name
from hub.progress import show_waiting

SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".avif"))
TABLE = "metadata.parquet"  # of the image files that lie beside it, and no data set of its own


@dataclass(frozen=True)
class Picture:
    """A picture that is not read yet: its name, its file's bytes on demand, and where a file of its own is."""

    name: str
    read: Callable[[], bytes]
    path: Path | None = None


def list_pictures(folder: Path) -> list[Picture]:
    """List every image file of a folder and those below it, by path.

    Raises: DataError where there is none.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not files:
        raise DataError(
            f"{printable_name(str(folder))} holds no image ({', '.join(sorted(SUFFIXES))}): name another folder."
        )
    return [Picture(printable_name(path.relative_to(folder).as_posix()), path.read_bytes, path) for path in files]


def _list_tables(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.parquet") if path.name != TABLE)


def find_parquet(source: str, path: Path) -> list[str]:
    """List the Parquet files of a file or folder.

    Raises: OSError or ValueError where one is none, DataError for no row.
    """
    files = [str(path)] if path.is_file() else [str(table) for table in _list_tables(path)]
    if not sum(pq.read_metadata(file).num_rows for file in files):
        raise DataError(f"{printable_name(source)} has no rows.")
    return files


def load_rows(source: str) -> Any:
    """Return the rows of a source as a ``datasets.Dataset``.

    A source is a Parquet file or folder, a folder of ``save_to_disk``, or the Hub's NAME[:SPLIT].
    """
    import datasets

    datasets.disable_progress_bars()
    path = Path(source)
    try:
        with show_waiting(f"Reading {source}"):
            if path.is_dir() and not _list_tables(path):
                return datasets.load_from_disk(str(path))
            if path.exists():
                return datasets.Dataset.from_parquet(find_parquet(source, path))
            name, _, split = source.partition(":")
            return datasets.load_dataset(name, split=split or "test")
    except (httpx2.HTTPError, OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        raise DataError(
            f"{printable_name(source)} is no folder of images, Parquet file or data set to read ({error})."
        ) from error


def load_image_rows(source: str) -> tuple[Any, str]:
    """Return a data set and the name of its first column of images, not decoded.

    Raises: DataError where it has none.
    """
    import datasets

    rows = load_rows(source)
    if isinstance(rows, dict):
        raise DataError(f"{printable_name(source)} has several splits ({', '.join(rows)}): name the folder of one.")
    columns = [name for name, feature in rows.features.items() if isinstance(feature, datasets.Image)]
    columns += [name for name, feature in rows.features.items() if isinstance(feature, dict) and "bytes" in feature]
    if not columns:
        raise DataError(
            f"{printable_name(source)} has no column of images; its columns are {', '.join(rows.column_names)}."
        )
    if not len(rows):
        raise DataError(f"{printable_name(source)} has no rows.")
    if isinstance(rows.features[columns[0]], datasets.Image):
        rows = rows.cast_column(columns[0], datasets.Image(decode=False))
    return rows, columns[0]


def list_pictures_of_rows(rows: Any, column: str) -> list[Picture]:
    """List the pictures of a data set's column, named by their rows."""
    return [Picture(f"row {number}", partial(_read_bytes, rows, column, number)) for number in range(len(rows))]


def _read_bytes(rows: Any, column: str, number: int) -> bytes:
    """Return the file of the picture in one row."""
    cell = rows[number][column] or {}
    if cell.get("bytes"):
        return bytes(cell["bytes"])
    if cell.get("path"):
        return Path(cell["path"]).read_bytes()
    raise ValueError("there is no picture in this row")


def is_picture_folder(path: Path) -> bool:
    """Return whether a path is a folder of image files, and no data set.

    A table ``metadata.parquet`` is of the image files beside it.
    """
    saved = any((path / name).exists() for name in ("state.json", "dataset_dict.json"))
    return path.is_dir() and not saved and not _list_tables(path)


def load_pictures(source: str) -> Sequence[Picture]:
    """List the pictures of whatever ``source`` names.

    Raises: DataError, saying what it is not.
    """
    if is_picture_folder(Path(source)):
        return list_pictures(Path(source))
    return list_pictures_of_rows(*load_image_rows(source))
