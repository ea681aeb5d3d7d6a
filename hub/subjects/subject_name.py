"""The word that names a subject in prompts, and the class that it is one of."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from hub.errors import DataError
from hub.files import packaged
from hub.language.sentence import Sentence
from hub.prompts import check_prompt

WORD = re.compile(r"[a-z][a-z0-9-]{1,39}")


@dataclass(frozen=True)
class SubjectName:
    """The word for a subject, and the class that it is one of."""

    token: str
    class_word: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """What names the subject in a prompt: its word, its class behind it or not."""
        token, class_word = (re.escape(one) for one in (self.token, self.class_word))
        return re.compile(rf"(?<![\w-]){token}(?![\w-])(\s+{class_word}(?![\w-]))?", re.IGNORECASE)

    def as_class(self, prompt: str) -> tuple[str, bool]:
        """Return the prompt with the class in place of the subject, and whether it names the subject."""
        said, count = self.pattern.subn(self.class_word.replace("\\", r"\\"), prompt)
        return said, count > 0


def check_name(name: SubjectName, is_word: Callable[[str], bool]) -> SubjectName:
    """Return the name with its class without outer space. ``is_word``: whether the base's text encoder knows a word.

    Raises: DataError for a word that can't name a subject, PromptError for a class that can't be said.
    """
    if not WORD.fullmatch(name.token):
        raise DataError(
            Sentence(
                "{word!r} can't name a subject: use one word of 2 to 40 small letters, digits and '-', as in zebi-1.",
                word=name.token[:60],
            )
        )
    if is_word(name.token):
        raise DataError(
            Sentence(
                "{word!r} is a word that the base knows already: choose one that is none, as zebi-1.", word=name.token
            )
        )
    class_word = check_prompt(name.class_word)
    if SubjectName(name.token, class_word).as_class(class_word)[1]:
        raise DataError(
            Sentence("The class {word!r} names the subject itself: say what it is one of, as in cat.", word=class_word)
        )
    return SubjectName(name.token, class_word)


@cache
def list_known_words() -> frozenset[str]:
    """Return the words that MiniLM, the text encoder of the embedded bases, has in its table. Raises MissingFile."""
    table = packaged("minilm").parent / "vocab.txt"
    return frozenset(table.read_text(encoding="utf-8").split("\n"))
