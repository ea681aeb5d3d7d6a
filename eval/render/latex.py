r"""Tables as LaTeX for papers: booktabs, with what their figures rest on below them.

A table needs ``booktabs`` and ``adjustbox``, a long one ``longtable``. Letters beyond Latin stand in ``\otherscript``,
which a document may define for its engine, as :func:`document` does; else they stand as they are, for LuaLaTeX.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eval.render import Grid
from hub.language.catalogue import printable

LONG = 40  # rows, beyond which a table may be broken over pages
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
}
ESCAPED = re.compile("[" + re.escape("".join(SPECIAL)) + "]")
LIGATURE = re.compile(r"(?<=-)(?=-)|(?<=,)(?=,)|(?<=')(?=')")  # of two a dash or a quote would be made
OTHER_SCRIPT = re.compile(r"[^\x00-\u017f]+(?: +[^\x00-\u017f]+)*")  # beyond Latin, Latin-1 and Latin Extended-A
NEGATIVE = re.compile(r"-(?=\d)")
OTHER = r"\providecommand{\otherscript}[1]{#1}"
PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[margin=2cm]{geometry}
\usepackage{booktabs,adjustbox,longtable,graphicx,iftex}
\ifluatex\usepackage{luatexja}\DeclareRobustCommand{\otherscript}[1]{#1}\else
\ifxetex\usepackage{xeCJK}\DeclareRobustCommand{\otherscript}[1]{#1}\else
\usepackage[T1]{fontenc}\usepackage{CJKutf8}
\DeclareRobustCommand{\otherscript}[1]{\begin{CJK}{UTF8}{min}#1\end{CJK}}
\fi\fi
\begin{document}
"""


@dataclass(frozen=True)
class LatexTable:
    """A table for a paper: ``key`` names its label and file.

    ``notes`` stand below it, each with its mark, or none; ``marks`` are those of columns; ``small`` are rows that
    belong to the one above them, as intervals below their figures.
    """

    key: str
    grid: Grid
    notes: tuple[tuple[str, str], ...] = ()
    marks: Mapping[int, str] = field(default_factory=dict)
    small: frozenset[int] = frozenset()


@dataclass(frozen=True)
class LatexFigure:
    """A figure for a paper: its file without a suffix, and what stands below it."""

    key: str
    caption: str


def escape(text: str) -> str:
    """Return text that LaTeX sets as it is, on one line."""
    plain = printable(text)
    parts, last = [], 0
    for found in OTHER_SCRIPT.finditer(plain):
        parts += [_escape_latin(plain[last : found.start()]), rf"\otherscript{{{found[0]}}}"]
        last = found.end()
    return "".join([*parts, _escape_latin(plain[last:])])


def _escape_latin(text: str) -> str:
    return ESCAPED.sub(lambda found: SPECIAL[found[0]], LIGATURE.sub("\x00", text)).replace("\x00", "{}")


def _figure(text: str) -> str:
    """Return a cell of a column of figures, with minus signs."""
    return "$-$".join(map(escape, NEGATIVE.split(text)))


def _row(cells: Sequence[str], one: LatexTable, small: bool = False) -> str:
    said = [_figure(cell) if place in one.grid.figures else escape(cell) for place, cell in enumerate(cells)]
    row = " & ".join(rf"{{\scriptsize {cell}}}" if small and cell else cell for cell in said)
    return _shield(row) + r" \\"


def _shield(row: str) -> str:
    r"""Return a row whose first letter is never taken for an argument of the ``\\`` or the rule before it."""
    return f"{{}}{row}" if row.lstrip().startswith(("[", "*")) else row


def _head(one: LatexTable) -> str:
    cells = (
        escape(cell) + (rf"\textsuperscript{{{one.marks[place]}}}" if place in one.marks else "")
        for place, cell in enumerate(one.grid.head)
    )
    return _shield(" & ".join(cells)) + r" \\"


def _notes(one: LatexTable) -> list[str]:
    """Return what stands below a table, as lines."""
    if not one.notes:
        return []
    said = (rf"\textsuperscript{{{mark}}} {escape(text)}" if mark else escape(text) for mark, text in one.notes)
    return [r"\par\smallskip", r"\parbox{\linewidth}{\footnotesize", *(rf"{line}\par" for line in said), "}"]


def table(one: LatexTable) -> str:
    """Return a table that a document can input, or what is said where it has no rows."""
    grid = one.grid
    title = rf"\caption{{{escape(grid.title)}}}\label{{tab:{one.key}}}"
    if not grid.rows:
        return f"{OTHER}\n\\paragraph{{{escape(grid.title)}}} {escape(grid.empty)}\n"
    columns = "".join("r" if place in grid.figures else "l" for place in range(len(grid.head)))
    rows = [_row(cells, one, number in one.small) for number, cells in enumerate(grid.rows)]
    if len(rows) > LONG:
        start = rf"\begin{{longtable}}{{@{{}}{columns}@{{}}}}"
        lines = [OTHER, start, rf"{title} \\", r"\toprule", _head(one), r"\midrule", r"\endhead"]
        lines += [*rows, r"\bottomrule", r"\end{longtable}", *_notes(one)]
        return "\n".join(lines) + "\n"
    lines = [OTHER, r"\begin{table}[htbp]", r"\centering", title, r"\begin{adjustbox}{max width=\linewidth}"]
    lines += [rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}", r"\toprule", _head(one), r"\midrule", *rows]
    lines += [r"\bottomrule", r"\end{tabular}", r"\end{adjustbox}", *_notes(one), r"\end{table}"]
    return "\n".join(lines) + "\n"


def document(title: str, paragraphs: Sequence[str], tables: Sequence[str], figures: Sequence[LatexFigure]) -> str:
    """Return a document of paragraphs, tables and figures, which are named and lie in folders beside it."""
    lines = [rf"\section*{{{escape(title)}}}", *(rf"{escape(text)}\par" for text in paragraphs)]
    lines += [rf"\input{{tables/{name}}}" for name in tables]
    for one in figures:
        lines += [
            r"\begin{figure}[htbp]",
            r"\centering",
            rf"\includegraphics[width=\linewidth]{{figures/{one.key}.pdf}}",
            rf"\caption{{{escape(one.caption)}}}\label{{fig:{one.key}}}",
            r"\end{figure}",
        ]
    return PREAMBLE + "\n".join(lines) + "\n\\clearpage\n\\end{document}\n"
