"""A report as files: what ``eval.report`` writes, and what a bundle holds and is compared with."""

from collections.abc import Callable
from functools import partial

from eval.render.csv import to_csv
from eval.render.html import to_html
from eval.render.json import to_json
from eval.render.latex_report import FOLDER, make_latex
from eval.render.markdown import to_markdown
from eval.render.names import name_generators
from eval.summary import Summary
from hub.language.catalogue import ENGLISH, Language
from hub.progress import track_items

PAGE, TEXT, JSON, TABLE = "report.html", "report.md", "report.json", "report.csv"


def render_report(summary: Summary, spoken: Language = ENGLISH, latex: bool = False) -> dict[str, bytes]:
    """Return the report's files by name: four, and with ``latex`` those of the folder of that name."""
    spoken = name_generators(summary, spoken)
    contents: dict[str, Callable[[], str]] = {
        PAGE: partial(to_html, summary, spoken),
        TEXT: partial(to_markdown, summary, spoken),
        JSON: partial(to_json, summary),
        TABLE: partial(to_csv, summary),
    }
    found = {name: contents[name]().encode() for name in track_items(tuple(contents), "writing files")}
    papers = make_latex(summary, spoken) if latex else {}
    return found | {f"{FOLDER}/{name}": content for name, content in papers.items()}
