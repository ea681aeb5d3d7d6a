"""Prompt sets of files: CSV, TSV, JSON lines or Parquet with a column of prompts, or a text file with one a line.

A column of prompts is called ``text``, ``prompt``, ``prompts`` or ``caption``, a column of categories ``category``, in
any case: so the published files of PartiPrompts (TSV: Prompt, Category, Challenge, Note) and DrawBench (CSV: Prompts,
Category) are read as they are. Other columns are not looked at. The set's name is the file's, without its ending, and
its licence is not known, unless a TOML file of the same name beside it (``parti.toml`` beside ``parti.tsv``) has
``name`` or ``licence``.
"""

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hub.errors import DataError, PromptError
from hub.prompt_sets import UNKNOWN_LICENCE, PromptSet, SetPrompt
from hub.prompts import check_prompt
from hub.row_files import READERS, FileRow, RowFile, read_rows, reading

TEXTS = ("text", "prompt", "prompts", "caption")  # the first of them that is there holds the prompts
CATEGORY = "category"
ABOUT = ("name", "licence")  # what a file beside the prompts may say
LONGEST = 100  # characters of a name, a licence or a category
NAMED = 10  # broken rows that are told one by one


def _read_lines(path: Path) -> RowFile:
    """Return the lines of a text file that are not empty, each a prompt without a category. Raises DataError."""
    with reading(path):
        lines = enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1)
    return RowFile(TEXTS[:1], (FileRow(f"line {n}", {TEXTS[0]: line}) for n, line in lines if line.strip()))


def _find_column(columns: Iterable[str], names: Sequence[str]) -> str | None:
    """Return the column of the first of these names that is there, whatever its case."""
    there = {str(name).strip().lower(): name for name in columns}
    return next((there[name] for name in names if name in there), None)


def check_label(text: Any, what: str) -> str:
    """Return a name, licence or category without outer space.

    Raises: DataError for one that is no text, too long, or can't be printed.
    """
    if not isinstance(text, str):
        raise DataError(f"the {what} is no text")
    if len(text.strip()) > LONGEST or not text.strip().isprintable():
        raise DataError(f"the {what} has more than {LONGEST} characters, or some that can't be printed")
    return text.strip()


def _parse_row(row: FileRow, text: str, category: str | None) -> SetPrompt:
    """Return the prompt of a row.

    Raises: DataError or PromptError for a row that has none, or one that can't be drawn.
    """
    if row.problem:
        raise DataError(row.problem)
    if not isinstance(row.cells.get(text), str):
        raise DataError(f"it has no text in {text!r}")
    label = row.cells.get(category) if category else None
    return SetPrompt(check_prompt(row.cells[text]), check_label(label or "", CATEGORY))


def parse_rows(file: RowFile, source: str) -> tuple[SetPrompt, ...]:
    """Return the prompts of rows; a text that comes again is left out.

    Raises: PromptError naming the rows that are broken, DataError where there is no column or no prompt.
    """
    rows = list(file.rows)
    columns = dict.fromkeys([*file.columns, *(name for row in rows for name in row.cells)])
    text, category = _find_column(columns, TEXTS), _find_column(columns, (CATEGORY,))
    if text is None:
        had = ", ".join(map(str, columns)) or "none"
        raise DataError(f"{source} has no column of prompts: call one {', '.join(TEXTS)}; its columns are {had}.")
    found: dict[str, SetPrompt] = {}
    broken = []
    for row in rows:
        try:
            one = _parse_row(row, text, category)
        except (DataError, PromptError) as error:
            broken.append(f"{row.where}: {str(error).rstrip('.')}")
        else:
            found.setdefault(one.text, one)
    if broken:
        more = f"; and {len(broken) - NAMED} more" if len(broken) > NAMED else ""
        raise PromptError(f"{source}, {'; '.join(broken[:NAMED])}{more}.")
    if not found:
        raise DataError(f"{source} has no prompts.")
    return tuple(found.values())


def _read_about(path: Path) -> dict[str, str]:
    """Return the name and the licence that the TOML file beside a set says, of each as far as it does.

    Raises: DataError for one that is no TOML, or says anything else.
    """
    beside = path.with_suffix(".toml")
    if not beside.exists():
        return {}
    try:
        said = tomllib.loads(beside.read_text(encoding="utf-8"))
        if unknown := sorted(said.keys() - {*ABOUT}):
            raise DataError(f"there is no field {unknown[0]!r}")
        return {name: check_label(value, name) for name, value in said.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, DataError) as error:
        raise DataError(f"{beside} can't be read ({error}): it may say {' and '.join(ABOUT)}, each a text.") from error


def read_file(path: Path) -> PromptSet:
    """Return the set of a file.

    Raises: DataError for a file that can't be read or has none, PromptError for prompts that can't be drawn.
    """
    about = _read_about(path)
    file = read_rows(path, ragged=True) if path.suffix.lower() in READERS else _read_lines(path)
    prompts = parse_rows(file, str(path))
    return PromptSet(about.get("name") or path.stem, about.get("licence") or UNKNOWN_LICENCE, prompts)
