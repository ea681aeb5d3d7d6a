"""``python -m tests.benchmarks.scad``: a training step of each arm, eager and as one graph, and where its time goes.

Made-up pictures, so no data is needed: run it first on a lent machine, and set a budget by it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

import torch
import typer
from rich.console import Console
from rich.table import Table
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from hub import devices
from hub.command import make_command
from hub.encoders import load_for_loss
from hub.methods.cuda_graph import WARM_UPS
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
    """Of one step: seconds of an eager one, by the clock and of the CPU, and of a replayed one (None where none can be
    recorded); operations, floating-point operations; the costliest kernels."""

    eager: float
    cpu: float
    graph: float | None
    operations: int
    flops: int
    kernels: list["Kernel"]


@dataclass(frozen=True)
class Kernel:
    """A kernel of a GPU, or an operation on a CPU: milliseconds and calls in one step."""

    name: str
    milliseconds: float
    calls: int


def wait(device: torch.device) -> None:
    """Until the device has done all it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def time_steps(run: Callable[[], object], steps: int, device: torch.device) -> tuple[float, float]:
    """Return the seconds of a step by the clock and of the CPU."""
    wait(device)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(steps):
        run()
    wait(device)
    return (time.perf_counter() - wall) / steps, (time.process_time() - cpu) / steps


def list_costliest(run: Callable[[], object], device: torch.device, count: int = 10) -> list[Kernel]:
    """Return the kernels that one step spends most on, the costliest first."""
    cuda = device.type == "cuda"
    with profile(activities=[ProfilerActivity.CUDA if cuda else ProfilerActivity.CPU]) as profiled:
        run()
        wait(device)
    kind = "CUDA" if cuda else "CPU"
    spent = [
        Kernel(event.key, (event.self_device_time_total if cuda else event.self_cpu_time_total) / 1e3, event.count)
        for event in profiled.key_averages()
        if event.device_type.name == kind
    ]
    return sorted(spent, key=lambda kernel: -kernel.milliseconds)[:count]


def measure(config: GanConfig, steps: int) -> Cost:
    """Measure an arm; the first steps, which choose algorithms, compile or are recorded, are not counted."""
    device = devices.pick_device()
    guide = load_for_loss(config.guide)
    guide.model.to(device)
    step = Step(config, device, frozen, guide)
    images = torch.rand(config.batch, 3, 64, 64, device=device) * 2 - 1
    texts = torch.nn.functional.normalize(torch.randn(config.batch, config.generator.text, device=device), dim=1)

    def run_eagerly() -> None:
        step.update(images, texts, 0.0)
        step.ema.update(step.g)

    for _ in range(2):
        run_eagerly()
    eager, cpu = time_steps(run_eagerly, steps, device)
    kernels = list_costliest(run_eagerly, device)
    counter, graph = Counter(), None
    if not config.compile:
        with counter:
            run_eagerly()
    if step.run.capture:
        for _ in range(WARM_UPS + 2):
            step(images, texts, 0.0)
    if step.run.replay:  # it could be recorded
        graph = time_steps(lambda: step(images, texts, 0.0), steps, device)[0]
    return Cost(eager, cpu, graph, counter.operations, counter.flops, kernels)


def main(
    batch: Annotated[int, typer.Option(help="Batch size.", min=2)] = 16,
    steps: Annotated[int, typer.Option(help="Steps that are timed.", min=1)] = 5,
    compiled: Annotated[bool, typer.Option("--compile", help="Compile first; nothing is counted then.")] = False,
) -> None:
    """Time a step of every arm here, eager and as a graph; name what it spends its time on, and the time of 2,000,000
    images."""
    device = devices.describe_device(devices.pick_device())
    columns = ("images/s", "eager ms", "graph ms", "CPU s a step", "GFLOP an image", "operations a step")
    table = Table("arm", *columns, "minutes for 2,000,000", title=f"Batches of {batch} on {device}")
    costliest = Table("arm", "ms", "calls", "what an eager step spends most on", title="Costliest kernels")
    for name, arm in ARMS.items():
        cost = measure(replace(arm, batch=batch, compile=compiled), steps)
        rate = batch / (cost.graph or cost.eager)
        times = (f"{1e3 * cost.eager:,.1f}", f"{1e3 * cost.graph:,.1f}" if cost.graph else "-", f"{cost.cpu:.2f}")
        counted = (f"{cost.flops / batch / 1e9:.1f}", f"{cost.operations:,}") if cost.operations else ("-", "-")
        table.add_row(name, f"{rate:,.0f}", *times, *counted, f"{BUDGET / rate / 60:,.1f}")
        for kernel in cost.kernels:
            costliest.add_row(name, f"{kernel.milliseconds:,.2f}", f"{kernel.calls:,}", kernel.name[:80])
        costliest.add_section()
    console = Console(width=130)
    console.print(table)
    console.print(costliest, markup=False)


if __name__ == "__main__":
    make_command(main, "python -m tests.benchmarks.scad --batch 128 --steps 50")()
