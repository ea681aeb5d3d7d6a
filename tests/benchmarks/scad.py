"""``python -m tests.benchmarks.scad``: a training step of each arm: images a second, and what it computes.

Made-up pictures, so no data is needed: run it first on a lent machine, and set a budget by it.
"""

import time
from dataclasses import dataclass, replace
from typing import Annotated, Any

import torch
import typer
from rich.console import Console
from rich.table import Table
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from hub import devices
from hub.command import make_command
from hub.encoders import load_for_loss
from hub.methods.scad.config import ARMS, GanConfig
from hub.methods.scad.features import frozen
from hub.methods.scad.step import Step

BUDGET = 2_000_000  # images


class Counter(TorchDispatchMode):
    """Counts operations, and floating-point ones of convolutions and products (a multiply-add is two)."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations = self.flops = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        self.operations += 1
        if func._overloadpacket in flop_registry:
            self.flops += flop_registry[func._overloadpacket](*args, **(kwargs or {}), out_val=out)
        return out


@dataclass(frozen=True)
class Cost:
    """Of one step: wall-clock and CPU seconds, operations, floating-point operations."""

    wall: float
    cpu: float
    operations: int
    flops: int


def wait(device: torch.device) -> None:
    """Until the device has done all it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def cost(config: GanConfig, steps: int) -> Cost:
    """Measure an arm; the first steps, which choose algorithms or compile, are not counted."""
    device = devices.pick_device()
    guide = load_for_loss(config.guide)
    guide.model.to(device)
    step = Step(config, device, frozen, guide)
    images = torch.rand(config.batch, 3, 64, 64, device=device) * 2 - 1
    texts = torch.nn.functional.normalize(torch.randn(config.batch, config.generator.text, device=device), dim=1)
    for _ in range(2):
        step(images, texts, 0.0)
    wait(device)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(steps):
        step(images, texts, 0.0)
    wait(device)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    counter = Counter()
    if not config.compile:
        with counter:
            step(images, texts, 0.0)
    return Cost(wall / steps, cpu / steps, counter.operations, counter.flops)


def main(
    batch: Annotated[int, typer.Option(help="Batch size.", min=2)] = 16,
    steps: Annotated[int, typer.Option(help="Steps that are timed.", min=1)] = 5,
    compiled: Annotated[bool, typer.Option("--compile", help="Compile first; nothing is counted then.")] = False,
) -> None:
    """Time a step of every arm here, and say what a budget of 2,000,000 images would take."""
    device = devices.describe_device(devices.pick_device())
    table = Table("arm", "images/s", "CPU s a step", "GFLOP an image", "operations a step", "minutes for 2,000,000")
    table.title = f"Batches of {batch} on {device}"
    for name, arm in ARMS.items():
        found = cost(replace(arm, batch=batch, compile=compiled), steps)
        rate = batch / found.wall
        counted = (f"{found.flops / batch / 1e9:.1f}", f"{found.operations:,}") if found.operations else ("-", "-")
        table.add_row(name, f"{rate:,.0f}", f"{found.cpu:.2f}", *counted, f"{BUDGET / rate / 60:,.1f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    make_command(main, "python -m tests.benchmarks.scad --batch 128 --steps 50")()
