"""Search for texts that a tokenizer of open_clip cuts, so that figures can say that a prompt was not read whole."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]


def find_truncated(tokenizer: Any, texts: Sequence[str]) -> Flags:
    """Return which texts have more tokens than the tokenizer's context length, (N,).

    With room for one token more, its place is filled in those and padded in the others, as in the empty text.
    """
    tokens = tokenizer([*texts, ""], context_length=tokenizer.context_length + 1)
    return np.asarray(tokens[:-1, -1] != tokens[-1, -1])
