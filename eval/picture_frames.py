"""Pictures of anybody as pandas frames, scored: frames in, frames out, no file in between.

In a notebook: ``score_frame(pictures)``, of columns ``image`` (a PIL image, a path or a file's bytes), and where they
are known ``prompt``, ``generator`` and ``seed``. ``python -m eval.score`` computes its figures by the same functions.
"""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from eval.encoders import ENCODERS
from eval.encoders.find_weights import EMBEDDED, list_default_encoders
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.sources import Picture
from eval.manifest import MANIFEST, read_lines
from eval.metrics import Takes, Unmeasured
from eval.metrics.entries.ppd import diversity
from eval.picture_records.merged_records import MergedRecords, merge_records
from eval.picture_records.picture_record import PictureRecord, RecordError, RecordSource, read_seed, read_words
from eval.picture_records.picture_set import PictureSet
from eval.render.latex_tables import scores_to_latex
from eval.score_images import NEEDED, ImageScores, score_sides
from eval.scored_sets import encode_reference
from eval.scored_sides import Sides
from eval.vote_frames import LATEX, check_columns
from hub.errors import DataError
from hub.files import png_bytes
from hub.paths import cache_dir

ALL = "all"  # the generator of a frame that tells none
NEEDED_OF_FRAMES = {  # what a figure lacks in the words of these functions, not of a command
    **NEEDED,
    Takes.images.value: "An encoder of images is needed: name one in encoders, such as witness.",
    Takes.embeddings.value: "An encoder that embeds texts is needed: name one in encoders, such as judge.",
    Takes.pairs.value: "An encoder of a picture with its prompt is needed: name one in encoders, such as imagereward.",
    "reference": "Images to compare with are needed: give a frame of them as reference.",
    "before": "Pictures drawn before are needed, which a frame has none of: python -m eval.score --before measures it.",
    "training": "Training images are needed, which a frame has none of: python -m eval.score --train measures it.",
}
SCORED = ["generator", "metric", "space", "value", "low", "high", "n", "encoder", "note"]


def _read_image(image: Any) -> bytes:
    """Return a picture's file; raises OSError, ValueError or TypeError for what is none."""
    if isinstance(image, Image.Image):
        return png_bytes(image)
    if isinstance(image, bytes | bytearray | memoryview):
        return bytes(image)
    if isinstance(image, dict) and image.get("bytes"):  # as the library datasets has them
        return bytes(image["bytes"])
    if isinstance(image, dict):
        image = image.get("path")
    if isinstance(image, str | Path):
        return Path(image).read_bytes()
    raise ValueError(f"this is no picture, path or bytes but {type(image).__name__}")


def frame_to_pictures(frame: pd.DataFrame, name: str) -> PictureSet:
    """Return a frame's pictures with their prompts and seeds, where it has them; ``name`` says whose they are.

    Raises: DataError for a column that lacks, and for a prompt or seed that is none.
    """
    check_columns(frame, ["image"])
    if not len(frame):
        raise DataError(f"The frame of {name} has no rows.")
    names = [f"row {label}" for label in frame.index]
    if len(set(names)) < len(names):
        names = [f"row {number}" for number in range(len(frame))]
    pictures = [Picture(one, partial(_read_image, image)) for one, image in zip(names, frame["image"], strict=True)]
    records = dict(_list_records(frame, names))
    merged = merge_records(names, [RecordSource("the column prompt", records, "it has no prompt")])
    unread = "" if records else f"the frame of {name} has no column prompt"
    return PictureSet(f"the frame of {name}", pictures, merged if records else MergedRecords(), unread=unread)


def _list_records(frame: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[str, PictureRecord]]:
    """Yield the prompt and the seed of each row that has a prompt, by the row's name. Raises DataError, naming it."""
    if "prompt" not in frame.columns:
        return
    seeds = frame["seed"] if "seed" in frame.columns else [None] * len(frame)
    for one, prompt, seed in zip(names, frame["prompt"], seeds, strict=True):
        try:
            words, number = read_words(_read_cell(prompt), "the prompt"), read_seed(_read_cell(seed))
        except RecordError as error:
            raise DataError(f"{one}: {error}.") from error
        if words is not None:
            yield one, PictureRecord(words, number)


def _read_cell(value: Any) -> Any:
    """Return a cell as Python has it, None where it is empty."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if pd.api.types.is_scalar(value) and pd.isna(value) else value


def open_spaces(encoders: Sequence[str], weights: Path | None = None) -> list[FeatureSpace]:
    """Return the encoders of these names, whose features are kept in the user's cache.

    Raises: UnknownName, MissingFile.
    """
    store = FeatureStore(cache_dir() / "features.sqlite")
    return [FeatureSpace(ENCODERS[name], store, weights) for name in encoders]


def _split(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows of each generator by name; all under one name where the frame tells none.

    Raises: DataError where only some rows name theirs.
    """
    check_columns(frame, ["image"])
    if "generator" not in frame.columns or frame.empty:
        yield ALL, frame
    else:
        blank = frame["generator"].isna() | (frame["generator"].astype(str).str.strip() == "")
        if blank.any():
            first = frame.index[blank.to_numpy()][0]
            raise DataError(f"row {first} has no generator: name it there, or leave the column out.")
        for name, rows in frame.groupby("generator", observed=True):
            yield str(name), rows


def _list_rows(generator: str, scores: ImageScores) -> Iterator[tuple[Any, ...]]:
    for one in scores.figures:
        note = str(one.note or "")
        yield (generator, one.metric, one.space, one.value, one.low, one.high, one.n, one.encoder, note)
    for lack in (lack for one in scores.generators for lack in one.missing):
        yield _make_lack(generator, lack)
    for broken in scores.broken:
        yield _make_lack(generator, Unmeasured("picture", f"{broken.name} can't be used: {broken.reason}"))


def _make_lack(generator: str, lack: Unmeasured) -> tuple[Any, ...]:
    return (generator, lack.metric, lack.space, np.nan, np.nan, np.nan, 0, "", str(lack.reason))


def score_frame(
    frame: pd.DataFrame,
    reference: pd.DataFrame | None = None,
    *,
    encoders: Sequence[str] | None = None,
    weights: Path | None = None,
) -> pd.DataFrame:
    """Return every figure of each generator's pictures, by every encoder; a figure that can't be had says why.

    ``reference``: pictures to compare with, as ``frame``; where both have the same prompts, one reference picture each,
    they are pairs. ``encoders``: names; else the embedded ones, and DINOv2 first where its weights are at hand.
    ``weights``: a folder that holds an encoder's. Columns: generator, metric, space, value, low, high
    (95 % interval), n (prompts), encoder (with its checkpoint's hash), note; without a value, the note is the reason.

    Raises: DataError for a frame that can't be scored, saying why; UnknownName, MissingFile for an encoder.
    """
    spaces = open_spaces(list_default_encoders(weights) if encoders is None else encoders, weights)
    real = None if reference is None else frame_to_pictures(reference, "the reference")
    made_by = [(name, frame_to_pictures(pictures, name)) for name, pictures in _split(frame)]  # faults are told first
    references = [encode_reference(space, real, real_test=False) for space in spaces]
    rows: list[tuple[Any, ...]] = []
    tables = []
    for name, read in made_by:
        scores = score_sides(Sides(read, real), spaces, references, NEEDED_OF_FRAMES)
        rows += _list_rows(name, scores)
        tables.append(scores_to_latex(scores.figures, scores.protocol, name if name != ALL else ""))
    made = pd.DataFrame(rows, columns=SCORED)
    made.attrs[LATEX] = "\n".join(tables)
    return made


def diversity_frame(frame: pd.DataFrame, *, encoder: str = EMBEDDED[0]) -> pd.DataFrame:
    """Return how different the pictures of each prompt are: a row a generator and prompt with two pictures or more.

    Columns: generator, prompt, pictures, diversity (mean pairwise cosine distance, as of ``PPD``).

    Raises: DataError for a frame without these columns, or without such a prompt.
    """
    check_columns(frame, ["image", "prompt"])
    (space,) = open_spaces([encoder])
    rows = []
    for name, pictures in _split(frame):
        source = frame_to_pictures(pictures, name)
        encoded = space.pictures(source.pictures, f"{space.encoder.title}: {name}")
        prompts = {file: record.prompt or "" for file, record in source.merged.records.items()}
        known: dict[str, list[int]] = {}
        for row, file in enumerate(encoded.names):
            if file in prompts:
                known.setdefault(prompts[file], []).append(row)
        rows += [
            (name, prompt, len(places), diversity(encoded.features[places].astype(np.float64)))
            for prompt, places in known.items()
            if len(places) > 1
        ]
    if not rows:
        raise DataError("No prompt has two pictures or more of one generator: draw more seeds.")
    return pd.DataFrame(rows, columns=["generator", "prompt", "pictures", "diversity"])


def samples(folder: str | Path) -> pd.DataFrame:
    """Return the pictures of a folder that ``eval.sample`` drew: a row a picture, its ``image`` being a path.

    Columns: image, prompt, seed, and what else the manifest tells of each picture.

    Raises: DataError for a folder without a manifest.
    """
    folder = Path(folder)
    lines = read_lines(folder)
    if not lines:
        raise DataError(f"{folder} has no {MANIFEST}: draw with python -m eval.sample, or make a frame yourself.")
    texts = (folder / MANIFEST).read_bytes().splitlines()[: len(lines)]
    rows = pd.DataFrame([json.loads(text) for text in texts])
    rows["image"] = [str(folder / name) for name in rows["file"]]
    return rows[["image", *(name for name in rows.columns if name not in {"image", "file"})]]
