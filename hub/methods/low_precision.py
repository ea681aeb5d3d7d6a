"""bfloat16 in training, on GPUs: copies of the weights, whose masters stay in single precision.

In place of autocast, which takes norms, activations and residual sums back to single precision and casts frozen weights
anew in every call.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class LowPrecision:
    """A module that is called with bfloat16 copies of its weights; gradients reach its own, which stay float32.

    Off, it is called as it is. Buffers, the weights of batch norms beside them, and those whose names begin with one of
    ``keep`` stay in single precision. Inputs are the caller's to cast, to ``dtype``; outputs are what the module gives.
    """

    def __init__(self, module: nn.Module, on: bool, keep: Sequence[str] = ()) -> None:
        self.module, self.on = module, on
        self.dtype = torch.bfloat16 if on else torch.float32
        norms = [name for name, part in module.named_modules() if isinstance(part, _BatchNorm)]
        lowered = {
            name: weight
            for name, weight in module.named_parameters()
            if not name.startswith(tuple(keep)) and name.rpartition(".")[0] not in norms
        }
        self.trained = {name: weight for name, weight in lowered.items() if weight.requires_grad}
        self.frozen: dict[str, Tensor] = {}  # copied once
        if on:
            frozen = {name: weight for name, weight in lowered.items() if not weight.requires_grad}
            self.frozen = {name: weight.detach().to(self.dtype) for name, weight in frozen.items()}

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        """Call the module."""
        if not self.on:
            return self.module(*inputs, **named)
        copies = {name: weight.to(self.dtype) for name, weight in self.trained.items()}
        return torch.func.functional_call(self.module, {**self.frozen, **copies}, inputs, named)
