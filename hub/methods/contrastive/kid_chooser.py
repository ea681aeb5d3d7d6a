"""The best checkpoint by validation KID: small sets collapse slowly, so that the last one is seldom the best.

The space is EfficientNet-Lite1's, which is in no loss of these arms and scores no entry: what was a loss would be
flattered, and what scores may not choose.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from hub.encoders import efficientnet_lite
from hub.encoders.frozen_networks import TextStates
from hub.methods.data.pack import Pack
from hub.methods.diffusion.loss import kernel_distance

NETWORK, SIDE = "efficientnet-lite1", 96
AT_ONCE = 50  # pictures


@torch.no_grad()
def draw_whole(model: Any, z: Tensor, texts: TextStates) -> Tensor:
    """Return a generator's pictures (N, 3, H, W) of noise (N, noise) and texts, ``AT_ONCE`` of them at a time."""
    parts = []
    for start in range(0, len(z), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        told = TextStates(texts.sentences[rows], texts.words[rows].float(), texts.mask[rows])
        parts.append(model(z[rows], told)[-1])
    return torch.cat(parts)


class KidChooser:
    """Judges a generator by its pictures of held-out captions; ``found`` are the figures so far, which are resumed."""

    def __init__(self, held: Pack, captions: TextStates, count: int, device: torch.device) -> None:
        rows = torch.linspace(0, len(held) - 1, min(count, len(held))).long()
        self.texts, self.device = TextStates(*(part[rows.to(device)] for part in captions)), device
        self.net = efficientnet_lite(NETWORK).to(device)
        self.real = self._encode(held.images[rows].float() / 127.5 - 1)
        self.found: list[float] = []

    @torch.no_grad()
    def _encode(self, x: Tensor) -> Tensor:
        """Return features (N, D), on the CPU, of pictures (N, 3, H, W) in about [-1, 1]."""
        parts = []
        for part in x.split(AT_ONCE):
            seen = F.interpolate(part.to(self.device).clamp(-1, 1), size=SIDE, mode="bilinear", align_corners=False)
            parts.append(self.net(seen).cpu())
        return torch.cat(parts)

    def __call__(self, model: Any) -> bool:
        """Judge a generator and return whether it is the best so far. Caption i has noise i, the same each time."""
        z = torch.randn(len(self.real), model.noise, generator=torch.Generator().manual_seed(0)).to(self.device)
        self.found.append(kernel_distance(self._encode(draw_whole(model, z, self.texts)), self.real))
        return self.found[-1] == min(self.found)

    def state_dict(self) -> dict[str, list[float]]:
        """Return the figures so far."""
        return {"found": self.found}

    def load_state_dict(self, state: dict[str, list[float]]) -> None:
        """Restore the figures so far."""
        self.found = list(state["found"])
