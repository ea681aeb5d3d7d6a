"""Pictures in the page: test captions by every generator, and the battles that raters were divided on."""

import base64
from collections.abc import Sequence
from html import escape

from eval.join import Disputed, Strips
from eval.join.disputed import Dispute
from eval.join.strips import Seen
from eval.render import Grid, printable
from eval.render.agreement import asked
from eval.render.said import said
from hub.votes.rows import OWN

STRIPS = "Pictures"
DISPUTED = "Battles that raters were divided on"
NO_PICTURES = "No pictures of the test captions are there."
NO_DISPUTES = "No battle has votes for both of its sides."
WIDE = 2  # columns of pictures that have room for four in a row
SEEDS = "Each row is the caption of a real test picture; each cell has what a generator drew of it, a picture a seed."
STYLE = """
.pictures { width: 100%; }
.pictures th[scope="row"] { white-space: normal; min-width: 9rem; max-width: 14rem; vertical-align: middle;
  color: var(--ink); font-weight: 400; }
.pictures td { white-space: normal; vertical-align: middle; }
.seeds { display: grid; grid-template-columns: repeat(2, 4.5rem); gap: .25rem; }
.wide .seeds { grid-template-columns: repeat(4, 4.5rem); }
.seeds img { width: 4.5rem; height: 4.5rem; object-fit: contain; border-radius: .3rem; background: #fff;
  outline: 1px solid var(--line); outline-offset: -1px; }
"""


def _image(one: Seen, prompt: str) -> str:
    alt = said("{prompt}, drawn by {generator} with seed {seed}",
               prompt=printable(prompt), generator=printable(one.generator), seed=one.seed)  # fmt: skip
    coded = base64.b64encode(one.thumbnail).decode("ascii")
    text = escape(alt)
    return f'<img src="data:image/webp;base64,{coded}" alt="{text}" title="{text}" loading="lazy">'


def _cell(pictures: Sequence[Seen], prompt: str) -> str:
    return f'<td><div class="seeds">{"".join(_image(one, prompt) for one in pictures)}</div></td>'


def _table(head: Sequence[str], rows: Sequence[str], columns: int) -> str:
    """``columns`` hold pictures; a few of them have room for four in a row."""
    cells = "".join(f'<th scope="col">{escape(printable(cell))}</th>' for cell in head)
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    kind = "pictures wide" if columns <= WIDE else "pictures"
    start = f'<div class="scroll"><table class="{kind}"><thead><tr>{cells}</tr></thead>'
    return f"{start}\n<tbody>\n{body}\n</tbody></table></div>"


def strips_markup(strips: Strips) -> str:
    """The test captions as a table of pictures; empty where there are none."""
    if not strips.strips:
        return f"<p>{escape(NO_PICTURES)}</p>"
    rows = []
    for strip in strips.strips:
        cells = "".join(_cell(cell, strip.caption) for cell in strip.cells)
        rows.append(f'<th scope="row">{escape(printable(strip.caption))}</th>{cells}')
    return _table(("Caption", *strips.generators), rows, len(strips.generators))


def strips_notes(strips: Strips) -> list[str]:
    """What to know of the pictures."""
    told = [SEEDS] if strips.strips else []
    return told + [
        said("No pictures of {generator}: {reason}", generator=printable(name), reason=printable(reason))
        for name, reason in strips.left_out
    ]


def _votes(one: Dispute) -> tuple[str, str, str]:
    first, second, neither = one.votes
    return f"{first:,}", f"{second:,}", f"{neither:,}"


def disputed_grid(disputed: Disputed) -> Grid:
    """The battles shown, in words."""
    rows = tuple(
        (asked(one.criterion, OWN), printable(one.prompt), *map(printable, one.generators), *_votes(one))
        for one in disputed.battles
    )
    head = ("Question", "Prompt", "First", "Second", "Votes for the first", "Votes for the second", "For neither")
    return Grid(DISPUTED, head, rows, NO_DISPUTES)


def disputed_markup(disputed: Disputed) -> str:
    """The battles' pictures; empty where there are none."""
    rows = []
    for one in disputed.battles:
        head = said("{question}: {prompt}", question=asked(one.criterion, OWN), prompt=printable(one.prompt))
        cells = "".join(_cell(side, one.prompt) for side in one.sides)
        counts = [
            said("{generator}: {n:,}", generator=printable(name), n=n)
            for name, n in zip((*one.generators, "neither"), one.votes, strict=True)
        ]
        tally = "<br>".join(map(escape, counts))
        rows.append(f'<th scope="row">{escape(head)}</th>{cells}<td>{tally}</td>')
    return _table(("Battle", "First", "Second", "Votes"), rows, 2) if rows else ""


def disputed_notes(disputed: Disputed) -> list[str]:
    """How many battles there are to choose from."""
    if not disputed.shared:
        return ["No two votes are about the same pictures, so it can't be told what raters are divided on."]
    template = (
        "Of {shared:,} battles with several votes {split:,} have votes for both sides; the most divided are shown."
    )
    return [said(template, shared=disputed.shared, split=disputed.split)]
