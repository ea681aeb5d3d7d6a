"""What a run has written so far, as a page reads it: its rows, its previews, and the steps whose result it kept."""

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

PREVIEW = re.compile(r"step-(\d{4,})\.png")
KEPT, ENTRY, LOG = "steps", "pipeline", "log.csv"  # in a run's folder


@dataclass(frozen=True)
class RunStep:
    """A step of which a run left a preview; ``kept`` is the folder of the entry that it can be, None: there is none."""

    number: int
    preview: Path
    kept: Path | None


def list_steps(run: Path) -> list[RunStep]:
    """Return the steps of a run that left a preview, in order; the result of the last is in the run's own entry."""
    found = {int(match[1]): path for path in run.glob("step-*.png") if (match := PREVIEW.fullmatch(path.name))}
    kept = {int(path.name): path for path in run.glob(f"{KEPT}/[0-9]*")}
    last = max(found, default=0)
    if found and last not in kept and (run / ENTRY).is_dir():
        kept[last] = run / ENTRY
    return [RunStep(number, found[number], kept.get(number)) for number in sorted(found)]


def read_column(run: Path, name: str) -> list[tuple[float, float]]:
    """Return a score of a run's log by step; a row that is torn, or not finite, is left out."""
    try:
        with (run / LOG).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error):
        return []
    found = dict[float, float]()  # by step: a run that was killed writes its last row again
    for row in rows:
        try:
            step, value = float(row["step"]), float(row[name])
        except (KeyError, TypeError, ValueError):
            continue
        if math.isfinite(value):
            found[step] = value
    return sorted(found.items())
