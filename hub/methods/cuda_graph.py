"""A training step as one CUDA graph: thousands of small launches become one.

Every call is exactly one update. The first few run on a side stream, which is the warm-up that a capture needs; the
next is recorded, which computes nothing, and replayed like all later ones. So no warm-up has to be undone, and a run
that goes on from a resume point warms up and records again. Where nothing can be recorded the step runs as it is.

What a step must keep to: tensors of fixed shapes as inputs and scores as tensors; random numbers from the generators
that are named; no number read back from the device; nothing counted in Python, so an average with a changing decay is
updated outside; gradients dropped (``set_to_none``) before they are computed.
"""

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import torch
import torch.distributed as dist
from torch import Tensor

from hub.progress import console

WARM_UPS = 3  # as in torch's documentation of CUDA graphs: optimisers make their state, libraries their workspaces
AHEAD = 2  # steps that wait on the device, at most: a run's minutes and its file ``stop`` are looked at between steps

Scores = dict[str, Tensor]


class Capture(Protocol):
    """Records a step and replays it: CUDA's graphs, or what a test has in their place."""

    def warm_up(self, run: Callable[[], Scores]) -> Scores:
        """Run the step as a later recording of it needs; returns its scores."""
        ...

    def record(self, run: Callable[[], Scores], generators: Sequence[torch.Generator]) -> Callable[[], Scores]:
        """Record the step without computing it; returns what computes it and gives the scores.

        These are the same tensors each time.

        Raises: RuntimeError where the step can't be recorded; it can still be run then.
        """
        ...


class CudaCapture:
    """CUDA graphs on one device."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.stream = torch.cuda.Stream(device)
        self.waiting: deque[torch.cuda.Event] = deque()

    def warm_up(self, run: Callable[[], Scores]) -> Scores:
        """Run the step on the side stream that it will be recorded on; returns its scores."""
        main = torch.cuda.current_stream(self.device)
        self.stream.wait_stream(main)
        with torch.cuda.stream(self.stream):
            scores = run()
        main.wait_stream(self.stream)
        return scores

    def record(self, run: Callable[[], Scores], generators: Sequence[torch.Generator]) -> Callable[[], Scores]:
        """Record the step as a graph; returns what replays it.

        Raises: RuntimeError where CUDA can't record it.
        """
        graph, main = torch.cuda.CUDAGraph(), torch.cuda.current_stream(self.device)
        for generator in generators:
            graph.register_generator_state(generator)
        try:
            # thread_local: a data loader's thread may pin memory meanwhile
            with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
                scores = run()
        except RuntimeError:
            torch.cuda.set_stream(main)  # where the end of a capture fails, torch stays on the side stream
            self._release(generators)
            raise

        def replay() -> Scores:
            graph.replay()
            self._wait()
            return scores

        return replay

    def _release(self, generators: Sequence[torch.Generator]) -> None:
        """Bring generators out of a capture that failed: before torch 2.13 they would refuse to draw outside of it."""
        index = torch.cuda.current_device() if self.device.index is None else self.device.index
        for generator in (*generators, torch.cuda.default_generators[index]):
            generator.graphsafe_set_state(generator.clone_state())

    def _wait(self) -> None:
        """Wait until no more than AHEAD steps are waiting on the device."""
        event = torch.cuda.Event(blocking=True)
        event.record(torch.cuda.current_stream(self.device))
        self.waiting.append(event)
        if len(self.waiting) > AHEAD:
            self.waiting.popleft().synchronize()


class GraphedStep:
    """A training step, called with a batch's tensors: recorded once and replayed, or run as it is.

    ``step`` makes one update and returns its scores; ``optimisers`` are those it calls, ``generators`` those it draws
    from beside torch's own. ``capture`` is what records; without one CUDA's graphs on a single CUDA device, else none.
    """

    def __init__(
        self,
        step: Callable[..., Scores],
        device: torch.device,
        optimisers: Sequence[torch.optim.Optimizer],
        generators: Sequence[torch.Generator] = (),
        capture: Capture | None = None,
    ) -> None:
        self.step, self.optimisers, self.generators = step, optimisers, generators
        self.obstacle = "" if capture else find_obstacle(device)
        self.capture = capture if capture or self.obstacle else CudaCapture(device)
        self.calls = 0
        self.inputs: list[Tensor] = []  # what the recorded step reads
        self.replay: Callable[[], Scores] | None = None

    def __call__(self, *inputs: Any) -> Scores:
        """Make one update; returns its scores, which later calls leave as they are.

        Inputs are tensors where the step may be recorded. A batch of another shape than the first is not replayed.
        """
        if not self.calls:
            for optimiser in self.optimisers:  # now, since a resume point brings settings of its own
                prepare_optimiser(optimiser)
        self.calls += 1
        if self.capture is None or not self._fill(inputs):
            return self.step(*inputs)
        if self.calls <= WARM_UPS:
            return self.capture.warm_up(partial(self.step, *self.inputs))
        if self.replay is None and not self._record(self.capture):
            return self.step(*inputs)
        assert self.replay is not None
        return {name: value.clone() for name, value in self.replay().items()}

    def describe(self) -> str:
        """Return in words how the step runs, and why where it is not recorded."""
        return f"eager steps ({self.obstacle})" if self.obstacle else f"one CUDA graph after {WARM_UPS} eager steps"

    def _fill(self, inputs: Sequence[Tensor]) -> bool:
        """Copy a batch to where the recorded step reads it; returns whether it has the first one's shapes."""
        if not self.inputs:
            self.inputs = [value.detach().clone() for value in inputs]
            return True
        if [(x.shape, x.dtype) for x in inputs] != [(x.shape, x.dtype) for x in self.inputs]:
            return False
        for kept, value in zip(self.inputs, inputs, strict=True):
            kept.copy_(value)
        return True

    def _record(self, capture: Capture) -> bool:
        """Record the step; returns whether that went well, and else says why not."""
        try:
            self.replay = capture.record(partial(self.step, *self.inputs), self.generators)
        except RuntimeError as error:
            self.capture, self.obstacle = None, f"CUDA could not record one: {str(error).partition(chr(10))[0]}"
            for optimiser in self.optimisers:  # what the failed recording left as gradients was never computed
                optimiser.zero_grad(set_to_none=True)
            console.print(f"The run goes on with {self.describe()}.", markup=False, highlight=False, soft_wrap=True)
        return self.replay is not None


def find_obstacle(device: torch.device) -> str:
    """Return why a step can't be recorded on a device, or "" where it can."""
    if device.type != "cuda":
        return "the device is not CUDA"
    if dist.is_initialized() and dist.get_world_size() > 1:
        return f"gradients are averaged over {dist.get_world_size()} processes"
    return ""


def prepare_optimiser(optimiser: torch.optim.Optimizer) -> None:
    """Keep an optimiser's step counts and learning rates on its parameters' device, so that its step can be recorded.

    On the CPU nothing changes, but for what a resume point of a GPU brought.
    """
    for group in optimiser.param_groups:
        device = group["params"][0].device
        group["capturable"] = device.type != "cpu"
        if not group["capturable"]:
            continue
        group["lr"] = torch.as_tensor(group["lr"], dtype=torch.float32, device=device)
        for parameter in group["params"]:
            if "step" in optimiser.state.get(parameter, {}):
                optimiser.state[parameter]["step"] = optimiser.state[parameter]["step"].to(device)


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of all groups; a recorded step takes the new one from then on."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate
