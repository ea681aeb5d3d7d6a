"""The steps of the two stages: prompts are learned of the source's pictures, then its copy follows their directions."""

import copy
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hub.methods.encoder.loss import info_nce
from hub.methods.ipl.adaptive_layers import rank_layers, train_only
from hub.methods.ipl.config import IplConfig, PromptArm
from hub.methods.ipl.domain_words import see
from hub.methods.ipl.latent_draws import LatentDraws
from hub.methods.ipl.loss import directional_loss, domain_loss, fit_loss
from hub.methods.ipl.model import LatentMapper, SharedPrompt
from hub.methods.ipl.prompt_encoder import PromptEncoder
from hub.methods.training import Ema, Rng

Scores = dict[str, float]
BANK, AT_ONCE = 1024, 64  # latents of stage 1, and how many are drawn at once


class PromptStep:
    """Stage 1: the mapper F, or the one prompt, learns prompts of the source's pictures; nothing else changes."""

    def __init__(self, config: IplConfig, draws: LatentDraws, prompts: PromptEncoder, rng: Rng) -> None:
        self.config, self.draws, self.prompts, self.rng = config, draws, prompts, rng
        cond, table = draws.model.config.cond, prompts.table
        mapper = SharedPrompt(config.tokens, table) if self.shared else LatentMapper(cond, config.tokens, table)
        self.mapper: nn.Module = mapper.to(draws.device)
        self.optimiser = torch.optim.Adam(self.mapper.parameters(), config.lr_mapper)
        self.w, self.images = self.draw_bank(Rng(draws.device, config.seed))
        self.target = prompts.sentences([config.target_words])[0]
        self.added = {words: prompts.residual(words) for words in (config.source_words, config.target_words)}

    @property
    def shared(self) -> bool:
        """Whether there is one prompt for all pictures."""
        return self.config.arm is PromptArm.learned

    @torch.no_grad()
    def draw_bank(self, rng: Rng) -> tuple[Tensor, Tensor]:
        """Return latents (N, cond) and the unit embeddings (N, D) of what the source draws of them, which never change.

        Drawn once, as the source's pictures are most of the work of stage 1. Our instantiation.
        """
        size = min(BANK, self.config.mapper_batch * max(self.config.mapper_steps, 1))
        w = torch.cat([self.draws(min(AT_ONCE, size - start), rng) for start in range(0, size, AT_ONCE)])
        places = self.draws.model.places
        seen = [see(self.prompts.encoder, self.draws.model.draw([part] * places)) for part in w.split(AT_ONCE)]
        return w, torch.cat(seen)

    def embed(self, tokens: Tensor, words: str) -> Tensor:
        """Return the unit embeddings (B, D) of tokens before words, with those of a template added where asked."""
        found = self.prompts(tokens, words)
        return F.normalize(found + self.added[words], dim=-1) if self.config.residual else found

    def directions(self, w: Tensor) -> Tensor:
        """Return dT (B, D) of latents: from the source's prompt to the target's."""
        tokens = self.mapper(w)
        return self.embed(tokens, self.config.target_words) - self.embed(tokens, self.config.source_words)

    def __call__(self) -> Scores:
        """Take one step of IPL's equation 7, and return its losses."""
        device = self.rng.generator.device
        rows = torch.randperm(len(self.w), generator=self.rng.generator, device=device)[: self.config.mapper_batch]
        images, tokens = self.images[rows], self.mapper(self.w[rows])
        source, target = (self.embed(tokens, words) for words in (self.config.source_words, self.config.target_words))
        if self.shared:
            match = fit_loss(images, source)
        else:
            match = info_nce(images, source, self.prompts.encoder.model.logit_scale.exp().clamp(max=100))
        domain = domain_loss(target, self.target)
        self.optimiser.zero_grad(set_to_none=True)
        (match + self.config.domain_weight * domain).backward()
        self.optimiser.step()
        return {"match": match.item(), "domain": domain.item()}


class AdaptStep:
    """Stage 2: a copy of the source follows the directions; source, encoder and prompts stay as they are."""

    def __init__(
        self,
        config: IplConfig,
        draws: LatentDraws,
        prompts: PromptEncoder,
        rng: Rng,
        direction: Tensor,
        learned: PromptStep | None,
    ) -> None:
        self.config, self.draws, self.prompts, self.rng = config, draws, prompts, rng
        self.direction, self.learned = direction, learned  # NADA's (D,), and what the other arms have instead
        self.target = prompts.words(config.target_words)
        self.model = copy.deepcopy(draws.model).eval()  # batch statistics stay the source's
        self.layers = self.model.layers()
        trained = [p for layer in self.layers for p in layer.parameters()]
        self.optimiser = torch.optim.Adam(trained, config.lr, config.betas)
        self.ema = Ema(self.model, config.ema)

    @property
    def parts(self) -> dict[str, Any]:
        """What a resume point holds."""
        return {"model": self.model, "optimiser": self.optimiser, "ema": self.ema}

    @torch.no_grad()
    def directions(self, w: Tensor) -> Tensor:
        """Return dT (B, D) of latents by the arm."""
        if self.learned is None:
            return self.direction.expand(len(w), -1)
        found = self.learned.directions(w)
        return found.roll(1, 0) if self.config.arm is PromptArm.shuffled else found

    def __call__(self) -> Scores:
        """Take one step, and return its loss and how far the pictures are from the source's, as directions are."""
        w = self.draws(self.config.batch, self.rng)
        ranked = rank_layers(self.model.requires_grad_(False), w, self.prompts.encoder, self.target)
        train_only(self.layers, ranked[: self.config.layers or None])
        places = self.model.places
        with torch.no_grad():
            before = see(self.prompts.encoder, self.draws.model.draw([w] * places))
        moved = see(self.prompts.encoder, self.model.draw([w] * places)) - before
        loss = directional_loss(moved, self.directions(w))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.ema.update(self.model)
        return {"direction": loss.item(), "moved": moved.detach().norm(dim=-1).mean().item()}
