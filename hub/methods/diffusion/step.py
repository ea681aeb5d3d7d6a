"""One step of training: a batch drawn, noised and predicted, AdamW, two averages; nothing in it waits for the device.

The pictures lie on the device as bytes. On CUDA the network runs in bfloat16 from weights kept in single precision.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from hub import devices
from hub.methods.augmentation import shift_pictures
from hub.methods.diffusion.config import TrainConfig
from hub.methods.diffusion.loss import mix_noise, v_loss, weigh_min_snr
from hub.methods.diffusion.model import build_scheduler, build_unet, fold
from hub.methods.low_precision import LowPrecision
from hub.methods.training import Ema, Rng, channels_last

SHIFT = 4  # pixels at most, white coming in
FALL = 0.4  # the last share of a run, in which the learning rate falls to a fiftieth
DrawConditions = Callable[[Tensor, torch.Generator], Tensor]  # rows (N,) -> conditions (N, D) of entries of order 1


def schedule(step: int, share: float, warm_up: int) -> float:
    """Return the learning rate as a share of its highest, ``share`` of the run being over."""
    return min(1.0, (step + 1) / warm_up) * min(1.0, max(0.02, (1 - share) / FALL))


class DiffusionStep:
    """The network in training and its averages; called, it takes a step and returns the loss, still on the device."""

    def __init__(self, config: TrainConfig, pictures: Tensor, conditions: DrawConditions, device: torch.device) -> None:
        self.config, self.device, self.conditions = config, device, conditions
        self.pictures = pictures.to(device)  # (N, 3, H, W) uint8
        self.rng = Rng(device, config.seed)
        self.unet = channels_last(build_unet(config.model).to(device))
        self.compute = LowPrecision(self.unet, on=device.type == "cuda")
        self.averages = [Ema(self.unet, decay) for decay in config.widths_of_ema]
        self.alphas = build_scheduler().alphas_cumprod.to(device)
        self.optimiser = torch.optim.AdamW(
            self.unet.parameters(), lr=config.lr, betas=(0.9, 0.99), weight_decay=0.01, fused=device.type == "cuda"
        )

    @property
    def parts(self) -> dict[str, Any]:
        """What a resume point holds."""
        averages = {f"ema{number}": average for number, average in enumerate(self.averages)}
        return {"unet": self.unet, "optimiser": self.optimiser, "rng": self.rng, **averages}

    def describe(self) -> str:
        """Return the device and the precision that this trains in."""
        precision = "bfloat16" if self.compute.on else "single precision"
        return f"{devices.describe_device(self.device)}, {precision}"

    def __call__(self) -> dict[str, Tensor]:
        """Take a step; may be recorded as one CUDA graph."""
        x, condition = self.draw_batch()
        rng, n = self.rng.generator, len(x)
        times = torch.randint(0, len(self.alphas), (n,), generator=rng, device=self.device)
        noise = torch.randn(x.shape, generator=rng, device=self.device)
        noisy, v = mix_noise(x, noise, self.alphas[times])
        gamma = self.config.min_snr
        weights = weigh_min_snr(self.alphas[times], gamma) if gamma else None
        loss = v_loss(self.predict(noisy, times, condition), v, weights)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        self.optimiser.step()
        return {"loss": loss.detach()}

    def draw_batch(self) -> tuple[Tensor, Tensor]:
        """Return folded pictures (N, 12, h, w), each shifted, and conditions, of which a share are zeros: none."""
        n, rng = self.config.batch, self.rng.generator
        rows = torch.randint(0, len(self.pictures), (n,), generator=rng, device=self.device)
        x = shift_pictures(self.pictures[rows].float() / 127.5 - 1, SHIFT, rng)
        kept = torch.rand(n, 1, generator=rng, device=self.device) >= self.config.drop
        return fold(x, self.unet), self.conditions(rows, rng) * kept

    def predict(self, noisy: Tensor, times: Tensor, condition: Tensor) -> Tensor:
        """Return v in single precision; on CUDA it is computed in bfloat16."""
        x = noisy.to(self.compute.dtype).contiguous(memory_format=torch.channels_last)
        told = {"encoder_hidden_states": None, "class_labels": condition.to(self.compute.dtype)}
        v: Tensor = self.compute(x, times, **told).sample
        return v.float()

    def average(self) -> None:
        """Bring the averages up to the weights; apart from the step, as their decay changes."""
        for one in self.averages:
            one.update(self.unet)
