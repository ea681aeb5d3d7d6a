"""The data set's card: ``README.md``, by which the Hub shows the data set and the ``datasets`` library loads it."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub import DatasetCard, DatasetCardData

from hub.dataset.card_text import ABOUT, BODY, describe_column
from hub.dataset.shard_names import CARD, CONFIGS, LATER_CONFIGS, PUBLISHED
from hub.files import file_sha256
from hub.settings import Settings
from hub.votes import REASONS, SAMPLES, VOTES, WITHDRAWALS
from hub.votes.disk import PartialFile, make_storage_error, write_file
from hub.votes.shard_damage import UNREADABLE, find_damage
from hub.votes.shards import IMAGE

KINDS = {kind.name: kind for kind in (VOTES, SAMPLES, WITHDRAWALS, REASONS)}
SIZES = {  # rows: the Hub's category for fewer than that
    1_000: "n<1K",
    10_000: "1K<n<10K",
    100_000: "10K<n<100K",
    1_000_000: "100K<n<1M",
    10_000_000: "1M<n<10M",
}


def write_card(data: Path, settings: Settings) -> str:
    """Write a data folder's own card and return the text of the one to publish.

    Both are written only where not up to date. A config without a shard gets one without rows, because the ``datasets``
    library refuses a config that has no file. The folder's own card tells how large the shards are: by that alone does
    the library know that what it loaded from a folder before is not all that is there now.

    Raises: StorageError.
    """
    try:
        there = [name for name in CONFIGS if name not in LATER_CONFIGS or KINDS[name].shards(data)]
        for name in there:
            if not KINDS[name].shards(data):
                _write_empty_shard(data, name)
        rows = _count_votes(data)
        sizes = {name: sum(path.stat().st_size for path in KINDS[name].shards(data)) for name in there}
        text = render_card(settings, rows, dict.fromkeys(there))
        for path, card in ((data / PUBLISHED, text), (data / CARD, render_card(settings, rows, sizes))):
            if not path.exists() or path.read_bytes() != card.encode():
                write_file(data, path, card.encode())
    except OSError as error:
        raise make_storage_error("The data set's card", error) from error
    return text


def render_card(settings: Settings, rows: int, sizes: Mapping[str, int | None]) -> str:
    """Return the data set's card: YAML for the Hub, and text for people.

    ``rows`` is the number of votes, ``sizes`` the bytes of each config that is there; None: they are not told.
    """
    infos = [
        {"config_name": name, "features": _describe_features(KINDS[name].schema)}
        | ({} if size is None else {"download_size": size})
        for name, size in sizes.items()
    ]
    facts = DatasetCardData(
        license="cc-by-4.0",
        task_categories=["text-to-image"],
        annotations_creators=["crowdsourced"],
        pretty_name="Vernissage: votes on generated images",
        size_categories=[next((size for most, size in SIZES.items() if rows < most), "n>10M")],
        tags=["image", "text-to-image", "human-feedback", "preferences", "arena"],
        configs=[
            {"config_name": name, "data_files": f"data/{name}/*.parquet", "default": name == CONFIGS[0]}
            for name in sizes
        ],
        dataset_info=infos,
    )
    consent = "\n".join(f"> {line}" for line in settings.consent.splitlines())
    body = BODY.format(
        dataset=settings.dataset or "PATH_OF_THE_DATA_FOLDER",
        consent=consent,
        votes=_render_columns(VOTES.schema, ABOUT["votes"]),
        samples=_render_columns(SAMPLES.schema, ABOUT["samples"]),
        withdrawals=_render_columns(WITHDRAWALS.schema, ABOUT["withdrawals"]),
        reasons=_render_columns(REASONS.schema, ABOUT["reasons"]),
    )
    return str(DatasetCard(f"---\n{facts.to_yaml()}\n---\n\n{body}").content)


def _describe_features(schema: pa.Schema) -> list[dict[str, str]]:
    """Return the columns as ``datasets`` describes them; it fills those that older shards lack with null."""
    words = {pa.float64(): "float64", IMAGE: "image"}

    def feature(field: pa.Field) -> dict[str, str]:
        several = pa.types.is_list(field.type)
        kind = field.type.value_type if several else field.type
        return {"name": field.name, "list" if several else "dtype": words.get(kind, str(kind))}

    return [feature(field) for field in schema]


def _render_columns(schema: pa.Schema, meanings: dict[str, str]) -> str:
    rows = [
        f"| `{field.name}` | {_name_type(field.type)} | {describe_column(field.name, meanings)} |" for field in schema
    ]
    return "\n".join(["| column | type | meaning |", "|---|---|---|", *rows])


def _name_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {_name_type(kind.value_type)}"
    return "Image" if kind == IMAGE else str(kind)


def _write_empty_shard(data: Path, config: str) -> None:
    """Write a shard with columns and no row group; one with an empty group can't be loaded."""
    with PartialFile(data) as part:
        pq.ParquetWriter(part.path, KINDS[config].schema).close()
        part.place(KINDS[config].folder(data) / f"{file_sha256(part.path)}.parquet")


def _count_votes(data: Path) -> int:
    rows = 0
    for path in VOTES.shards(data):
        with suppress(*UNREADABLE):  # a damaged one; the publisher, push and verify tell of it
            rows += 0 if find_damage(path) else pq.read_metadata(path).num_rows
    return rows
