"""Losses of the CLIP-aided GANs. All are minimised."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Split(NamedTuple):
    """A discriminator's score taken apart, both of one shape (SAN, Takida et al., ICLR 2024, arXiv 2301.12811)."""

    fun: Tensor
    dir: Tensor


def san_split(h: Tensor, w: Tensor, s: Tensor) -> Split:
    """Return SAN's two parts of a score: fun = <h, sg(w)> s and dir = <sg(h), w> sg(s), sg stopping the gradient.

    arXiv 2301.12811, eq. 12 and its code. h (..., D) features, w (..., D) unit directions, s (...) positive scales.
    Both values equal <h, w> s.
    """
    return Split((h * w.detach()).sum(-1) * s, (h.detach() * w).sum(-1) * s.detach())


def _says_real(score: Split) -> Tensor:
    return F.relu(1 - score.fun).mean() - score.dir.mean()


def _says_fake(score: Split) -> Tensor:
    return F.relu(1 + score.fun).mean() + score.dir.mean()


def san_discriminator(real: Split, fake: Split, mismatched: Split | None = None) -> Tensor:
    """Return SAN's loss of the discriminator (arXiv 2301.12811 and its code), a mean.

    relu(1 - fun(real)) + relu(1 + fun(fake)) - dir(real) + dir(fake).
    With ``mismatched``, real images under another image's text, they and the fakes weigh half each, as in the
    matching-aware hinge loss: our instantiation, SCAD's text-conditional form being unpublished.
    """
    if mismatched is None:
        return _says_real(real) + _says_fake(fake)
    return _says_real(real) + (_says_fake(fake) + _says_fake(mismatched)) / 2


def hinge_discriminator(real: Tensor, fake: Tensor, mismatched: Tensor) -> Tensor:
    """Return the matching-aware hinge loss on logits of any equal shape (DF-GAN, arXiv 2008.05865, eq. 2).

    ``mismatched`` are logits of real images with another image's text.
    """
    return F.relu(1 - real).mean() + (F.relu(1 + fake).mean() + F.relu(1 + mismatched).mean()) / 2


def gradient_penalty(logits: Tensor, inputs: list[Tensor], weight: float = 2.0, power: float = 6.0) -> Tensor:
    """Return weight * mean(||grad D||^power) over what real images are seen by (DF-GAN's MA-GP, eq. 3).

    ``logits`` (N, ...) must be a function of every tensor of ``inputs`` (N, ...), each requiring grad.
    """
    grads = torch.autograd.grad(logits.sum(), inputs, create_graph=True)
    flat = torch.cat([g.flatten(1) for g in grads], dim=1)
    return weight * ((flat.square().sum(1) + 1e-12) ** (power / 2)).mean()


def alignment(image: Tensor, text: Tensor) -> Tensor:
    """Return the mean -cos of unit image and text embeddings (N, D) (GALIP, eq. 4, without its weight)."""
    return -(image * text).sum(1).mean()


def mutual_information(recovered: Tensor, z: Tensor) -> Tensor:
    """Return mean((Q(h(G(z, t))) - z)^2) of (N, noise).

    A bound on the information that images hold of their noise, up to a constant (InfoGAN, Chen et al. 2016, arXiv
    1606.03657, eq. 5, with a Gaussian Q of unit variance).

    1 where the images say nothing of z, 0 where they say all. That SCAD's regulariser has this form is our
    instantiation: the paper's is unpublished.
    """
    return F.mse_loss(recovered, z)
