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
    text, part = card.read_text(encoding="utf-8"), f"{BEGIN}\n{measured_part(metrics)}\n{END}"
    before, mark, rest = text.partition(BEGIN)
    if not mark:
        text = f"{text.rstrip()}\n\n## Measured\n\n{part}\n"
    elif END not in rest:
        raise DataError(f"{card} has {BEGIN} and no {END}: mend the card.")
    else:
        text = before + part + rest.partition(END)[2]
    write_whole(card, text.encode())
