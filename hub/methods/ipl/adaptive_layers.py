"""Which layers a step trains: those whose latent codes move most towards the target (StyleGAN-NADA, section 4.2).

Each place of the generator is given a copy of the latent of its own; the copies take one step of gradient descent
towards the target's words, and the places whose copies move furthest are trained.
"""

import torch
from torch import Tensor, nn

from hub.encoders import LossEncoder
from hub.methods.ipl.domain_words import see
from hub.methods.scad.model import OneStepGenerator


def rank_layers(model: OneStepGenerator, w: Tensor, encoder: LossEncoder, target: Tensor) -> list[int]:
    """Return the places of the generator, the one whose code of latents w (B, cond) moves furthest first.

    ``target`` (D,) is the embedding of the target's words. No parameter gets a gradient.
    """
    codes = [w.detach().clone().requires_grad_() for _ in range(model.places)]
    nearness = (see(encoder, model.draw(codes)) @ target).mean()
    moved = torch.stack([step.abs().mean() for step in torch.autograd.grad(nearness, codes)])
    return [int(place) for place in moved.argsort(descending=True)]


def train_only(layers: list[nn.ModuleList], places: list[int]) -> None:
    """Have the layers of these places take gradients, and no others; what the others had is dropped."""
    for place, layer in enumerate(layers):
        layer.requires_grad_(place in places)
        if place not in places:
            layer.zero_grad(set_to_none=True)
