"""The page of a drift watch, in a language; it needs nothing from outside."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from eval.drift_watch.drift_record import DriftRecord, choose_shown
from eval.drift_watch.drift_text import NOTES, PAID, SETS, make_drift_grids, tell_evidence, tell_verdict
from eval.drift_watch.figure_names import AFTER, BEFORE
from eval.render.html_frame import Section, notes, page, paragraph, table
from hub.files import write_whole
from hub.language.catalogue import Language, printable

SHOWN, SEEDS = 12, 4  # prompts of a set in the picture, and pictures of each


def _image(path: Path, said: str) -> str:
    coded, text = base64.b64encode(path.read_bytes()).decode("ascii"), escape(printable(said))
    return f'<img src="data:image/png;base64,{coded}" alt="{text}" title="{text}">'


def _cell(pictures: Sequence[Path], prompt: str, when: str, language: Language) -> str:
    said = (
        language.gettext("{prompt}, {when}, picture {number}", prompt=prompt, when=when, number=number + 1)
        for number in range(len(pictures))
    )
    return f'<td><div class="seeds">{"".join(map(_image, pictures, said))}</div></td>'


def _picture_table(title: str, head: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "\n".join(f'<tr><th scope="row">{escape(printable(name))}</th>{"".join(row)}</tr>' for name, row in rows)
    region = f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(title)}">'
    return (
        f'{region}<table class="pictures wide"><thead><tr>{cells}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'
    )


def make_picture_sections(record: DriftRecord, folder: Path, language: Language) -> list[Section]:
    """Return sections with tables of pictures: the subject beside its class, the class, and unrelated prompts."""
    before, after = (language.tell(PAID[role]) for role in (BEFORE, AFTER))
    sections = []
    for name, said in SETS.items():
        title, rows = language.tell(said), []
        for prompt, pairs in choose_shown(record.pairs, name, SHOWN, SEEDS).items():
            sides = ((before, [folder / one.before for one in pairs]), (after, [folder / one.after for one in pairs]))
            rows.append((prompt, [_cell(pictures, prompt, when, language) for when, pictures in sides]))
        shown = _picture_table(title, (language.gettext("Prompt"), before, after), rows)
        sections.append(Section(f"pictures-{name}", title, [shown]))
    return sections


def write_page(record: DriftRecord, folder: Path, language: Language) -> None:
    """Write ``drift.html`` into the folder of a watch. Raises StorageError."""
    config = record.config
    title = language.gettext(
        "Drift watch: {subject}, learnt by {base}", subject=config["subject"], base=Path(config["base"]).name
    )
    how = ", ".join(f"{name} {config[name]}" for name in ("tuned", "form", "strength", "prior", "steps", "lr"))
    grids = [
        Section(f"table-{number}", grid.title, [table(grid)])
        for number, grid in enumerate(make_drift_grids(record.figures, language))
    ]
    shown = make_picture_sections(record, folder, language)
    told = notes([language.tell(one) for one in NOTES])
    sections = [
        Section("pictures", language.gettext("Before and after"), under=shown),
        *grids,
        Section("notes", language.gettext("Notes"), [told]),
    ]
    above = [
        paragraph(tell_verdict(record.verdict, language)),
        paragraph(tell_evidence(record.figures, language)),
        paragraph(language.gettext("Training: {how}.", how=how)),
    ]
    below = language.gettext("Every figure is in drift.json beside this page.")
    write_whole(folder / "drift.html", page(title, above, sections, below, language).encode())
