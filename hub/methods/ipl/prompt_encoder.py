"""Prompts to the encoder's space, with tokens put before their words that no vocabulary has.

The text tower is MiniLM and the encoder's head on it. The tokens enter as token embeddings, after which the tower adds
positions and goes on as for words: literal token embeddings give what the sentence gives.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from hub.encoders import LossEncoder, TextEncoder

TEMPLATES = ("{}", "a picture, {}", "an icon, {}", "an emoji, {}", "a drawing of a thing, {}", "an illustration, {}")
RESIDUAL = "an emoji, {}"  # the released code's "a photo of a {}", in the form of the captions that the encoder knows


class PromptEncoder:
    """The text tower of a loss encoder, frozen; all that it gives are unit embeddings (B, D)."""

    def __init__(self, encoder: LossEncoder, text: TextEncoder) -> None:
        self.encoder, self.text = encoder, text
        self.device = next(encoder.model.parameters()).device
        self.table: Tensor = text.model.get_input_embeddings().weight.detach()

    @torch.no_grad()
    def sentences(self, texts: Sequence[str]) -> Tensor:
        """Return the embeddings of sentences."""
        return self.encoder.sentences(self.text(texts).to(self.device))

    def words(self, text: str) -> Tensor:
        """Return the embedding (D,) of words, the mean over templates: of the unit embeddings, made unit."""
        return F.normalize(self.sentences([template.format(text) for template in TEMPLATES]).mean(0), dim=0)

    def residual(self, text: str) -> Tensor:
        """Return the embedding (D,) of words in one template, which may be added to a prompt's."""
        return self.sentences([RESIDUAL.format(text)])[0]

    def token_ids(self, text: str) -> list[int]:
        """Return the tokens of words, without those that begin and end a sentence."""
        return list(self.text.tokenizer(text, add_special_tokens=False)["input_ids"])

    def token_embeddings(self, text: str) -> Tensor:
        """Return the token embeddings (n, d) of words."""
        return self.table[self.token_ids(text)]

    def __call__(self, tokens: Tensor, text: str) -> Tensor:
        """Return the embeddings of ``[tokens, text]``, tokens (B, m, d), differentiable in the tokens."""
        tokenizer = self.text.tokenizer
        first, last = self.table[[tokenizer.cls_token_id]], self.table[[tokenizer.sep_token_id]]
        after = torch.cat([self.token_embeddings(text), last]).expand(len(tokens), -1, -1)
        x = torch.cat([first.expand(len(tokens), -1, -1), tokens.to(self.table.device), after], dim=1)  # (B, T, d)
        states = self.text.model(inputs_embeds=x, attention_mask=x.new_ones(x.shape[:2])).last_hidden_state
        return self.encoder.sentences(F.normalize(states.mean(1), dim=-1).to(self.device))
