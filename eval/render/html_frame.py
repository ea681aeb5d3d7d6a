"""The frame of the HTML report: sections, a table of contents, tables as HTML, the style. No script."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from eval.render import Grid
from eval.render.drawn import Column
from hub.fonts import render_font_face
from hub.language.catalogue import Language

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


def _cells(tag: str, cells: Sequence[str], grid: Grid, drawn: Column | None, inside: str) -> str:
    right = dict.fromkeys(grid.figures, ' class="n"')
    written = [f"<{tag}{right.get(i, '')}>{escape(text)}</{tag.split(maxsplit=1)[0]}>" for i, text in enumerate(cells)]
    if drawn:
        written.insert(drawn.at, f'<{tag} class="drawn">{inside}</{tag.split(maxsplit=1)[0]}>')
    return f"<tr>{''.join(written)}</tr>"


def table(grid: Grid, kind: str = "figures", drawn: Column | None = None, key: str = "") -> str:
    """A table that scrolls by itself where it is wider than the page, or what is said when it has no rows.

    ``kind`` is its CSS class; ``drawn``, a column of drawings; ``key``, its place in links.
    """
    if not grid.rows:
        return paragraph(grid.empty, "empty")
    head = _cells('th scope="col"', grid.head, grid, drawn, escape(drawn.head) if drawn else "")
    rows = "\n".join(
        _cells("td", row, grid, drawn, drawn.cells[number] if drawn else "") for number, row in enumerate(grid.rows)
    )
    place = f' id="{key}"' if key else ""
    body = f'<table class="{kind}"{place}><thead>{head}</thead>\n<tbody>\n{rows}\n</tbody></table>'
    return scrolled(body, grid.title)


def scrolled(inside: str, title: str) -> str:
    """Something that scrolls by itself where it is wider than the page."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(title)}">{inside}</div>'


def folded(summary: str, parts: Sequence[str]) -> str:
    """Parts that are shown when asked for."""
    return f"<details><summary>{escape(summary)}</summary>\n{''.join(parts)}</details>" if any(parts) else ""


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


def page(
    title: str, above: Sequence[str], sections: Sequence[Section], below: str, language: Language, script: str = ""
) -> str:
    """The whole page, with a script inside where one is given; ``above`` stands what must be read first."""
    style = f"{render_font_face()}\n{STYLE.read_text(encoding='utf-8')}"
    contents = escape(language.gettext("Contents"))
    return "\n".join(
        [
            f'<!DOCTYPE html>\n<html lang="{language.code}">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>{style}</style>",
            f"{f'<script>{script}</script>' if script else ''}\n</head>\n<body>\n<header>\n<h1>{escape(title)}</h1>",
            *above,
            f'</header>\n<nav aria-label="{contents}"><strong>{contents}</strong>{_contents(sections)}</nav>\n<main>',
            *(_section(one, 2) for one in sections),
            f"</main>\n<footer>{paragraph(below)}</footer>\n</body>\n</html>\n",
        ]
    )
