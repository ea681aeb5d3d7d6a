"""The languages of a report: a catalogue of messages each, and how lists are written.

English is in the code; every other language is ``locale/LANGUAGE/LC_MESSAGES/messages.po``, compiled when it is read,
so that none can be stale. Numbers are written as the templates say, alike in English and Japanese.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from hub.errors import UnknownName
from hub.language.sentence import Sentence

CATALOGUES = Path(__file__).with_name("locale")
PLACE = Path("LC_MESSAGES", "messages.po")


def printable(text: str) -> str:
    """The text on one line, with what a terminal would act on replaced."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


@dataclass(frozen=True)
class Language:
    """A language, which says messages by their English templates; whatever has no translation stays English.

    ``code`` is what a page's ``lang`` says. In fields, sentences are said in the language too and lists are written as
    it lists words; all other text, names above all, stays as it is. What is said is printable, on one line.
    """

    code: str
    locale: Locale
    translations: NullTranslations

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

    def listed(self, words: Sequence[str]) -> str:
        """Words as a sentence lists them. Raises IndexError without words."""
        return (
            format_list([self.tell(word) for word in words], locale=self.locale) if words[1:] else self.tell(words[0])
        )

    def _filled(self, template: str, fields: dict[str, Any]) -> str:
        return printable(
            template.format(**{name: self._field(value) for name, value in fields.items()}) if fields else template
        )

    def _field(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.tell(value)
        return self.listed(value) if isinstance(value, list) else value


ENGLISH = Language("en", Locale("en", "001"), NullTranslations())  # 001: the world's, which lists A, B and C


def _compiled(path: Path) -> GNUTranslations:
    with path.open("rb") as file:
        catalogue = read_po(file)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def languages() -> list[str]:
    """Codes of all languages, English first."""
    return [ENGLISH.code, *sorted(path.parts[-3] for path in CATALOGUES.glob(f"*/{PLACE}"))]


@cache
def language(code: str) -> Language:
    """The language of a code. Raises UnknownName, with the codes there are."""
    if code not in languages():
        raise UnknownName(f"There is no report in {code!r}; choose one of: {', '.join(languages())}.")
    return ENGLISH if code == ENGLISH.code else Language(code, Locale.parse(code), _compiled(CATALOGUES / code / PLACE))
