"""Votes as a Hugging Face data set: one row a vote, its fields flattened, the images beside it."""

import logging
from pathlib import Path
from typing import Any

from datasets import Dataset, Features, Image, Value

from hub.schema import Sample, Vote
from hub.votes import ImageStore, read_votes

log = logging.getLogger(__name__)

_SIDE = {"generator": "string", "revision": "string", "seconds": "float64", "sha256": "string"}
FEATURES = Features(
    {"id": Value("string"), "time": Value("float64"), "prompt": Value("string"), "seed": Value("int64")}
    | {"criterion": Value("string"), "outcome": Value("string")}
    | {f"{name}_a": Value(kind) for name, kind in _SIDE.items()}
    | {"image_a": Image()}
    | {f"{name}_b": Value(kind) for name, kind in _SIDE.items()}
    | {"image_b": Image(), "schema_version": Value("int32")}
)


def _image(sample: Sample, images: ImageStore) -> dict[str, Any] | None:
    path = images.path(sample.sha256)
    if not path.exists():
        log.warning("the image %s is missing: its cell is left empty", path)
        return None
    return {"path": path.name, "bytes": path.read_bytes()}


def _row(vote: Vote, images: ImageStore) -> dict[str, Any]:
    row = vote.model_dump(mode="json", include={"id", "time", "criterion", "outcome", "schema_version"})
    row |= {"prompt": vote.a.prompt, "seed": vote.a.seed}
    for side, sample in (("a", vote.a), ("b", vote.b)):
        row |= {f"{name}_{side}": getattr(sample, name) for name in _SIDE}
        row[f"image_{side}"] = _image(sample, images)
    return row


def load(path: Path) -> Dataset:
    """The votes of a data folder, or of one ``.jsonl`` file in its ``votes`` folder, in the order of their time.

    Lines that can't be used are logged as warnings, as is an image that is missing, whose cell is empty. No votes
    give an empty data set of the same columns. Raises DataError for a path that is not there.
    """
    read = read_votes(path)
    for problem in read.problems:
        log.warning(problem)
    images = ImageStore(path if path.is_dir() else path.resolve().parent.parent)
    rows = [_row(vote, images) for vote in read.votes]
    return Dataset.from_dict({name: [row[name] for row in rows] for name in FEATURES}, features=FEATURES)
