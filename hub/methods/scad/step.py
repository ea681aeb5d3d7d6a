"""One update of both players, the same for every arm: experts, then generator, on one batch of fakes.

L_D is the sum of the experts' losses, L_G = - mean D_q - mean D_t - clip_weight * cos + mi_weight * MI, to which a
config may add the contrasts of ``hub.methods.contrast``, whose features are the guide's. All images are augmented
inside the experts only (DiffAugment: colour, translation, cutout), with one draw for both updates, and seen
blurred at first, as in StyleGAN-XL (Sauer et al. 2022, arXiv 2202.00273): while the generator can do no better than
colours and layout, sharp edges would tell its images at once. The guide looks through the same blur, not augmented:
given details that no expert sees, the generator flattered the guide by a checkerboard.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from hub.devices import describe_device
from hub.methods.augmentation import blur, blur_matrix, cutout, shift_and_colour
from hub.methods.contrast import fake_to_fake, fake_to_real
from hub.methods.cuda_graph import GraphedStep
from hub.methods.low_precision import LowPrecision
from hub.methods.scad.config import Expert, GanConfig
from hub.methods.scad.discriminators import Discriminator, HingeDiscriminator, Recovery, SanDiscriminator
from hub.methods.scad.loss import alignment, mutual_information
from hub.methods.scad.model import OneStepGenerator
from hub.methods.training import Ema, Rng, average_gradients, channels_last

WIDTH = 64  # of an expert's heads


class Guide(Protocol):
    """Images in [-1, 1] and the batch's text embeddings to one space of unit rows."""

    def pixels(self, x: Tensor) -> Tensor:
        """Return unit embeddings (N, D) of images (N, 3, H, W) in [-1, 1], differentiable in them."""
        ...

    def sentences(self, embedded: Tensor) -> Tensor:
        """Return unit embeddings (N, D) of the batch's texts, given as the generator gets them."""
        ...


class Step:
    """The networks, optimisers and one update of both players. ``frozen`` gives the network of an expert.

    On CUDA generator and frozen networks compute in bfloat16, by copies of their weights. The heads stay in single
    precision: SAN divides by norms, and the penalty is a sixth power.
    """

    def __init__(
        self, config: GanConfig, device: torch.device, frozen: Callable[[Expert], nn.Module], guide: Guide
    ) -> None:
        self.config, self.device, self.guide = config, device, guide
        self.rng = Rng(device, config.seed)
        self.frozen: list[Any] = [channels_last(frozen(expert).to(device)) for expert in config.experts]
        kind = SanDiscriminator if config.san else HingeDiscriminator
        texts = [config.generator.text if expert.text else 0 for expert in config.experts]
        made = [kind(net.channels, text, WIDTH) for net, text in zip(self.frozen, texts, strict=True)]
        self.d = nn.ModuleList(made).to(device)
        self.experts: Sequence[Discriminator] = made
        self.g = channels_last(OneStepGenerator(config.generator).to(device))
        self.ema = Ema(self.g, config.ema)
        depths = sum(len(net.channels) for net in self.frozen)
        self.q = Recovery(depths * WIDTH, config.generator.noise).to(device) if config.mi else None
        self.g_parameters = list(self.g.parameters())
        self.q_parameters = list(self.q.parameters()) if self.q else []
        self.d_parameters = [p for p in self.d.parameters() if p.requires_grad]
        self._make_fast()

    def _make_fast(self) -> None:
        """Make the optimisers, and what a GPU is used well by: low precision, one graph, compiled networks."""
        config, cuda = self.config, self.device.type == "cuda"
        groups = [{"params": self.g_parameters, "lr": config.lr_g}]
        groups += [{"params": self.q_parameters, "lr": config.lr_q}] if self.q else []
        self.opt_g = torch.optim.Adam(groups, betas=config.betas, fused=cuda)
        self.opt_d = torch.optim.Adam(self.d_parameters, lr=config.lr_d, betas=config.betas, fused=cuda)
        self.draw = LowPrecision(self.g, cuda, keep=self.g.single)
        self.networks = [LowPrecision(net, cuda) for net in self.frozen]
        self.run = GraphedStep(self.update, self.device, (self.opt_g, self.opt_d), (self.rng.generator,))
        if cuda:
            torch.backends.cudnn.benchmark = False  # trying all at each shape costs more than it gains
            torch.set_float32_matmul_precision("high")
        if config.compile:
            for module in (self.g, *self.frozen):
                module.compile()

    @property
    def parts(self) -> dict[str, Any]:
        """Return what a resume point holds, by name."""
        parts = {"g": self.g, "d": self.d, "ema": self.ema, "opt_g": self.opt_g, "opt_d": self.opt_d, "rng": self.rng}
        return {**parts, "q": self.q} if self.q else parts

    def describe(self) -> str:
        """Return in words the device, the precision it computes in, and how a step runs."""
        precision = "bfloat16 for generator and frozen networks" if self.draw.on else "single precision"
        return f"{describe_device(self.device)}: {precision}, {self.run.describe()}"

    def noise(self, n: int) -> Tensor:
        """Draw z (n, noise), standard normal."""
        return torch.randn(n, self.config.generator.noise, generator=self.rng.generator, device=self.device)

    def see(self, x: Tensor, sigma: float | Tensor) -> list[list[Tensor]]:
        """Return what each expert sees of images (N, 3, H, W): augmented, blurred by ``sigma``, as frozen features."""
        x = cutout(shift_and_colour(x, self.rng.generator), self.rng.generator)
        x = blur(x, sigma).contiguous(memory_format=torch.channels_last)
        return [[f.float() for f in net(x)] for net in self.networks]

    def __call__(self, real: Tensor, t: Tensor, sigma: float) -> dict[str, Tensor]:
        """Make one update; returns scores as tensors on the device, so that nothing waits for it.

        Real images (N, 3, H, W) are in [-1, 1], their texts (N, D) unit rows, all on the device; where contrasts are
        taken, each image's other wording follows behind all first ones, (2N, D). A recorded step takes
        the blur as a matrix, so that one graph serves for all of the run.
        """
        blurring = sigma if self.run.capture is None else blur_matrix(real.shape[-1], sigma, self.device)
        scores = self.run(real, t, blurring)
        self.ema.update(self.g)  # not recorded: its decay changes
        return scores

    def update(self, real: Tensor, t: Tensor, sigma: float | Tensor) -> dict[str, Tensor]:
        """Make one update without the average; ``sigma`` is in pixels, or its matrix."""
        t, other = t.chunk(2) if self.config.paired else (t, None)
        z = self.noise(len(t))
        fake = self.draw(z.to(self.draw.dtype), t.to(self.draw.dtype))
        with torch.no_grad():
            real_seen = self.see(real, sigma)
        seen = self.see(fake, sigma)
        loss, penalty = self._update_experts(real_seen, seen, t)
        got = {"d": loss, "penalty": penalty}
        contrast = None if other is None else partial(self._contrast, real, z, other, sigma)
        return {**got, **self._update_generator(blur(fake, sigma), seen, t, z, contrast)}

    def _contrast(self, real: Tensor, z: Tensor, other: Tensor, sigma: float | Tensor, images: Tensor) -> Tensor:
        """Return the weighed contrasts; ``images`` (N, D) are the guide's embeddings of the first wordings."""
        again = blur(self.draw(z.to(self.draw.dtype), other.to(self.draw.dtype)), sigma)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.draw.on):
            b = self.guide.pixels(again).float()
            with torch.no_grad():
                r = self.guide.pixels(blur(real, sigma)).float()
        weights = self.config.fake_to_fake, self.config.fake_to_real
        return weights[0] * fake_to_fake(images, b) + weights[1] * fake_to_real([images, b], r)

    def _update_experts(self, real: list[list[Tensor]], fake: list[list[Tensor]], t: Tensor) -> tuple[Tensor, Tensor]:
        with parametrize.cached():
            both = [
                expert.losses(r, [x.detach() for x in f], t, self.config.penalty)
                for expert, r, f in zip(self.experts, real, fake, strict=True)
            ]
            loss, penalty = (torch.stack(parts).sum() for parts in zip(*both, strict=True))
            self.opt_d.zero_grad(set_to_none=True)
            (loss + penalty).backward(inputs=self.d_parameters)
        average_gradients(self.d_parameters)
        self.opt_d.step()
        for expert in self.experts:
            expert.renormalise()
        return loss.detach(), penalty.detach()

    def _update_generator(
        self,
        guided: Tensor,
        seen: list[list[Tensor]],
        t: Tensor,
        z: Tensor,
        contrast: Callable[[Tensor], Tensor] | None,
    ) -> dict[str, Tensor]:
        with parametrize.cached():
            scores, h = zip(*(expert.score(f, t) for expert, f in zip(self.experts, seen, strict=True)), strict=True)
            adversarial = -self.mean_by_kind(scores)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.draw.on):
                images, texts = self.guide.pixels(guided), self.guide.sentences(t)
            cosine = alignment(images.float(), texts.float())
            loss = adversarial + self.config.clip_weight * cosine
            got = {"g": adversarial.detach(), "cos": -cosine.detach()}
            if self.q is not None:
                recovered = mutual_information(self.q(torch.cat([x.flatten(1) for x in h], dim=1)), z)
                loss = loss + self.config.mi_weight * recovered
                got["mi"] = recovered.detach()
            if contrast is not None:
                contrasted = contrast(images.float())
                loss = loss + contrasted
                got["contrast"] = contrasted.detach()
            self.opt_g.zero_grad(set_to_none=True)
            loss.backward(inputs=[*self.g_parameters, *self.q_parameters])
        average_gradients([*self.g_parameters, *self.q_parameters])
        self.opt_g.step()
        return got

    def mean_by_kind(self, scores: Sequence[Tensor]) -> Tensor:
        """Return mean D_q + mean D_t of the experts' scores (N, depths).

        Two unconditional experts weigh as much as one, so that ``scad-dd`` does not also shift the balance between
        realism and text (our instantiation).
        """
        total = torch.zeros((), device=self.device)
        for text in {expert.text for expert in self.config.experts}:
            kind = [s.mean() for s, expert in zip(scores, self.config.experts, strict=True) if expert.text == text]
            total = total + torch.stack(kind).mean()
        return total
