"""One step of personalisation: the subject's loss, class pictures where asked for, and the penalty."""

from typing import Any

import torch
from torch import Tensor

from hub.methods.personalization.base_pipeline import BasePipeline
from hub.methods.personalization.config import PersonalConfig
from hub.methods.personalization.trained_weights import choose_weights
from hub.methods.training import Rng


class TokenState:
    """What the subject's word means, as a resume point holds it."""

    def __init__(self, token: torch.nn.Parameter) -> None:
        self.token = token

    def state_dict(self) -> dict[str, Tensor]:
        """Return what a resume point holds."""
        return {"token": self.token.detach()}

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Restore what a resume point holds."""
        self.token.copy_(state["token"])


class PersonalStep:
    """The network in training; called with the number of a step, it takes it.

    In the first share ``word_first`` of the steps the subject's word alone is learnt, as by Textual Inversion (arXiv
    2208.01618): weights that are trained from there on need move less, and the word is apart from its class by then.
    ``pictures`` and ``class_pictures`` are rows of :meth:`BasePipeline.prepare`; class picture i was drawn of class
    prompt i, these in turn. Without weight decay, which would pull to 0: the penalty is the only pull.
    """

    def __init__(
        self,
        config: PersonalConfig,
        base: BasePipeline,
        pictures: Tensor,
        class_pictures: Tensor | None,
        device: torch.device,
    ) -> None:
        self.config, self.base, self.pictures, self.class_pictures = config, base, pictures, class_pictures
        self.rng = Rng(device, config.seed)
        self.weights = choose_weights(base.network, config, base.is_key_or_value)
        groups = [
            {"params": self.weights.parameters, "lr": config.lr},
            {"params": [base.token], "lr": config.token_lr},
        ]
        self.optimiser = torch.optim.AdamW(groups, weight_decay=0.0)

    @property
    def parts(self) -> dict[str, Any]:
        """What a resume point holds."""
        token = TokenState(self.base.token)
        return {"weights": self.weights, "token": token, "optimiser": self.optimiser, "rng": self.rng}

    def __call__(self, number: int) -> dict[str, float]:
        """Take a step; returns the subject's loss and the penalty before its weight."""
        trains = number >= int(self.config.word_first * self.config.steps)
        for one in self.weights.parameters:
            one.requires_grad_(trains)
        loss = self._loss_of(self.pictures, self.base.learnt_prompts)
        total, penalty = loss, 0.0
        if trains and self.class_pictures is not None:
            total = total + self.config.prior * self._loss_of(self.class_pictures, self.base.class_prompts, own=True)
        if trains and self.config.strength:
            penalised = self.weights.penalty(self.config.form)
            total, penalty = total + self.config.strength * penalised, penalised.item()
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        self.optimiser.step()
        return {"loss": loss.item(), "penalty": penalty}

    def _loss_of(self, pictures: Tensor, prompts: tuple[str, ...], own: bool = False) -> Tensor:
        """Return the loss of a batch: each picture under any of the prompts, or under its own."""
        rng, n = self.rng.generator, self.config.batch
        rows = torch.randint(0, len(pictures), (n,), generator=rng, device=rng.device)
        said = rows if own else torch.randint(0, len(prompts), (n,), generator=rng, device=rng.device)
        return self.base.loss(pictures[rows], [prompts[one % len(prompts)] for one in said.tolist()], rng)
