"""Pictures that a network draws of held-out conditions while it trains: a grid to look at, and KID to choose by.

On a GPU they take seconds. On a few cores they could outlast a short training, so a run with minutes draws as many as a
part of them allows.
"""

import math
import time
from collections.abc import Sequence

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor

from hub.encoders import load_for_loss
from hub.methods.diffusion.loss import kernel_distance
from hub.methods.diffusion.model import build_scheduler
from hub.methods.diffusion.pixel_pipeline import PixelPipeline, guide_classifier_free

DRAWN = 50  # pictures at once
SCALE, STEPS = 3.0, 20
SIDE = 8  # conditions and seeds of a grid
PART = 0.05  # of a run's minutes, for a grid and for the choice each
FEWEST = 32  # pictures of an average, below which KID chooses by chance


def draw_pictures(unet: UNet2DConditionModel, conditions: Tensor, seeds: Sequence[int]) -> Tensor:
    """Return guided pictures (N, 3, H, W) of conditions (N, D), on the CPU."""
    pipeline, guider = PixelPipeline(unet, build_scheduler()), guide_classifier_free(SCALE)
    drawn = []
    for start in range(0, len(seeds), DRAWN):
        rngs = [torch.Generator().manual_seed(seed) for seed in seeds[start : start + DRAWN]]
        drawn.append(pipeline(conditions[start : start + DRAWN], rngs, STEPS, guider).cpu())
    return torch.cat(drawn)


class Validation:
    """Held-out pictures (N, 3, H, W) uint8 with their conditions (N, D), of a run of so many minutes (0: no limit)."""

    def __init__(self, real: Tensor, conditions: Tensor, minutes: float) -> None:
        self.real, self.conditions = real, conditions
        self.limit = 60 * minutes * PART if minutes else math.inf
        self.pace = 0.0  # seconds a picture, of the last grid's first row

    def draw_grid(self, unet: UNet2DConditionModel) -> Tensor:
        """Return eight seeds of each of eight conditions, (64, 3, H, W); of fewer conditions where time is short."""
        shown = self.conditions[torch.linspace(0, len(self.conditions) - 1, SIDE).long()].repeat_interleave(SIDE, 0)
        begun = time.monotonic()
        first = draw_pictures(unet, shown[:SIDE], range(SIDE))
        self.pace = (time.monotonic() - begun) / SIDE
        rows = min(SIDE, max(1, self._afford() // SIDE))
        rest = [draw_pictures(unet, shown[SIDE : rows * SIDE], list(range(SIDE)) * (rows - 1))] if rows > 1 else []
        return torch.cat([first, *rest])

    def choose_rows(self, most: int, averages: int) -> Tensor:
        """Return which held-out rows, ``most`` at most, averages are judged by; none where time is too short for it."""
        count = min(most, len(self.real), self._afford() // averages)
        if count < min(FEWEST, most, len(self.real)):
            count = 0
        return torch.linspace(0, len(self.real) - 1, count).long()

    def _afford(self) -> int:
        """Return how many pictures fit the limit."""
        return len(self.real) * SIDE * SIDE if math.isinf(self.limit) else int(self.limit / max(self.pace, 1e-9))


@torch.no_grad()
def judge_averages(unets: list[UNet2DConditionModel], real: Tensor, conditions: Tensor) -> list[float]:
    """Return KID of each network's pictures of held-out conditions, in the guide's space.

    What scores an entry later is not asked. Caption i is drawn with seed i by each of them.
    """
    device = next(unets[0].parameters()).device
    guide = load_for_loss("guide")
    guide.model.to(device)

    def encode(x: Tensor) -> Tensor:
        return torch.cat([guide.model.encode_image(part.to(device)).cpu() for part in x.split(DRAWN)])

    features = encode(real.float() / 127.5 - 1)
    seeds = list(range(len(real)))
    return [kernel_distance(encode(draw_pictures(unet, conditions, seeds)), features) for unet in unets]
