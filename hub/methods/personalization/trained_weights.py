"""Which weights of a network are trained, and how far they are from their base."""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from hub.errors import DataError, MissingFile
from hub.methods.personalization.config import PenaltyForm, PersonalConfig, Tuned
from hub.methods.personalization.loss import penalise_distance, penalise_factors, penalise_product

ADAPTED = ("to_q", "to_k", "to_v", "to_out.0")  # layers that LoRA adapts, by the ends of their names


class TrainedWeights(Protocol):
    """The trained weights of a network; all others are frozen."""

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What the optimiser is given."""
        ...

    def penalty(self, form: PenaltyForm) -> Tensor:
        """Return the penalty on what they have become."""
        ...

    def distance(self) -> float:
        """Return ||theta - base|| of the network's weights."""
        ...

    def merged(self) -> AbstractContextManager[None]:
        """Have the network be a plain one meanwhile, with what was learnt in its weights."""
        ...

    def state_dict(self) -> dict[str, Tensor]:
        """Return what a resume point holds."""
        ...

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Restore what a resume point holds. Raises KeyError or RuntimeError for another network's."""
        ...


class _Named:
    """Parameters by name, as a resume point holds them."""

    def __init__(self, named: Mapping[str, nn.Parameter]) -> None:
        self.named = dict(named)

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What the optimiser is given."""
        return list(self.named.values())

    def state_dict(self) -> dict[str, Tensor]:
        """Return what a resume point holds."""
        return {name: one.detach() for name, one in self.named.items()}

    @torch.no_grad()
    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Restore what a resume point holds."""
        for name, one in self.named.items():
            one.copy_(state[name])


class OwnWeights(_Named):
    """Weights of the network itself, with frozen copies of them as they were."""

    def __init__(self, named: Mapping[str, nn.Parameter]) -> None:
        super().__init__(named)
        self.base = [one.detach().clone() for one in self.parameters]

    def penalty(self, form: PenaltyForm) -> Tensor:
        """Return the penalty on their distance from the base."""
        return penalise_distance(self.parameters, self.base, form)

    @torch.no_grad()
    def distance(self) -> float:
        """Return ||theta - base||."""
        return float(self.penalty(PenaltyForm.sum).sqrt())

    def merged(self) -> AbstractContextManager[None]:
        """Do nothing: what was learnt is in the network."""
        return nullcontext()


class LowRankWeights(_Named):
    """LoRA's factors (Hu et al., arXiv 2106.09685) by peft; B is 0 at first, so the network is the base."""

    def __init__(self, network: nn.Module, rank: int) -> None:
        peft = load_peft()
        config = peft.LoraConfig(r=rank, lora_alpha=rank, target_modules=list(ADAPTED))
        peft.inject_adapter_in_model(config, network)
        layer = peft.tuners.lora.LoraLayer
        self.network = network
        self.layers: dict[str, Any] = {name: one for name, one in network.named_modules() if isinstance(one, layer)}
        super().__init__({name: one for name, one in network.named_parameters() if "lora_" in name})
        adapters = [(one.lora_A["default"].weight, one.lora_B["default"].weight) for one in self.layers.values()]
        self.factors: list[tuple[Tensor, Tensor]] = adapters
        self.scale = float(next(iter(self.layers.values())).scaling["default"])

    def penalty(self, form: PenaltyForm) -> Tensor:
        """Return the penalty on the product of the factors, or on the factors themselves."""
        if form is PenaltyForm.factors:
            return penalise_factors(self.factors)
        return penalise_product(self.factors, self.scale, form)

    @torch.no_grad()
    def distance(self) -> float:
        """Return ||scale B A|| over all layers."""
        return float(self.penalty(PenaltyForm.sum).sqrt())

    @contextmanager
    def merged(self) -> Iterator[None]:
        """Have plain layers in the adapted ones' places meanwhile, copies with the products added to their weights."""
        for name, one in self.layers.items():
            plain = copy.deepcopy(one.base_layer)
            plain.weight.data += one.get_delta_weight("default")
            self._put(name, plain)
        try:
            yield
        finally:
            for name, one in self.layers.items():
                self._put(name, one)

    def _put(self, name: str, layer: nn.Module) -> None:
        parent, _, leaf = name.rpartition(".")
        setattr(self.network.get_submodule(parent), leaf, layer)


def load_peft() -> Any:
    """Return peft, which only LoRA needs. Raises MissingFile where it is not installed."""
    try:
        import peft
    except ImportError as error:
        raise MissingFile("LoRA needs peft: pip install -r requirements/training.txt") from error
    return peft


def choose_weights(
    network: nn.Module, config: PersonalConfig, is_key_or_value: Callable[[str], bool]
) -> TrainedWeights:
    """Freeze a network but for what a config trains of it, and return that.

    Raises: DataError for a penalty on factors that are not there, MissingFile without peft.
    """
    if config.form is PenaltyForm.factors and config.tuned is not Tuned.lora:
        raise DataError("--form factors is for --tune lora alone: choose mean or sum.")
    network.requires_grad_(False)
    if config.tuned is Tuned.lora:
        return LowRankWeights(network, config.rank)
    chosen = {
        name: one for name, one in network.named_parameters() if config.tuned is Tuned.full or is_key_or_value(name)
    }
    for one in chosen.values():
        one.requires_grad_(True)
    return OwnWeights(chosen)
