"""Small networks and batches for the tests of the GANs with distribution-sensitive losses."""

from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F

from hub.encoders.frozen_networks import TextStates
from hub.methods.contrastive.attention_generator import AttentionSizes
from hub.methods.contrastive.config import ATTNGAN_CONTRASTIVE, SSAGAN, SSAGAN_CONTRASTIVE
from hub.methods.contrastive.damsm import Damsm
from hub.methods.contrastive.ssa_generator import SsaSizes
from hub.methods.training import save_weights

SSA = SsaSizes(noise=8, hidden=8, mask=4, widths=(8, 8, 8, 8))
ATTENTION = AttentionSizes(normal=8, condition=4, width=8)
SMALL = {"images": 8, "batch": 4, "width": 8, "every": 1, "judged": 4, "blur_images": 8}
TINY = {
    "ssagan": replace(SSAGAN, generator=SSA, **SMALL),  # type: ignore[arg-type]
    "ssagan-contrastive": replace(SSAGAN_CONTRASTIVE, generator=SSA, **SMALL),  # type: ignore[arg-type]
    "attngan-contrastive": replace(ATTNGAN_CONTRASTIVE, generator=ATTENTION, **SMALL),  # type: ignore[arg-type]
}


def made_texts(n: int, seed: int = 0) -> TextStates:
    """Random states of texts, the first words of each there."""
    rng = torch.Generator().manual_seed(seed)
    words = torch.randn(n, 6, 384, generator=rng)
    there = 1 + torch.randint(0, 6, (n, 1), generator=rng)
    return TextStates(F.normalize(torch.randn(n, 384, generator=rng), dim=1), words, torch.arange(6) < there)


def made_damsm(folder: Path) -> Path:
    """The checkpoint of an untrained DAMSM."""
    torch.manual_seed(0)
    path = folder / "model.safetensors"
    save_weights(path, Damsm().state_dict(), {"dim": 128}, {})
    return path
