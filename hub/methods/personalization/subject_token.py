"""What a subject's word means: a residual in sentence space.

Our instantiation for a base that is told one sentence vector: e = normalise(MiniLM(prompt with the class in the word's
place) + r), r learnt and 0 at first, so that the subject begins as one of its class. No other prompt has r.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from hub.subjects.subject_name import SubjectName


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
