r"""Tables as LaTeX for papers: booktabs, with what their figures rest on below them.

A table needs ``booktabs`` and ``adjustbox``, a long one ``longtable``. Letters beyond Latin stand in ``\otherscript``,
which a document may define for its engine, as :func:`document` does, and what no font for Japanese has, such as emoji,
in ``\othersign`` behind its code; else they stand as they are, for LuaLaTeX.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from eval.render import Grid
from hub.language.catalogue import printable

WAITING = 8  # tables and figures, behind which a page begins: LaTeX keeps few that wait for a place
WORDS = 32  # letters of a cell of words that stands on one line
UNBROKEN = 20  # letters of a word, up to which a line has room for it
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
    "\N{EN DASH}": r"\textendash{}",
    "\N{EM DASH}": r"\textemdash{}",
    "\N{LEFT SINGLE QUOTATION MARK}": r"\textquoteleft{}",
    "\N{RIGHT SINGLE QUOTATION MARK}": r"\textquoteright{}",
    "\N{LEFT DOUBLE QUOTATION MARK}": r"\textquotedblleft{}",
    "\N{RIGHT DOUBLE QUOTATION MARK}": r"\textquotedblright{}",
    "\N{HORIZONTAL ELLIPSIS}": r"\textellipsis{}",
}
ESCAPED = re.compile("[" + re.escape("".join(SPECIAL)) + "]")
UNREAD = {"\N{REPLACEMENT CHARACTER}": "?"}  # which LuaTeX takes for a fault of the file
LIGATURE = re.compile(r"(?<=-)(?=-)|(?<=,)(?=,)|(?<=')(?=')")  # of two a dash or a quote would be made
# Latin-1 and Latin Extended-A but for nine letters that T1 fonts lack, and the signs of SPECIAL
LATIN = (
    r"\x00-\u0125\u0128-\u0137\u0139-\u013e\u0141-\u0148\u014a-\u0165\u0168-\u017e"
    r"\u2013\u2014\u2018\u2019\u201c\u201d\u2026"
)
OTHER_SCRIPT = re.compile(rf"[^{LATIN}]+(?: +[^{LATIN}]+)*")
NEGATIVE = re.compile(r"-(?=\d)")
OTHER = r"\providecommand{\otherscript}[1]{#1}\providecommand{\othersign}[2]{#2}"
PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[margin=2cm]{geometry}
\setlength{\parindent}{0pt}
\usepackage{booktabs,longtable,graphicx,iftex}
\IfFileExists{adjustbox.sty}{\usepackage{adjustbox}}{% as it does with "max width"
\newsavebox{\tablebox}\newenvironment{adjustbox}[1]{\lrbox{\tablebox}}{\endlrbox%
\ifdim\wd\tablebox>\linewidth\resizebox{\linewidth}{!}{\usebox{\tablebox}}\else\usebox{\tablebox}\fi}}
\DeclareRobustCommand{\otherscript}[1]{#1}
\ifpdftex\DeclareRobustCommand{\othersign}[2]{{\scriptsize U+#1}}\else
\DeclareRobustCommand{\othersign}[2]{\iffontchar\font"#1 #2\else{\scriptsize U+#1}\fi}\fi
\ifluatex\IfFileExists{luatexja.sty}{\usepackage{luatexja}}{}\else
\ifxetex\IfFileExists{xeCJK.sty}{\usepackage{xeCJK}}{}\else
\usepackage[T1]{fontenc}\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\IfFileExists{CJKutf8.sty}{\usepackage{CJKutf8}
\DeclareRobustCommand{\otherscript}[1]{\begin{CJK}{UTF8}{min}##1\end{CJK}}}{%
\DeclareRobustCommand{\otherscript}[1]{\typeout{Without CJKutf8 some words are left out.}\fbox{?}}}
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
        parts += [_escape_latin(plain[last : found.start()]), _set_other(found[0])]
        last = found.end()
    return "".join([*parts, _escape_latin(plain[last:])])


def _is_japanese(letter: str) -> bool:
    """Return whether a letter is one of JIS X 0208, which fonts for Japanese have."""
    try:
        return bool(letter.encode("iso2022_jp"))
    except UnicodeEncodeError:
        return False


def _set_other(letters: str) -> str:
    """Return letters beyond Latin by the macro for Japanese, or for what its fonts lack: of that TeX says nothing."""
    parts = list[str]()
    for japanese, those in groupby(letters, _is_japanese):
        run = "".join(those)
        signs = (rf"\othersign{{{ord(one):X}}}{{{UNREAD.get(one, one)}}}" for one in run)
        parts += [rf"\otherscript{{{run}}}"] if japanese else signs
    return "".join(parts)


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


def _choose_column(grid: Grid, place: int) -> str:
    """Return how a column is set: figures flush right, words flush left, and long ones on several lines."""
    if place in grid.figures:
        return "r"
    cells = [row[place] for row in grid.rows]
    broken = any(len(cell) > WORDS for cell in cells) and max(len(word) for cell in cells for word in cell.split())
    return rf"p{{{WORDS / 2:g}em}}" if 0 < broken <= UNBROKEN else "l"


def table(one: LatexTable) -> str:
    """Return a table that a document can input, or what is said where it has no rows."""
    grid = one.grid
    title = rf"\caption{{{escape(grid.title)}}}\label{{tab:{one.key}}}"
    if not grid.rows:
        return f"{OTHER}\n\\paragraph{{{escape(grid.title)}}} {escape(grid.empty)}\n"
    columns = "".join(_choose_column(grid, place) for place in range(len(grid.head)))
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
    floats = [[rf"\input{{tables/{name}}}"] for name in tables]
    floats += [
        [
            r"\begin{figure}[htbp]",
            r"\centering",
            rf"\includegraphics[width=\linewidth]{{figures/{one.key}.pdf}}",
            rf"\caption{{{escape(one.caption)}}}\label{{fig:{one.key}}}",
            r"\end{figure}",
        ]
        for one in figures
    ]
    for number, those in enumerate(floats, 1):
        lines += those if number % WAITING else [*those, r"\clearpage"]
    return PREAMBLE + "\n".join(lines) + "\n\\clearpage\n\\end{document}\n"
