"""Pictures in the page: test captions by every generator, and the battles that raters were divided on."""

import base64
from collections.abc import Sequence
from html import escape

from eval.agreement.disputed import Dispute
from eval.agreement.evidence import Disputed, Strips
from eval.agreement.strips import Seen
from eval.render import Grid
from eval.render.names import asked
from hub.language.catalogue import Language, printable
from hub.language.sentence import Sentence
from hub.votes.rows import OWN

STRIPS = Sentence("Pictures")
DISPUTED = Sentence("Battles that raters were divided on")
NO_PICTURES = Sentence("No pictures of the test captions are there.")
NO_DISPUTES = Sentence("No battle has votes for both of its sides.")
NEITHER = Sentence("neither")
WIDE = 2  # generators whose pictures have room for four in a row
SEEDS = Sentence(
    "Each row is the caption of a real test picture; each cell has what a generator drew of it, a picture a seed."
)


def _image(one: Seen, prompt: str, language: Language) -> str:
    alt = language.gettext(
        "{prompt}, drawn by {generator} with seed {seed}", prompt=prompt, generator=one.generator, seed=one.seed
    )
    coded, text = base64.b64encode(one.thumbnail).decode("ascii"), escape(alt)
    return f'<img src="data:image/webp;base64,{coded}" alt="{text}" title="{text}">'


def _cell(pictures: Sequence[Seen], prompt: str, language: Language) -> str:
    return f'<td><div class="seeds">{"".join(_image(one, prompt, language) for one in pictures)}</div></td>'


def picture_table(title: str, head: Sequence[str], rows: Sequence[str], wide: bool = False) -> str:
    """Cells of pictures with two in a row, or where it is ``wide``, four; ``title`` is what a screen reader says."""
    cells = "".join(f'<th scope="col">{escape(printable(cell))}</th>' for cell in head)
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    kind = "pictures wide" if wide else "pictures"
    region = f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(title)}">'
    start = f'{region}<table class="{kind}"><thead><tr>{cells}</tr></thead>'
    return f"{start}\n<tbody>\n{body}\n</tbody></table></div>"


def strips_markup(strips: Strips, language: Language) -> str:
    """The test captions as a table of pictures; empty where there are none."""
    if not strips.strips:
        return f"<p>{escape(language.tell(NO_PICTURES))}</p>"
    rows = []
    for strip in strips.strips:
        cells = "".join(_cell(cell, strip.caption, language) for cell in strip.cells)
        rows.append(f'<th scope="row">{escape(printable(strip.caption))}</th>{cells}')
    head = (language.gettext("Caption"), *map(language.title, strips.generators))
    return picture_table(language.tell(STRIPS), head, rows, len(strips.generators) <= WIDE)


def strips_notes(strips: Strips, language: Language) -> list[str]:
    """What to know of the pictures."""
    told = [language.tell(SEEDS)] if strips.strips else []
    return told + [
        language.gettext("No pictures of {generator}: {reason}", generator=name, reason=reason)
        for name, reason in strips.left_out
    ]


def _votes(one: Dispute) -> tuple[str, str, str]:
    first, second, neither = one.votes
    return f"{first:,}", f"{second:,}", f"{neither:,}"


def disputed_grid(disputed: Disputed, language: Language) -> Grid:
    """The battles shown, in words."""
    rows = tuple(
        (asked(one.criterion, OWN, language), printable(one.prompt), *map(language.title, one.generators), *_votes(one))
        for one in disputed.battles
    )
    head = (
        language.gettext("Question"),
        language.gettext("Prompt"),
        language.gettext("First"),
        language.gettext("Second"),
        language.gettext("Votes for the first"),
        language.gettext("Votes for the second"),
        language.gettext("For neither"),
    )
    return Grid(language.tell(DISPUTED), head, rows, language.tell(NO_DISPUTES), (4, 5, 6))


def disputed_markup(disputed: Disputed, language: Language) -> str:
    """The battles' pictures; empty where there are none."""
    rows = []
    for one in disputed.battles:
        question = asked(one.criterion, OWN, language)
        title = language.gettext("{question}: {prompt}", question=question, prompt=one.prompt)
        cells = "".join(_cell(side, one.prompt, language) for side in one.sides)
        counts = [
            language.gettext("{generator}: {n:,}", generator=name, n=n)
            for name, n in zip((*map(language.title, one.generators), NEITHER), one.votes, strict=True)
        ]
        rows.append(f'<th scope="row">{escape(title)}</th>{cells}<td>{"<br>".join(map(escape, counts))}</td>')
    head = (
        language.gettext("Battle"),
        language.gettext("First"),
        language.gettext("Second"),
        language.pgettext("number", "Votes"),
    )
    return picture_table(language.tell(DISPUTED), head, rows) if rows else ""


def disputed_notes(disputed: Disputed, language: Language) -> list[str]:
    """How many battles there are to choose from."""
    if not disputed.shared:
        return [
            language.gettext(
                "No two votes are about the same pictures, so it can't be told what raters are divided on."
            )
        ]
    return [
        language.gettext(
            "Of {shared:,} battles with several votes {split:,} have votes for both sides; the most divided are shown.",
            shared=disputed.shared, split=disputed.split,
        )
    ]  # fmt: skip
