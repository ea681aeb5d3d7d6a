"""One update of both players, the same for every arm: discriminators, their penalty in a step of its own, generator.

L_G = adversarial + DAMSM + KL (AttnGAN) + fake-to-fake + fake-to-real, each by its weight. What is ours, and of all
arms: both captions of an image are drawn from one noise, and all networks see pictures blurred at first; discriminators
see them augmented (DiffAugment); the generator's average is kept. All as in ``hub.methods.scad``, which says why.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize

from hub.devices import describe_device
from hub.encoders.frozen_networks import TextStates
from hub.methods.augmentation import blur, blur_matrix, cutout, shift_and_colour
from hub.methods.contrast import fake_to_fake, fake_to_real
from hub.methods.contrastive.attention_generator import AttentionGenerator, AttentionSizes
from hub.methods.contrastive.config import ContrastiveConfig
from hub.methods.contrastive.damsm import Damsm, GuideEye, PictureView
from hub.methods.contrastive.loss import augmentation_divergence, bce_discriminator, bce_generator
from hub.methods.contrastive.matching_discriminators import FeatureTrunk, MatchingDiscriminator, PixelTrunk
from hub.methods.contrastive.ssa_generator import SsaGenerator, SsaSizes
from hub.methods.cuda_graph import GraphedStep
from hub.methods.scad.discriminators import scaled
from hub.methods.scad.features import FrozenFeatures
from hub.methods.scad.loss import gradient_penalty, hinge_discriminator
from hub.methods.training import Ema, Rng, channels_last

Scores = dict[str, Tensor]


class PairedBatch(NamedTuple):
    """N images (N, 3, H, W) in [-1, 1], two captions of each, first all ones then all others (2N), and classes (N,)."""

    images: Tensor
    sentences: Tensor
    words: Tensor
    mask: Tensor
    classes: Tensor

    @property
    def texts(self) -> TextStates:
        """Return the captions."""
        return TextStates(self.sentences, self.words, self.mask)


def make_generator(sizes: SsaSizes | AttentionSizes) -> SsaGenerator | AttentionGenerator:
    """Return a new generator of these sizes."""
    return AttentionGenerator(sizes) if isinstance(sizes, AttentionSizes) else SsaGenerator(sizes)


class FrozenNetworks(NamedTuple):
    """What is not trained: the features that discriminators see, the guide's eye, and DAMSM."""

    features: FrozenFeatures | None
    eye: GuideEye
    damsm: Damsm


class ContrastiveStep:
    """The networks, optimisers and one update of both players."""

    def __init__(self, config: ContrastiveConfig, device: torch.device, frozen: FrozenNetworks) -> None:
        self.config, self.device, self.frozen = config, device, frozen
        self.rng = Rng(device, config.seed)
        self.g = channels_last(make_generator(config.generator).to(device))
        self.staged = isinstance(self.g, AttentionGenerator)
        self.ema = Ema(self.g, config.ema)
        size = config.generator.size
        self.sides = (size // 4, size // 2, size) if self.staged else (size,)
        self.stages = [self._make_discriminator(side) for side in self.sides]
        self.d = nn.ModuleList(self.stages).to(device)
        cuda = device.type == "cuda"
        self.opt_g = torch.optim.Adam(self.g.parameters(), config.lr_g, config.betas, fused=cuda)
        self.opt_d = torch.optim.Adam(self.d.parameters(), config.lr_d, config.betas, fused=cuda)
        self.run = GraphedStep(self.update, device, (self.opt_g, self.opt_d), (self.rng.generator,))

    def _make_discriminator(self, side: int) -> MatchingDiscriminator:
        config, features = self.config, self.frozen.features
        whole = features is not None and side == config.generator.size
        trunk = (
            FeatureTrunk(features.channels, config.width) if features and whole else PixelTrunk(side, config.width // 2)
        )
        return MatchingDiscriminator(trunk, config.generator.text, config.width, plain=self.staged)

    @property
    def parts(self) -> dict[str, Any]:
        """Return what a resume point holds, by name."""
        return {"g": self.g, "d": self.d, "ema": self.ema, "opt_g": self.opt_g, "opt_d": self.opt_d, "rng": self.rng}

    def describe(self) -> str:
        """Return in words the device and how a step runs."""
        return f"{describe_device(self.device)}: {self.run.describe()}"

    def __call__(self, batch: PairedBatch, sigma: float) -> Scores:
        """Make one update, networks seeing pictures blurred by ``sigma`` pixels; returns scores on the device."""
        blurring = sigma if self.run.capture is None else blur_matrix(batch.images.shape[-1], sigma, self.device)
        scores = self.run(*batch, blurring)
        self.ema.update(self.g)  # not recorded: its decay changes
        return scores

    def update(self, *inputs: Any) -> Scores:
        """Make one update without the average, of a batch's tensors and the blur, in pixels or its matrix."""
        batch, sigma = PairedBatch(*inputs[:-1]), inputs[-1]
        n = len(batch.images)
        z = torch.randn(2 * n, self.g.noise, generator=self.rng.generator, device=self.device)
        texts = batch.texts
        if self.config.same_caption:
            texts = TextStates(*(part[:n].repeat(2, *[1] * (part.ndim - 1)) for part in texts))
        else:
            z = z[:n].repeat(2, 1)
        fakes = self.g(z, texts)
        reals = [F.adaptive_avg_pool2d(batch.images, side) for side in self.sides]
        with torch.no_grad():
            real_seen = [self.see(x, sigma) for x in reals]
        seen = [self.see(x, sigma) for x in fakes]
        scores = self._update_discriminators(real_seen, seen, scaled(texts.sentences))
        return scores | self._update_generator(batch, texts, blur(fakes[-1], sigma), seen, sigma)

    def see(self, x: Tensor, sigma: Any) -> list[Tensor]:
        """Return what a discriminator sees of pictures (N, 3, H, W): augmented, blurred if whole, as grids."""
        x = cutout(shift_and_colour(x, self.rng.generator), self.rng.generator)
        if x.shape[-1] != self.config.generator.size:
            return [x]
        x = blur(x, sigma).contiguous(memory_format=torch.channels_last)
        return [x] if self.frozen.features is None else self.frozen.features(x)

    def _update_discriminators(
        self, reals: Sequence[Sequence[Tensor]], fakes: Sequence[Sequence[Tensor]], t: Tensor
    ) -> Scores:
        losses = []
        with parametrize.cached():
            for d, real, fake in zip(self.stages, reals, fakes, strict=True):
                grid = d.trunk(real).repeat(2, 1, 1, 1)  # a real image is right for both of its captions
                drawn = d.trunk([x.detach() for x in fake])
                logits = d.judge(grid, t), d.judge(drawn, t), d.judge(grid, t.roll(1, 0))
                losses.append((bce_discriminator if self.staged else hinge_discriminator)(*logits))
                if self.staged:
                    losses.append(bce_discriminator(d.judge_plain(grid), d.judge_plain(drawn)))
            loss = torch.stack(losses).sum()
            self.opt_d.zero_grad(set_to_none=True)
            loss.backward()
        self.opt_d.step()
        return {"d": loss.detach()} | self._penalise(reals[-1], t[: len(t) // 2])

    def _penalise(self, real: Sequence[Tensor], t: Tensor) -> Scores:
        """Take the step of MA-GP alone (SSA-GAN's code): 2 E||grad D||^6 over how real images and texts are seen."""
        d = self.stages[-1]
        seen, told = [x.detach().requires_grad_(True) for x in real], t.detach().requires_grad_(True)
        with parametrize.cached():
            penalty = gradient_penalty(d.judge(d.trunk(seen), told), [*seen, told], self.config.penalty)
            self.opt_d.zero_grad(set_to_none=True)
            penalty.backward()
        self.opt_d.step()
        return {"penalty": penalty.detach()}

    def _update_generator(
        self, batch: PairedBatch, texts: TextStates, whole: Tensor, seen: Sequence[Sequence[Tensor]], sigma: Any
    ) -> Scores:
        with parametrize.cached():
            terms = {"g": self._adversarial(seen, scaled(texts.sentences))} | self._told(batch, texts, whole, sigma)
            weights = {"damsm": self.config.damsm_weight, "kl": self.config.divergence,
                       "ff": self.config.fake_to_fake, "fr": self.config.fake_to_real}  # fmt: skip
            loss = torch.stack([value * weights.get(name, 1.0) for name, value in terms.items()]).sum()
            self.opt_g.zero_grad(set_to_none=True)
            loss.backward(inputs=list(self.g.parameters()))
        self.opt_g.step()
        return {name: value.detach() for name, value in terms.items()}

    def _adversarial(self, seen: Sequence[Sequence[Tensor]], t: Tensor) -> Tensor:
        losses = []
        for d, fake in zip(self.stages, seen, strict=True):
            grid = d.trunk(fake)
            losses += [bce_generator(d.judge(grid, t)), bce_generator(d.judge_plain(grid))] if self.staged else []
            losses += [] if self.staged else [-d.judge(grid, t).mean()]
        return torch.stack(losses).sum()

    def _told(self, batch: PairedBatch, texts: TextStates, whole: Tensor, sigma: Any) -> Scores:
        """Return the terms beside the adversarial one by name, contrasts also where their weight is 0."""
        n, view = len(batch.images), self.frozen.eye(whole)
        halves = [slice(0, n), slice(n, 2 * n)]
        matched = [
            self.frozen.damsm(
                PictureView(*(x[half] for x in view)), TextStates(*(x[half] for x in texts)), batch.classes
            )
            for half in halves
        ]
        with torch.no_grad():
            real = self.frozen.eye(blur(batch.images, sigma)).embedding
        a, b = (view.embedding[half] for half in halves)
        terms = {"damsm": torch.stack(matched).mean(), "ff": fake_to_fake(a, b), "fr": fake_to_real([a, b], real)}
        if isinstance(self.g, AttentionGenerator):
            terms["kl"] = augmentation_divergence(*self.g.condition(texts))
        return terms
