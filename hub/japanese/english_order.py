"""The tokens of a Japanese text in the order of English: what a Japanese text says before a thing, English says after.

``箱の中の猫``, box in cat, becomes ``cat in box``; numbers go before their thing, which is then of the plural. This is
our own instantiation, for prompts that name things: it knows no grammar beyond what ties two things together.
"""

import re
from dataclasses import dataclass, field

from hub.japanese.lexicon import read_lexicon
from hub.japanese.segmentation import JapaneseToken, Role

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
TAIL = re.compile(r"(?<=.)(?:[:,]| (?:with|of|in|on|at|and|holding|showing|without) ).*")  # of a label, past its noun
PUNCTUATION = (",", ".", ";", ":", "!", "?", ")")
SPACED = re.compile(r"\s+(?=[,.;:!?)])")


@dataclass
class Phrase:
    """A thing with what is said of it: words before it, how many it is, and what it is with, in or on."""

    words: list[str] = field(default_factory=list)
    count: int = 0
    tail: str = ""

    def add(self, word: str) -> None:
        """Add a word, whose own first word may be there already: red and red apple are a red apple."""
        if self.words and word.startswith(f"{self.words[-1]} "):
            self.words.pop()
        self.words.append(word)

    @property
    def english(self) -> str:
        """The words in English; empty where nothing is named."""
        if not self.words:
            return ""
        words = self.words
        if self.count:
            number = NUMBERS[self.count] if self.count < len(NUMBERS) else str(self.count)
            words = [number, *words[:-1], make_plural(words[-1]) if self.count > 1 else words[-1]]
        return " ".join(words) + self.tail


def make_plural(label: str) -> str:
    """Return an English label of several: its noun gets an s, or what is said of it in the lexicon."""
    tail = TAIL.search(label)
    noun = label[: tail.start()] if tail else label
    start, _, last = noun.rpartition(" ")
    plurals = read_lexicon().plurals
    if last.lower() in plurals:
        last = plurals[last.lower()]
    elif re.search("(?:s|x|z|ch|sh)$", last):
        last += "es"
    elif re.search("[^aeiou]y$", last):
        last = f"{last[:-1]}ies"
    elif last[-1:].isalpha():
        last += "s"
    return f"{start} {last}".strip() + (tail[0] if tail else "")


class _Writer:
    """Puts phrases in order; ``tie`` is what ties the phrase that is being read to those before."""

    def __init__(self) -> None:
        self._parts: list[tuple[JapaneseToken | None, Phrase]] = []
        self._tie: JapaneseToken | None = None
        self._phrase = Phrase()

    def add(self, token: JapaneseToken, of_next: bool) -> None:
        """Add a token; ``of_next``: a number is of what comes next, and else of what was before."""
        if token.role in (Role.between, Role.joining, Role.subject):
            self.end(token)
        elif token.role is Role.number:
            is_before = not of_next and not self._phrase.words and self._parts
            (self._parts[-1][1] if is_before else self._phrase).count = int(token.english)
        elif token.role is Role.word:
            if token.english.startswith(PUNCTUATION):
                self.end(JapaneseToken(Role.joining, token.start, token.end, " "))
            self._phrase.add(token.english)

    def end(self, tie: JapaneseToken | None) -> None:
        """End a phrase; ``tie`` is what ties the next one to it."""
        waiting = self._tie is not None and self._tie.role is Role.between and bool(self._parts)
        if self._phrase.words:
            start, thing = self._parts.pop() if waiting else (self._tie if self._parts else None, None)
            self._parts.append((start, self._tied(thing, self._phrase)))
            self._tie, self._phrase = tie, Phrase()
        elif waiting and len(self._parts) > 1 and _is_subject(self._parts[-1][0]):  # 猫が机の上にいる
            thing, (start, subject) = self._parts.pop()[1], self._parts.pop()
            self._parts.append((start, self._tied(thing, subject)))
            self._tie = tie
        elif not waiting:
            self._tie = tie

    def _tied(self, thing: Phrase | None, to: Phrase) -> Phrase:
        """Return a phrase with the thing tied to it that was named before it."""
        if thing and self._tie:
            to.tail += f" {self._tie.english} {thing.english}"
        return to

    @property
    def english(self) -> str:
        """All phrases in English."""
        said = "".join(f"{tie.english if tie else ''}{phrase.english}" for tie, phrase in self._parts)
        return SPACED.sub("", said).strip(" ,;:")


def _is_subject(tie: JapaneseToken | None) -> bool:
    return tie is not None and tie.role is Role.subject


def put_in_order(tokens: list[JapaneseToken]) -> str:
    """Return the tokens' English; empty where none of them names anything."""
    writer = _Writer()
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        writer.add(token, of_next=after is not None and after.english == "の")
    writer.end(None)
    return writer.english
