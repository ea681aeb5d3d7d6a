"""A summary as text: what the terminal, Markdown and HTML reports share."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Grid:
    """A table of plain text, not escaped for any format. ``empty`` is said where it has no rows."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str


def printable(text: str) -> str:
    """The text on one line, with what a terminal would act on replaced."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def figure(value: float) -> str:
    """A metric's figure with four significant digits, never in exponents above 0.00001."""
    return f"{value:#.4g}".rstrip(".") if abs(value) >= 1e-4 or value == 0 else f"{value:.2e}"


def listed(words: Sequence[str]) -> str:
    """Words as a sentence lists them."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
