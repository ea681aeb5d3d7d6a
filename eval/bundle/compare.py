"""Two versions of one text, compared figure by figure: what differs, where, and whether by a last digit alone."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import zip_longest

NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?")
SHOWN, LONGEST = 5, 80  # differences of a file that are told, and letters of each
TEXTS = (".json", ".jsonl", ".csv", ".md", ".html", ".tex", ".svg")


def _is_last_digit(one: str, other: str) -> bool:
    """Return whether two numbers, not both whole, differ by one unit of the last digit that both are written with."""
    if (one + other).replace(",", "").replace("-", "").isdigit():
        return False
    try:
        a, b = (Decimal(number.replace(",", "")) for number in (one, other))
        exponents = [int(number.as_tuple().exponent) for number in (a, b)]
        return abs(a - b) <= Decimal(1).scaleb(max(exponents))
    except ArithmeticError:  # an exponent that no figure has
        return False


def _compare_line(was: str, now: str) -> str | None:
    """Return what differs between two lines that are not equal; None where it is the last digits of figures alone."""
    mine, theirs = NUMBER.findall(was), NUMBER.findall(now)
    if NUMBER.split(was) != NUMBER.split(now):
        start = next((n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
        start = max(0, start - LONGEST // 4)
        return f"{was[start : start + LONGEST]!r} there, {now[start : start + LONGEST]!r} by the votes"
    far = [(a, b) for a, b in zip(mine, theirs, strict=True) if a != b and not _is_last_digit(a, b)]
    if not far:
        return None
    place = was.index(far[0][0])
    return f"{far[0][0]} there, {far[0][1]} by the votes (in {was[max(0, place - LONGEST // 2) : place].strip()!r})"


def compare_texts(name: str, was: bytes, now: bytes) -> Iterator[str]:
    """Yield a sentence for each difference between a text of a bundle, and the same computed again.

    The first differences are told by line and figure, and of the others how many they are.
    """
    pairs = enumerate(zip_longest(*(text.decode("utf-8", "replace").split("\n") for text in (was, now))), 1)
    other = [(number, one or "", two or "") for number, (one, two) in pairs if one != two]
    told = [(number, _compare_line(one, two)) for number, one, two in other]
    digits = [number for number, said in told if said is None]
    if digits:
        said = f"in {len(digits):,} lines, the first being {digits[0]}"
        yield f"{name}: figures differ in their last digit alone, {said}."
    far = [(number, said) for number, said in told if said is not None]
    for number, said in far[:SHOWN]:
        yield f"{name}, line {number}: {said}."
    if len(far) > SHOWN:
        yield f"{name}: {len(far) - SHOWN:,} more lines differ."


def compare_files(name: str, was: bytes, now: bytes) -> Iterator[str]:
    """Yield a sentence for each difference between a file of a bundle, and the same made again."""
    if was == now:
        return
    if name.endswith(TEXTS):
        yield from compare_texts(name, was, now)
    else:
        yield f"{name} is another file than the votes give."
