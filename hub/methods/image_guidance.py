"""Image guidance: after each reverse step the noisy picture is moved a little towards a clean guide picture.

x <- x + w' d (z - x) with d = t / T, t from 0, and w' = w T / S at S steps, not T (Zbinden, arXiv 2209.10948). It
is a pipeline's step callback, without a gradient or a mask, in whatever space the pipeline draws: pixels or latents.

Ours, for few steps and any scheduler: t is the level of noise that the step reached, which at all T times is its own t
and at the last step 0, so that no picture ends as a blend with its guide; a move of the whole way is the longest; and
where a scheduler's samples grow with their noise (Euler's, Heun's) the guide is brought to their scale.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from hub.errors import RequestError
from hub.language.sentence import Sentence
from hub.schema import Request

PARAMETER = "guidance"  # of a request: w
WEIGHT = 0.005  # w where nothing is said, the paper's


def read_weight(request: Request) -> float:
    """Return w of a request: its parameter, or the paper's where it says none; 0 without a guide picture.

    Raises: RequestError for one that is not from 0 to 1.
    """
    weight = float(request.parameters.get(PARAMETER, WEIGHT))
    if not (math.isfinite(weight) and 0 <= weight <= 1):
        raise RequestError(
            Sentence("Image guidance of {weight:g} is not from 0 to 1: say another, 0.005 for a little.", weight=weight)
        )
    return weight if request.image is not None else 0.0


def move_towards(x: Tensor, guide: Tensor, shares: Sequence[float]) -> Tensor:
    """Return x (N, ...) moved shares, one or N, of the way to the guide; a row whose share is 0 stays bit for bit."""
    share = torch.tensor(shares, dtype=x.dtype, device=x.device).view(-1, *[1] * (x.dim() - 1))
    return torch.where(share > 0, x + share * (guide - x), x)


@dataclass(frozen=True)
class ImageGuidance:
    """diffusers' ``callback_on_step_end`` that moves ``latents`` towards guides.

    ``guide`` are clean pictures (1 or N, C, H, W) as the pipeline's last step would leave them; ``weights`` are w of
    each row, or one for all, 0 to 1.
    """

    guide: Tensor
    weights: Sequence[float]

    def __call__(self, pipeline: Any, number: int, time: Any, told: dict[str, Any]) -> dict[str, Any]:
        """Return the tensors told, with ``latents`` moved where this call ended a step."""
        scheduler, x = pipeline.scheduler, told["latents"]
        if not (any(self.weights) and ends_step(scheduler, number)):
            return told
        shares = [weight * share_of_one(scheduler, number) for weight in self.weights]
        guide = scale_guide(self.guide.to(x), scheduler, time)
        return {**told, "latents": move_towards(x, guide, [min(1.0, share) for share in shares])}


def share_of_one(scheduler: Any, number: int) -> float:
    """Return T / S d, the share of the way that a w of 1 would move after the call of this number."""
    times = scheduler.timesteps
    level = float(times[number + 1]) + 1 if number + 1 < len(times) else 0.0  # 0: clean
    return level / float(scheduler.num_inference_steps)  # T is in both


def ends_step(scheduler: Any, number: int) -> bool:
    """Return whether the call of this number ends a step: Heun's has two (diffusers' own rule)."""
    calls, order = len(scheduler.timesteps), scheduler.order
    warm_up = calls - scheduler.num_inference_steps * order
    return bool(number == calls - 1 or (number + 1 > warm_up and (number + 1) % order == 0))


def scale_guide(guide: Tensor, scheduler: Any, time: Any) -> Tensor:
    """Return the guide in the scale of a scheduler's samples after its step: as it is, or times sqrt(sigma^2 + 1)."""
    one = torch.ones((), device=guide.device)
    return guide / float(scheduler.scale_model_input(one, time))
