"""Who won how often against whom, as a table whose cells are coloured by the share won."""

from collections.abc import Callable
from html import escape

from eval.render.grids import WINS, titled
from eval.summary import Question
from hub.language.catalogue import Language

Link = Callable[[str, str], str]
FEW = 10  # votes: a share of fewer is told as numbers


def wins_table(question: Question, key: str, language: Language, link: Link | None = None) -> str:
    """Votes that the row's generator won of those against the column's, a tie being half; empty without any.

    A cell's colour is of the share with one won and one lost vote added, so that a single vote hardly has one.
    ``link`` gives the address that a cell of these two leads to.
    """
    counts, order = question.counts, question.order
    won, battles = counts.halved, counts.battles
    if not order:
        return ""
    names = [language.title(counts.names[i]) for i in order]
    corner = escape(language.gettext("Won by, against"))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = []
    for i, name in zip(order, names, strict=True):
        cells = (
            _cell(won[i, j], battles[i, j], link(counts.names[i], counts.names[j]) if link else "", language)
            for j in order
        )
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{"".join(cells)}</tr>')
    body = f'<thead><tr><th scope="col">{corner}</th>{head}</tr></thead>\n<tbody>\n' + "\n".join(rows)
    label = escape(titled(question, WINS, language))
    table = f'<table class="pairs" id="{key}">{body}\n</tbody></table>'
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">{table}</div>'


def _cell(won: float, battles: float, address: str, language: Language) -> str:
    if not battles:
        return "<td></td>"
    share = (won + 1) / (battles + 2) - 0.5
    kind, strength = ("won" if share > 0 else "lost"), round(abs(share) * 140)
    text = language.gettext("{share:.0%} of {n:,.0f}", share=won / battles, n=battles)
    if battles < FEW:
        text = language.gettext("{won:g} of {n:,.0f}", won=won, n=battles)
    inside = f'<a href="{escape(address)}">{escape(text)}</a>' if address else escape(text)
    return f'<td class="{kind}" style="--much: {strength}%">{inside}</td>'
