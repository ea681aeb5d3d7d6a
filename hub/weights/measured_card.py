"""A card's own text stays its author's; what was measured stands between two marks, written from ``metrics.json``."""

import json
from pathlib import Path
from typing import Any

from hub.errors import DataError
from hub.files import write_whole
from hub.weights.rules import LINK

BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"


def new_card(name: str, kind: str, licence: str, training: dict[str, Any], parameters: int) -> str:
    """Return the card of a checkpoint that has none yet."""
    return f"""---
license: {licence.lower()}
library_name: {"pytorch" if kind == "one-step" else "diffusers"}
pipeline_tag: text-to-image
---

# {name}

| | |
| --- | --- |
| model | {kind} |
| parameters | {parameters:,} |
| data | emoji; see {LINK} |
| split | `{training["split"]}` |
| device | {training["device"]} |
| minutes | {training["minutes"]:g}, wall-clock |
| images seen | {training["images_seen"]:,} |
| seed | {training["seed"]} |
| command | `{training["command"]}` |
"""


def measured_part(metrics: Path) -> str:
    """Return the table of a checkpoint's figures. Raises DataError for a file that holds none."""
    try:
        figures = json.loads(metrics.read_text(encoding="utf-8"))["figures"]
        rows = [_row(one) for one in figures if "value" in one]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{metrics} can't be read ({error}): python -m eval.embedded writes it.") from error
    head = ["| metric | value | 95 % interval | N | encoder |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])


def _row(one: dict[str, Any]) -> str:
    space = f" ({one['space']})" if one.get("space") else ""
    shown = [f"{one[key]:.4g}" if one.get(key) is not None else "-" for key in ("value", "low", "high")]
    interval = f"{shown[1]} to {shown[2]}" if one.get("low") is not None else "-"
    encoder = f"`{one['encoder']}`" if one.get("encoder") else "-"
    return f"| {one['metric']}{space} | {shown[0]} | {interval} | {one.get('n', '-')} | {encoder} |"


def write_measured(card: Path, metrics: Path) -> None:
    """Put the figures between the card's marks, or at its end where it has none. Raises DataError, StorageError."""
    part = measured_part(metrics)
    if BEGIN not in (text := read_page(card)):
        write_whole(card, f"{text.rstrip()}\n\n## Measured\n\n{BEGIN}\n{END}\n".encode())
    write_between(card, BEGIN, END, part)


def write_between(page: Path, begin: str, end: str, part: str) -> None:
    """Put text between two marks of a Markdown page; the rest stays. Raises DataError, StorageError."""
    before, after = split_at_marks(page, begin, end)
    write_whole(page, f"{before}{begin}\n{part}\n{end}{after}".encode())


def split_at_marks(page: Path, begin: str, end: str) -> tuple[str, str]:
    """Return the text of a page before its first mark and after its second. Raises DataError where one is missing."""
    before, mark, rest = read_page(page).partition(begin)
    if not mark or end not in rest:
        raise DataError(f"{page} has no {begin} with {end} after it: write both marks where the part shall stand.")
    return before, rest.partition(end)[2]


def read_page(page: Path) -> str:
    """Return the text of a Markdown page. Raises DataError where it can't be read."""
    try:
        return page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{page} can't be read ({error}): restore it from the repository.") from error
