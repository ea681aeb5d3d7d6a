"""A drift watch written: one page that needs nothing from outside, and JSON beside it. In English, as studies are."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image

from eval.drift_watch.drawn_sets import DrawnSets, DriftPlan
from eval.drift_watch.drift_figures import (
    AFTER,
    BEFORE,
    CLASS,
    FLOOR,
    KID,
    NEARER,
    NEAREST,
    PAIRED,
    PICTURES,
    SIMILARITY,
    SUBJECT,
    TEXT,
    TEXT_CHANGE,
    UNRELATED,
    DriftFigure,
)
from eval.drift_watch.verdict import DriftVerdict, find
from eval.metrics import Measured
from eval.render import Grid, figure
from eval.render.html_frame import Section, notes, page, paragraph, table
from eval.render.names import interval
from hub.files import png_bytes, write_whole
from hub.language.catalogue import ENGLISH, printable
from hub.schema import Request

SHOWN, SEEDS = 12, 4  # unrelated prompts in the picture, and pictures of each other prompt
NOTES = (
    "Before: the base. After: what it became, with the same prompts and seeds. Floor: the base with other seeds "
    "against the base, what a model that was not trained at all differs by.",
    "In brackets: the 95 % interval over pictures; of the subject's own pictures, too few for one, the "
    "least and the most.",
    "No encoder here was in a loss. Drift is better lower. Reference similarity is 1 for a copy: read it beside the "
    "nearest-reference distance.",
    "The pictures that were learnt from are not on this page.",
)


def _say(one: Measured | None) -> str:
    return f"{figure(one.value)} ({interval(figure(one.low), figure(one.high), ENGLISH)})" if one else "-"


def _grid(
    figures: Sequence[DriftFigure], pictures: str, names: Sequence[str], roles: Mapping[str, str], title: str
) -> Grid:
    rows = []
    for name in names:
        by_role = {role: find(figures, pictures, name, role) for role in roles}
        for space in dict.fromkeys(space for found in by_role.values() for space in found):
            rows.append((name, space, *(_say(found.get(space)) for found in by_role.values())))
    head = ("Figure", "Encoder", *roles.values())
    return Grid(title, head, tuple(rows), "", tuple(range(2, len(head))))


def make_drift_grids(figures: Sequence[DriftFigure]) -> list[Grid]:
    """Return the table of the subject, and those of what the rest became."""
    paid = {BEFORE: "Before", AFTER: "After", FLOOR: "Floor"}
    gained = {BEFORE: "Class before", AFTER: "Subject after", PICTURES: "The pictures, each with the others"}
    names = (KID, PAIRED, TEXT, TEXT_CHANGE)
    return [
        _grid(figures, SUBJECT, (SIMILARITY, NEAREST, NEARER), gained, "Subject gained"),
        _grid(figures, UNRELATED, names, paid, "Drift paid by unrelated prompts"),
        _grid(figures, CLASS, names, paid, "Drift paid by prompts of its class"),
    ]


def _image(picture: Image.Image, said: str) -> str:
    coded, text = base64.b64encode(png_bytes(picture)).decode("ascii"), escape(printable(said))
    return f'<img src="data:image/png;base64,{coded}" alt="{text}" title="{text}">'


def _cell(pictures: Sequence[Image.Image], said: str) -> str:
    inside = "".join(_image(one, f"{said}, picture {number + 1}") for number, one in enumerate(pictures))
    return f'<td><div class="seeds">{inside}</div></td>'


def _picture_table(title: str, head: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "\n".join(f'<tr><th scope="row">{escape(printable(name))}</th>{"".join(row)}</tr>' for name, row in rows)
    region = f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(title)}">'
    return (
        f'{region}<table class="pictures wide"><thead><tr>{cells}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'
    )


def _by_prompt(requests: Sequence[Request]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, one in enumerate(requests):
        found.setdefault(one.prompt, []).append(row)
    return {prompt: rows[:SEEDS] for prompt, rows in found.items()}


def make_picture_sections(plan: DriftPlan, drawn: DrawnSets) -> list[Section]:
    """Return sections with tables of pictures: the subject beside its class, the class, and unrelated prompts."""
    some = plan.unrelated[:: max(1, len(plan.unrelated) // SHOWN)][:SHOWN]
    sections = []
    for title, name, before, requests in (
        ("The subject, and its class before", SUBJECT, CLASS, plan.subject),
        ("Its class", CLASS, CLASS, plan.of_class),
        ("Unrelated prompts", UNRELATED, UNRELATED, plan.unrelated),
    ):
        rows = []
        for prompt, numbers in _by_prompt(requests).items():
            if name != UNRELATED or prompt in {one.prompt for one in some}:
                sides = ((BEFORE, drawn.before[before]), (AFTER, drawn.after[name]))
                cells = [_cell([side[row] for row in numbers], f"{prompt}, {when}") for when, side in sides]
                rows.append((prompt, cells))
        shown = _picture_table(title, ("Prompt", "Before", "After"), rows)
        sections.append(Section(f"pictures-{name}", title, [shown]))
    return sections


def write_watch(
    record: dict[str, Any], plan: DriftPlan, drawn: DrawnSets, figures: Sequence[DriftFigure], verdict: DriftVerdict,
    out: Path,
) -> None:  # fmt: skip
    """Write ``drift.html`` and ``drift.json`` into a folder. Raises StorageError."""
    config = record["config"]
    title = f"Drift watch: {config['subject']}, learnt by {Path(config['base']).name}"
    how = ", ".join(f"{name} {config[name]}" for name in ("tuned", "form", "strength", "prior", "steps", "lr"))
    grids = [
        Section(f"table-{number}", grid.title, [table(grid)]) for number, grid in enumerate(make_drift_grids(figures))
    ]
    pictures = Section("pictures", "Before and after", under=make_picture_sections(plan, drawn))
    sections = [pictures, *grids, Section("notes", "Notes", [notes(NOTES)])]
    above = [paragraph(verdict.sentence), paragraph(verdict.evidence), paragraph(f"Training: {how}.")]
    below = "Every figure is in drift.json beside this page."
    write_whole(out / "drift.html", page(title, above, sections, below, ENGLISH).encode())
    content = {
        "config": config,
        "verdict": asdict(verdict),
        "figures": [asdict(one) for one in figures],
    }
    write_whole(out / "drift.json", json.dumps(content, indent=1, allow_nan=False).encode())
