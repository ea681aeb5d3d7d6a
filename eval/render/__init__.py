"""A summary as text: what the terminal, Markdown and HTML reports share. Its CSV and JSON keep English keys.

Every page is handed the :class:`hub.language.catalogue.Language` it is in. A new message is its English template in the
code, with named fields: ``language.gettext("{n:,} votes", n=n)``, ``ngettext`` where a number of things is named,
``pgettext`` where one English word is two in other languages, and ``Sentence`` of ``hub.language.sentence`` in modules
that know no language. Then bring the catalogues up to date and translate what is empty in them
(``tests/eval/test_language.py`` fails until it is done)::

    pybabel extract -k Sentence -k ngettext:1,2 --no-location --sort-output -o messages.pot eval hub
    pybabel update -i messages.pot -d hub/language/locale -N --ignore-obsolete --no-wrap

A new language begins with ``pybabel init -i messages.pot -d hub/language/locale -l LANGUAGE``; it is a choice of
``--language`` as soon as its file is there.
"""

from dataclasses import dataclass

from eval.rounding import round_off


@dataclass(frozen=True)
class Grid:
    """A table of plain text, not escaped for any format. ``empty`` is said where it has no rows.

    ``figures``: columns of numbers, set flush right where there is a choice; ``wide``: one that a narrow terminal
    leaves out.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    figures: tuple[int, ...] = ()
    wide: int | None = None


def figure(value: float) -> str:
    """A metric's figure with four significant digits; of small ones below 0.0001 three, and an exponent."""
    value = round_off(value)
    four = float(f"{value:.4g}")
    if abs(four) >= 1e4:
        return f"{four:,.0f}"
    return f"{value:#.4g}".rstrip(".") if abs(value) >= 1e-4 or value == 0 else f"{value:.2e}"


def begun(text: str) -> str:
    """The text as a sentence or a title begins, the rest of it as it is."""
    return text[:1].upper() + text[1:]
