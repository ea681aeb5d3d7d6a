"""Prompt sets by what names them: one of our own, a file, or a data set of the Hugging Face Hub."""

import csv
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import DatasetCard
from huggingface_hub.errors import EntryNotFoundError
from yaml import YAMLError  # type: ignore[import-untyped]

from hub.errors import DataError, RemoteError
from hub.progress import show_waiting
from hub.prompt_sets import NO_SET, UNKNOWN_LICENCE, PromptOrigin, PromptSet, merge_origins
from hub.prompt_sets.own_sets import OWN_SETS
from hub.prompt_sets.read_set import check_label, parse_rows, read_file
from hub.row_files import READERS, FileRow, RowFile

ON_THE_HUB = re.compile(r"[\w.-]+/[\w.-]+(:[\w.-]+)?")  # OWNER/NAME[:SPLIT]
TEXT_KINDS = ("string", "large_string")  # of columns that hold text
FILES = (*READERS, ".txt")  # what ends so is the name of a file, never a data set
SPLIT = "train"  # where none is named: the one that sets of prompts have


def load_hub_set(source: str) -> PromptSet:
    """Return the set of a data set of the Hub, ``OWNER/NAME[:SPLIT]``, with the licence that its card tells.

    Raises: RemoteError where it can't be had, and what rows of a file raise.
    """
    import datasets

    name, _, split = source.partition(":")
    datasets.disable_progress_bars()
    try:
        with show_waiting(f"Reading {source}"):
            builder = datasets.load_dataset_builder(name)
            data: Any = datasets.load_dataset(name, split=split or SPLIT, **_read_as_written(builder.config))
            licence = _read_licence(name)
    except (httpx2.HTTPError, OSError, ValueError, YAMLError, datasets.exceptions.DatasetsError) as error:
        why = ": ".join(dict.fromkeys(" ".join(str(one).split()) for one in (error, error.__cause__) if one))
        raise RemoteError(
            f"The prompts of {source} can't be had from the Hugging Face Hub ({why}): name a file, or OWNER/NAME:SPLIT."
        ) from error
    return PromptSet(name.rpartition("/")[2], check_label(licence, "licence"), parse_rows(_list_rows(data), source))


def _read_licence(name: str) -> str:
    """Return the licence that a data set's card tells, by its own name where it is none of the Hub's list."""
    try:
        said = DatasetCard.load(name).data
    except EntryNotFoundError:
        return UNKNOWN_LICENCE
    told = said.get("license")
    if told == "other":
        told = said.get("license_name") or told
    return ", ".join(map(str, told)) if isinstance(told, list) else str(told or UNKNOWN_LICENCE)


def _read_as_written(config: Any) -> dict[str, Any]:
    """Return how to read a data set of this config so that its cells are those that reading its file gives.

    Left to itself the library takes NA and its like for no text, and in a TSV a quote for the beginning of a cell.
    """
    separator = getattr(config, "sep", None)
    if separator is None:
        return {}
    return {"keep_default_na": False, "quoting": csv.QUOTE_NONE if separator == "\t" else csv.QUOTE_MINIMAL}


def _list_rows(data: Any) -> RowFile:
    """Return the columns and the rows of a data set, pictures and sounds left out."""
    texts = [name for name, one in data.features.items() if getattr(one, "dtype", "") in TEXT_KINDS]
    rows = enumerate(data.select_columns(texts), 1)
    return RowFile(tuple(data.column_names), (FileRow(f"row {number}", cells) for number, cells in rows))


def open_set(source: str) -> PromptSet:
    """Return the set of a name: one of our own, else a file, else a data set of the Hub.

    Raises: DataError for a name that is none of these, and what reading them raises.
    """
    if source in OWN_SETS:
        return OWN_SETS[source]()
    if Path(source).is_file():
        return read_file(Path(source))
    if ON_THE_HUB.fullmatch(source) and Path(source).suffix.lower() not in FILES:
        return load_hub_set(source)
    raise DataError(
        f"There is no prompt set {source!r}: name {', '.join(OWN_SETS)}, a file (.csv, .tsv, .jsonl, .parquet, or text "
        "with a prompt a line), or a data set of the Hub, OWNER/NAME[:SPLIT]."
    )


@dataclass(frozen=True)
class ArenaPrompts:
    """The prompts that an arena has of its own, of one set or several, picked by ``rng``."""

    sets: tuple[PromptSet, ...]
    rng: random.Random
    _origins: dict[str, PromptOrigin] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_origins", merge_origins(self.sets))

    def pick(self) -> str:
        """Return a prompt at random: every set is as likely, and in it every prompt."""
        one = self.sets[0] if len(self.sets) == 1 else self.rng.choice(self.sets)
        return self.rng.choice(one.prompts).text

    def find(self, prompt: str) -> PromptOrigin:
        """Return where a prompt is from that is word for word one of these; of any other that it is of no set."""
        return self._origins.get(prompt, NO_SET)


def open_sets(sources: Sequence[str], rng: random.Random) -> ArenaPrompts:
    """Return the prompts of these sets, to be picked by ``rng``.

    Raises: DataError where none is named or two have one name, and what opening them raises.
    """
    sets = tuple(open_set(source) for source in dict.fromkeys(sources))
    names = [one.name for one in sets]
    if not sets or len({*names}) < len(names):
        raise DataError(
            f"Prompt sets need names of their own, at least one of them; there are {', '.join(names) or 'none'}."
        )
    return ArenaPrompts(sets, rng)
