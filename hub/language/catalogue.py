"""The languages of page and report: a catalogue of messages each, and how lists are written.

English is in the code; every other language is ``locale/LANGUAGE/LC_MESSAGES/messages.po``, compiled when it is read,
so that none can be stale. Numbers are written as the templates say, alike in English and Japanese. Babel is imported
when a language needs it: an arena starts without.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from hub.errors import UnknownName
from hub.language.sentence import Sentence

CATALOGUES = Path(__file__).with_name("locale")
PLACE = Path("LC_MESSAGES", "messages.po")
OWN_NAME = re.compile(r"^# Language name: (.+)$", re.MULTILINE)  # a comment, as Babel drops what else a head says


def printable(text: str) -> str:
    """The text on one line, with what a terminal would act on replaced."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


@dataclass(frozen=True)
class Language:
    """A language, which says messages by their English templates; whatever has no translation stays English.

    ``code`` is what a page's ``lang`` says, ``locale`` what Babel calls it. In fields, sentences are said in the
    language too and lists are written as it lists words; all other text, names above all, stays as
    it is. What is said is printable, on one line. ``titles`` are what generators are called, by their names;
    fields ``generator`` and ``generators`` hold such names.
    """

    code: str
    locale: str
    translations: NullTranslations
    titles: Mapping[str, str] = field(default_factory=dict, compare=False)

    def gettext(self, message: str, /, **fields: Any) -> str:
        """The message with its fields filled in."""
        return self._filled(self.translations.gettext(message) if message else "", fields)

    def pgettext(self, context: str, message: str, /, **fields: Any) -> str:
        """The message where the same English has another meaning elsewhere."""
        return self._filled(self.translations.pgettext(context, message), fields)

    def ngettext(self, one: str, many: str, n: int, /, **fields: Any) -> str:
        """The message that suits n things; ``{n}`` is a field of it."""
        return self._filled(self.translations.ngettext(one, many, n), {"n": n, **fields})

    def tell(self, text: str) -> str:
        """A sentence in this language, any other text as it is."""
        return self.gettext(text.template, **text.fields) if isinstance(text, Sentence) else printable(text)

    def with_titles(self, titles: Mapping[str, str]) -> "Language":
        """Return the language with these titles of generators, by name; those without one keep their name."""
        return replace(self, titles=titles)

    def title(self, name: str) -> str:
        """What the generator of this name is called: its title where that is known, else its name."""
        return printable(self.titles.get(name) or name)

    def listed(self, words: Sequence[str]) -> str:
        """Words as a sentence lists them. Raises IndexError without words."""
        told = [self.tell(word) for word in words]
        return load_list_format()(told, locale=self.locale) if words[1:] else told[0]

    def _filled(self, template: str, fields: dict[str, Any]) -> str:
        return printable(
            template.format(**{name: self._field(name, value) for name, value in fields.items()})
            if fields
            else template
        )

    def _field(self, name: str, value: Any) -> Any:
        if name == "generator":
            return self.title(value)
        if name == "generators" and isinstance(value, list):
            return self.listed([self.title(one) for one in value])
        if isinstance(value, str):
            return self.tell(value)
        return self.listed(value) if isinstance(value, list) else value


ENGLISH = Language("en", "en_001", NullTranslations())  # 001: the world's, which lists A, B and C


def load_list_format() -> Callable[..., str]:
    """Return what writes words as a language lists them."""
    from babel.lists import format_list

    return format_list


def load_translations(path: Path) -> GNUTranslations:
    """Return the messages of a catalogue's file."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalogue = read_po(file)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of all languages, English first."""
    return (ENGLISH.code, *sorted(path.parts[-3] for path in CATALOGUES.glob(f"*/{PLACE}")))


@cache
def language_names() -> dict[str, str]:
    """Return what each language calls itself, by its code: ``Language name`` in the comment on top of its catalogue."""
    names = {ENGLISH.code: "English"}
    for code in languages()[1:]:
        found = OWN_NAME.search((CATALOGUES / code / PLACE).read_text(encoding="utf-8"))
        names[code] = found[1] if found else code
    return names


@cache
def language(code: str) -> Language:
    """Return the language of a code.

    Raises: UnknownName, with the codes there are.
    """
    if code not in languages():
        raise UnknownName(f"There is no report in {code!r}; choose one of: {', '.join(languages())}.")
    return ENGLISH if code == ENGLISH.code else Language(code, code, load_translations(CATALOGUES / code / PLACE))
