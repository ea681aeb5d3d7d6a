"""What tests of page and report ask of the catalogues of messages: what is used, what is there, what is lacking."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from hub.language.catalogue import CATALOGUES, ENGLISH, PLACE, Language

ROOT = Path(__file__).parents[1]
SOURCES = [path for part in ("hub", "eval") for path in sorted((ROOT / part).rglob("*.py"))]
ASKING = {"gettext": 1, "Sentence": 1, "pgettext": 2, "ngettext": 2}  # what names messages, in so many first arguments
Key = tuple[str | None, str | tuple[str, ...]]


class Untold(NullTranslations):
    """What a catalogue falls back on where it lacks a message; it remembers which."""

    def __init__(self) -> None:
        super().__init__()
        self.lacking: set[str] = set()

    def gettext(self, message: str) -> str:
        """The message itself."""
        self.lacking.add(message)
        return message

    def pgettext(self, context: str, message: str) -> str:
        """The message itself."""
        return self.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The message itself."""
        return self.gettext(msgid1)


class Marked(NullTranslations):
    """A language in which every message is itself in ⟦brackets⟧: what is not in them was not looked up."""

    def gettext(self, message: str) -> str:
        """The message in brackets."""
        return f"⟦{message}⟧"

    def pgettext(self, context: str, message: str) -> str:
        """The message in brackets."""
        return self.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """One of both in brackets."""
        return self.gettext(msgid1 if n == 1 else msgid2)


MARKED = replace(ENGLISH, code="xx", translations=Marked())


def remembering(spoken: Language) -> tuple[Language, Untold]:
    """The language, and what remembers the messages that it lacks."""
    untold, translations = Untold(), copy.copy(spoken.translations)
    translations.add_fallback(untold)
    return replace(spoken, translations=translations), untold


def asked(path: Path) -> Iterator[tuple[str, list[ast.expr]]]:
    """What names messages in a source file, and how they are written."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ASKING:
                yield name, node.args[: ASKING[name]]


@cache
def used() -> frozenset[Key]:
    """Every message in the source: context, and text (one and many)."""
    found = set()
    for path in SOURCES:
        for name, arguments in asked(path):
            texts = [one.value for one in arguments if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if len(texts) == ASKING[name]:
                context = texts[0] if name == "pgettext" else None
                found.add((context, (texts[0], texts[1]) if name == "ngettext" else texts[-1]))
    return frozenset(found)


def catalogue(code: str) -> Catalog:
    """A language's catalogue as it is in its file."""
    with (CATALOGUES / code / PLACE).open("rb") as file:
        return read_po(file)


def ids(message: Message) -> str | tuple[str, ...]:
    """A message's text, (one, many) where it has both."""
    return message.id if isinstance(message.id, str) else tuple(message.id)


def fields(template: str) -> set[tuple[str, str]]:
    """Names of a template's fields, with how each is written."""
    return {(name, spec or "") for _, name, spec, _ in Formatter().parse(template) if name is not None}


def messages(found: Catalog) -> Iterator[Message]:
    """A catalogue's messages but for its head."""
    return (message for message in found if message.id)
