"""What a training run tells of itself: JSON lines that it appends to ``progress.jsonl`` in its folder.

Whoever watches reads the end of that file, and asks the run to stop by making a file ``stop`` beside it.
"""

import json
import math
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PROGRESS, STOP = "progress.jsonl", "stop"  # files in a run's folder
TAIL = 64 * 1024  # bytes at the end of the file that hold the last lines


@dataclass(frozen=True)
class ProgressLine:
    """How far a run is. ``scores`` are those of its last row, ``preview`` a picture's file name in its folder."""

    title: str
    step: int  # done
    of: int
    seconds: float  # of training so far, earlier starts included
    seconds_left: float | None = None  # None: not known yet
    scores: dict[str, float | None] = field(default_factory=dict)  # None: not finite
    preview: str = ""
    stopped: bool = False  # the run was asked to stop and did; it is its last line

    def to_json(self) -> str:
        """Return the line's text."""
        scores = {
            key: None if value is None or not math.isfinite(value) else value for key, value in self.scores.items()
        }
        return json.dumps({**asdict(self), "scores": scores})


def parse_line(text: str) -> ProgressLine | None:
    """Return the line that a text is; None for what is none, as the half of one that a full disk cut off."""
    try:
        told: Any = json.loads(text)
        line = ProgressLine(**told)
        right = isinstance(line.step, int) and isinstance(line.of, int) and isinstance(line.scores, dict)
    except (ValueError, TypeError):
        return None
    return line if right else None


def append_line(folder: Path, line: ProgressLine) -> None:
    """Append a line; where the last one is half a line, it begins a new one. Raises OSError."""
    with (folder / PROGRESS).open("a+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 1))
        torn = file.read(1) not in (b"", b"\n")
        file.write((b"\n" if torn else b"") + line.to_json().encode() + b"\n")


def read_lines(folder: Path, start: int = 0) -> list[ProgressLine]:
    """Return the last lines of a run that are whole, oldest first; of those after byte ``start`` alone."""
    try:
        with (folder / PROGRESS).open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            begin = max(start, end - TAIL)
            file.seek(begin)
            text = file.read()
    except FileNotFoundError:
        return []
    lines = [parse_line(part) for part in text.decode(errors="replace").split("\n")]
    return [line for line in lines if line is not None]
