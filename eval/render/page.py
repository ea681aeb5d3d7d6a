"""The frame of the HTML report: sections, a table of contents, tables and plots as HTML, the style."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from eval.render import Grid
from eval.render.language import Language
from eval.render.plots import CONFIG

STYLE = Path(__file__).with_name("page.css")


@dataclass(frozen=True)
class Section:
    """A part of the page with a heading: ``parts`` are HTML, ``under`` the sections inside it.

    ``key`` is its place in links, the same in every language.
    """

    key: str
    title: str
    parts: Sequence[str] = ()
    under: Sequence["Section"] = field(default=())


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of text, of the CSS class ``kind``."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def table(grid: Grid, kind: str = "figures") -> str:
    """A table that scrolls by itself where it is wider than the page, or what is said when it has no rows.

    ``kind``, its CSS class: in ``pairs`` every head but the first is a name, and may be broken.
    """
    if not grid.rows:
        return paragraph(grid.empty, "empty")
    right = dict.fromkeys(grid.figures, ' class="n"')
    head = "".join(f'<th scope="col"{right.get(i, "")}>{escape(cell)}</th>' for i, cell in enumerate(grid.head))
    rows = "\n".join(
        "<tr>" + "".join(f"<td{right.get(i, '')}>{escape(cell)}</td>" for i, cell in enumerate(row)) + "</tr>"
        for row in grid.rows
    )
    body = f'<table class="{kind}"><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>'
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(grid.title)}">{body}</div>'


def plot(drawn: go.Figure, key: str, label: str, caption: str = "") -> str:
    """A plot, with what it is for those who can't see it."""
    inside = drawn.to_html(config=CONFIG, include_plotlyjs=False, full_html=False, div_id=key)
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure>{below}<div role="img" aria-label="{escape(label)}">{inside}</div></figure>'


def notes(sentences: Sequence[str]) -> str:
    """Sentences as a list."""
    items = "\n".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<ul class="notes">\n{items}\n</ul>' if sentences else ""


def _contents(sections: Sequence[Section]) -> str:
    items = (
        f'<li><a href="#{one.key}">{escape(one.title)}</a>{_contents(one.under) if one.under else ""}</li>'
        for one in sections
    )
    return f"<ul>{''.join(items)}</ul>"


def _section(one: Section, level: int) -> str:
    inside = [*one.parts, *(_section(under, level + 1) for under in one.under)]
    heading = f"<h{level}>{escape(one.title)}</h{level}>"
    return f'<section id="{one.key}">\n' + "\n".join([heading, *filter(None, inside)]) + "\n</section>"


def page(title: str, above: Sequence[str], sections: Sequence[Section], below: str, language: Language) -> str:
    """The whole page, with plotly's script inside; ``above`` the contents stands what must be read first."""
    style = STYLE.read_text(encoding="utf-8")
    contents = escape(language.gettext("Contents"))
    return "\n".join(
        [
            f'<!DOCTYPE html>\n<html lang="{language.code}">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>{style}</style>",
            f"<script>{get_plotlyjs()}</script>\n</head>\n<body>\n<header>\n<h1>{escape(title)}</h1>",
            *above,
            f'</header>\n<nav aria-label="{contents}"><strong>{contents}</strong>{_contents(sections)}</nav>\n<main>',
            *(_section(one, 2) for one in sections),
            f"</main>\n<footer>{paragraph(below)}</footer>\n</body>\n</html>\n",
        ]
    )
