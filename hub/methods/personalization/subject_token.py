"""The word that names a subject in prompts, and what it means: a residual in sentence space.

Our instantiation for a base that is told one sentence vector: e = normalise(MiniLM(prompt with the class in the word's
place) + r), r learnt and 0 at first, so that the subject begins as one of its class. No other prompt has r.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from hub.errors import DataError
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
            f"{name.token!r} can't name a subject: use one word of 2 to 40 small letters, digits and '-', as in zebi-1."
        )
    if is_word(name.token):
        raise DataError(f"{name.token!r} is a word that the base knows already: choose one that is none, as zebi-1.")
    class_word = check_prompt(name.class_word)
    if SubjectName(name.token, class_word).as_class(class_word)[1]:
        raise DataError(f"The class {class_word!r} names the subject itself: say what it is one of, as in cat.")
    return SubjectName(name.token, class_word)


def add_residual(embedded: Tensor, residual: Tensor) -> Tensor:
    """Return unit embeddings (N, D) moved by the residual (D,) and of unit length again."""
    return F.normalize(embedded + residual, dim=-1)


class SubjectTextEncoder:
    """A text encoder that knows the subject's word: texts to unit sentence embeddings (N, D)."""

    def __init__(self, encode: Callable[[Sequence[str]], Tensor], name: SubjectName, residual: Tensor) -> None:
        self.encode, self.name, self.residual = encode, name, residual

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Return the embeddings; of a text without the subject's word those of the base's encoder, to the last bit."""
        said = [self.name.as_class(text) for text in texts]
        embedded = self.encode([text for text, _ in said])
        named = torch.tensor([one for _, one in said])
        return torch.where(named[:, None], add_residual(embedded, self.residual.to(embedded)), embedded)
