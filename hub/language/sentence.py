"""English text that knows its template, so that a page can say it in another language; a plain string else."""

from typing import Any


class Sentence(str):
    """A ``template`` with its named ``fields`` filled in: ``Sentence("{n:,} votes", n=3)``; words are one without.

    A field may be a sentence itself, or a list of words. What makes sentences knows no language: who shows them looks
    the template up (``hub.language.catalogue``). Sums, slices and methods of ``str`` give plain strings.
    """

    template: str
    fields: dict[str, Any]

    def __new__(cls, template: str, /, **fields: Any) -> "Sentence":
        """The English sentence. Raises KeyError where the template names a field that is not given."""
        english = {name: listed(value) if isinstance(value, list) else value for name, value in fields.items()}
        made = super().__new__(cls, template.format(**english) if fields else template)
        made.template, made.fields = str(template), fields
        return made


def number_of(count: int, noun: str) -> str:
    """A number of things, in English: ``1 image``, ``2,000 images``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(words: list[str]) -> str:
    """Words as an English sentence lists them."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
