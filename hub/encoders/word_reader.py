"""MiniLM's states of words from tokens: what a training that looks at words needs, without tokenizer or text.

Whole from its package, or pruned to the tokens of a pack, in half precision, for a machine without a network.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import BertConfig, BertModel

from hub.encoders.frozen_networks import MARKS, TextStates, minilm_state, read_states

KEPT = "kept"  # in a pruned state: the tokens (K,) whose embeddings are left, in order
EMBEDDINGS = "embeddings.word_embeddings.weight"


def prune_minilm(state: Mapping[str, Tensor], tokens: Tensor) -> dict[str, Tensor]:
    """Return MiniLM's state with the embeddings of these tokens alone, floats in half precision."""
    kept = torch.cat([torch.zeros(1, dtype=torch.long), tokens.flatten().long()]).unique()
    pruned = {**state, EMBEDDINGS: state[EMBEDDINGS][kept]}
    halves = {key: value.half() if value.is_floating_point() else value for key, value in pruned.items()}
    return {**halves, KEPT: kept}


class WordReader:
    """MiniLM alone. Tokens that a pruned one does not know raise ValueError."""

    def __init__(self, state: Mapping[str, Tensor] | None = None, device: torch.device | str = "cpu") -> None:
        """Build it from a state, whole or pruned; None is that of the package, or what was packed in its place."""
        held = dict(minilm_state() if state is None else state)
        self.kept = held.pop(KEPT, torch.arange(len(held[EMBEDDINGS])))
        config = BertConfig(
            vocab_size=len(self.kept),
            hidden_size=384,
            num_hidden_layers=6,
            num_attention_heads=12,
            intermediate_size=1536,
        )
        self.model = BertModel(config, add_pooling_layer=False)
        self.model.load_state_dict({key: value.float() for key, value in held.items()})
        self.model.eval().requires_grad_(False).to(device)
        self.device = device

    def __call__(self, tokens: Tensor, batch: int = 256) -> TextStates:
        """Return sentences and words of tokens (N, L)."""
        places = torch.searchsorted(self.kept, tokens)
        if not torch.equal(self.kept[places.clamp(max=len(self.kept) - 1)], tokens):
            raise ValueError("some tokens are not among those that this MiniLM was pruned to")
        marks = torch.searchsorted(self.kept, torch.tensor(MARKS)).tolist()
        order = (tokens != 0).sum(1).argsort()  # texts of like length together: padding costs as much as words
        parts = []
        for rows in order.split(batch):
            longest = int((tokens[rows] != 0).sum(1).max())
            found = read_states(self.model, places[rows, :longest].to(self.device), marks)
            filled = [0, 0, 0, tokens.shape[1] - longest]
            words, mask = F.pad(found.words, filled), F.pad(found.mask, filled[2:])
            parts.append(TextStates(found.sentences, words, mask))
        back = order.argsort().to(self.device)
        return TextStates(*(torch.cat(column)[back] for column in zip(*parts, strict=True)))
