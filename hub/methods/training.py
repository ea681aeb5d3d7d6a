"""What every training loop shares: random numbers, EMA, checkpoints with their config.

The loops themselves stay visible, one in each method's ``train.py``; they iterate ``hub.training_frame``.
"""

import copy
import json
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
import torch.distributed as dist
import torch.nn.functional as F
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from hub.errors import DataError, StorageError
from hub.files import png_bytes, replacing, write_whole
from hub.training_frame import Ending

M = TypeVar("M", bound=nn.Module)


def channels_last(model: M) -> M:
    """Lay a model's weights out channels last, which convolutions are fastest with, and return it."""
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


class Ema(Generic[M]):
    """Exponential moving average of a model's parameters; buffers are copied. ``model`` is the average."""

    def __init__(self, model: M, decay: float) -> None:
        self.model: M = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay, self.steps = decay, 0

    @torch.no_grad()
    def update(self, model: M) -> None:
        """Move the average towards the model.

        The decay warms up as (1 + n) / (10 + n), so that an early average is not the initial model.
        """
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        get_ema_multi_avg_fn(decay)(list(self.model.parameters()), [p.detach() for p in model.parameters()], None)
        buffers = list(zip(self.model.buffers(), model.buffers(), strict=True))
        for dtype in {kept.dtype for kept, _ in buffers}:  # one launch on a GPU, not one a buffer
            kept, new = zip(*(pair for pair in buffers if pair[0].dtype == dtype), strict=True)
            torch._foreach_copy_(kept, new)

    def state_dict(self) -> dict[str, Any]:
        """Return the average and how many steps it has seen, for a resume point."""
        return {"model": self.model.state_dict(), "steps": self.steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what a resume point holds."""
        self.model.load_state_dict(state["model"])
        self.steps = state["steps"]


class Rng:
    """Random numbers drawn on a device, part of a resume point: a stopped run goes on with the next ones."""

    def __init__(self, device: torch.device, seed: int) -> None:
        self.generator = torch.Generator(device).manual_seed(seed)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the generator's state, for a resume point."""
        return {"state": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Restore what a resume point holds.

        Raises: RuntimeError for one of another kind of device.
        """
        self.generator.set_state(state["state"].cpu())


def average_gradients(parameters: Sequence[nn.Parameter]) -> None:
    """Replace each gradient by its mean over all processes of a distributed run; nothing in a single process.

    Plain all-reduce, not DistributedDataParallel: a step takes several passes and gradients of gradients, which its
    hooks do not follow.
    """
    if not dist.is_initialized() or dist.get_world_size() == 1:
        return
    grads = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([g.flatten() for g in grads])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for grad, part in zip(grads, flat.split([g.numel() for g in grads]), strict=True):
        grad.copy_(part.view_as(grad))


def agreed(ending: Ending) -> Ending:
    """Return the highest ending that any process of a distributed run is for."""
    device = torch.device("cuda", torch.cuda.current_device()) if dist.get_backend() == "nccl" else "cpu"
    highest = torch.tensor(int(ending), device=device)
    dist.all_reduce(highest, dist.ReduceOp.MAX)
    return Ending(int(highest.item()))


def save_grid(x: Tensor, path: Path, columns: int = 8) -> None:
    """Write images (N, 3, H, W) in [-1, 1] as one PNG, ``columns`` a row."""
    write_whole(path, png_bytes(make_grid(x, columns)))


def make_grid(x: Tensor, columns: int) -> Image.Image:
    """Return images (N, 3, H, W) in [-1, 1] as one, ``columns`` a row."""
    x = ((x.detach().float().cpu().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    n, c, h, w = x.shape
    x = F.pad(x.flatten(1), (0, 0, 0, -n % columns), value=255).view(-1, columns, c, h, w)
    sheet = x.permute(0, 3, 1, 4, 2).reshape(-1, columns * w, c)
    return Image.fromarray(sheet.numpy())


def save_weights(path: Path, state: dict[str, Tensor], config: Any, training: dict[str, Any]) -> None:
    """Write a checkpoint in half precision, its config and its training's facts in the metadata; whole or not at all.

    Raises: StorageError.
    """
    config = asdict(config) if is_dataclass(config) and not isinstance(config, type) else config
    half = {
        key: (value.half() if value.is_floating_point() else value).contiguous().cpu() for key, value in state.items()
    }
    metadata = {"format": "pt", "config": json.dumps(config), "training": json.dumps(training)}
    try:
        with replacing(path) as part:
            save_file(half, part, metadata)
    except (OSError, SafetensorError) as error:
        raise StorageError(f"{path} can't be written ({error}): mend that and run it again.") from error


class Resume:
    """A training run's whole state in one file, so that a stopped run goes on where it was.

    ``parts`` are the modules and optimisers by name. The file is written beside and moved into place.
    """

    def __init__(self, path: Path, parts: dict[str, Any]) -> None:
        self.path, self.parts = path, parts

    def save(self, step: int, seconds: float) -> None:
        """Store every part's state with the step and the training seconds so far.

        Raises: StorageError.
        """
        state = {name: part.state_dict() for name, part in self.parts.items()}
        try:
            beside = self.path.with_suffix(".part")  # what a killed training left there is written over
            with replacing(self.path, beside) as part:
                torch.save({"step": step, "seconds": seconds, "parts": state, "rng": torch.get_rng_state()}, part)
        except RuntimeError as error:  # torch's writer does not tell what the system said
            raise StorageError(f"{self.path} was not saved: free some disk space, then run it again.") from error

    def load(self) -> tuple[int, float]:
        """Restore every part; returns the step and seconds to go on from, (0, 0.0) when there is no file.

        Raises: DataError for a file of another model or another version of the training.
        """
        if not self.path.exists():
            return 0, 0.0
        saved = torch.load(self.path, map_location="cpu", weights_only=True)
        try:
            for name, part in self.parts.items():
                part.load_state_dict(saved["parts"][name])
        except (KeyError, RuntimeError) as error:
            raise DataError(f"{self.path} does not fit this training: move it away to begin anew.") from error
        torch.set_rng_state(saved["rng"])
        return int(saved["step"]), float(saved["seconds"])
