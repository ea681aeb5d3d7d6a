"""The distribution-sensitive losses, fake-to-fake and fake-to-real contrast, which any GAN takes by a flag.

"The Right Losses for the Right Gains" (arXiv 2312.10854) names both; its temperatures, weights and features are not
published where we could read. The form of the first is that of its predecessor's code (huiyegit/T2I_CL, NT-Xent of
SimCLR, arXiv 2002.05709, eq. 1); the form of the second, after XMC-GAN (arXiv 2101.04702, eq. 4), is our instantiation.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

FAKE_TAU, REAL_TAU = 0.5, 0.1  # temperatures: the predecessor's code's, and ours


def fake_to_fake(a: Tensor, b: Tensor, tau: float = FAKE_TAU) -> Tensor:
    """Return the contrast of pictures of two captions of one image.

    It is mean_k -log(e^(u_k.u_k+ / tau) / sum_j e^(u_k.u_j / tau)). a, b (N, D): features of pictures drawn from the
    same noise, row i for two captions of image i, of any length; u = [a; b] as unit rows, j is any row but k. ln(2N -
    1) where all rows are equal.
    """
    u = F.normalize(torch.cat([a, b]), dim=1)  # (2N, D)
    alike = (u @ u.T / tau).masked_fill(torch.eye(len(u), dtype=torch.bool, device=u.device), -torch.inf)
    partner = torch.arange(len(u), device=u.device).roll(len(a))
    return F.cross_entropy(alike, partner)


def fake_to_real(fakes: Sequence[Tensor], real: Tensor, tau: float = REAL_TAU) -> Tensor:
    """Return the contrast of pictures with their captions' real images: CE(S, diag) + CE(S^T, diag), S = a.r / tau.

    ``fakes`` are features (N, D) of pictures, one tensor a caption of each image, over which the loss is a mean;
    ``real`` (N, D) are those of the images, which get no gradient. Of any length. 2 ln N where all rows are equal.
    """
    r = F.normalize(real.detach(), dim=1)
    target = torch.arange(len(r), device=r.device)
    losses = []
    for fake in fakes:
        s = F.normalize(fake, dim=1) @ r.T / tau  # (N, N)
        losses.append(F.cross_entropy(s, target) + F.cross_entropy(s.T, target))
    return torch.stack(losses).mean()
