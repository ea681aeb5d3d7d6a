"""The logic around CUDA's graphs, with a fake in their place: copies, warm-up, what can't be recorded, optimisers."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn

from hub.methods.cuda_graph import (
    AHEAD,
    WARM_UPS,
    CudaCapture,
    GraphedStep,
    Scores,
    find_obstacle,
    prepare_optimiser,
    set_learning_rate,
)
from tests.hub.methods.fake_capture import FakeCapture

CPU = torch.device("cpu")


class Regression:
    """A step that draws noise: a linear layer fitted by Adam."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.net = nn.Linear(3, 1)
        self.optimiser = torch.optim.Adam(self.net.parameters(), lr=0.1)
        self.generator = torch.Generator().manual_seed(0)
        self.seen: list[Tensor] = []

    def __call__(self, x: Tensor, y: Tensor) -> Scores:
        self.seen.append(x)
        noise = torch.randn(y.shape, generator=self.generator)
        loss = (self.net(x) + noise - y).square().mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        return {"loss": loss.detach()}


def batches(count: int) -> list[tuple[Tensor, Tensor]]:
    rng = torch.Generator().manual_seed(1)
    return [(torch.randn(4, 3, generator=rng), torch.randn(4, 1, generator=rng)) for _ in range(count)]


def graphed(step: Regression, capture: FakeCapture | None = None) -> GraphedStep:
    return GraphedStep(step, CPU, (step.optimiser,), (step.generator,), capture)


def test_every_call_is_one_update_and_warming_up_changes_nothing() -> None:
    plain, recorded, capture = Regression(), Regression(), FakeCapture()
    run = graphed(recorded, capture)
    for batch in batches(8):
        assert torch.equal(run(*batch)["loss"], plain(*batch)["loss"])
        assert torch.equal(recorded.net.weight, plain.net.weight)
    assert (capture.warmed, capture.recorded, capture.replayed) == (WARM_UPS, 1, 8 - WARM_UPS)
    assert capture.generators == [recorded.generator]
    assert run.describe() == "one CUDA graph after 3 eager steps"


def test_the_recorded_step_reads_copies_of_the_batch() -> None:
    step = Regression()
    run = graphed(step, FakeCapture())
    given = batches(6)
    before = copy.deepcopy(given)
    for batch in given:
        run(*batch)
    assert len({x.data_ptr() for x in step.seen}) == 1
    assert step.seen[0].data_ptr() not in {x.data_ptr() for x, _ in given}
    assert all(torch.equal(a, b) for pair in zip(given, before, strict=True) for a, b in zip(*pair, strict=True))


def test_scores_are_kept_when_the_graph_writes_the_next_ones() -> None:
    step, plain = Regression(), Regression()
    run = graphed(step, FakeCapture())
    scores = [run(*batch)["loss"] for batch in batches(8)]
    assert [x.item() for x in scores] == [plain(*batch)["loss"].item() for batch in batches(8)]


def test_a_batch_of_another_shape_is_not_replayed() -> None:
    step, plain, capture = Regression(), Regression(), FakeCapture()
    run = graphed(step, capture)
    given = batches(7)
    given[5] = (given[5][0][:1], given[5][1][:1])  # copying would broadcast it
    for batch in given:
        assert torch.equal(run(*batch)["loss"], plain(*batch)["loss"])
    assert torch.equal(step.net.weight, plain.net.weight)
    assert capture.replayed == 7 - WARM_UPS - 1


def test_a_step_that_can_not_be_recorded_goes_on_eagerly_and_says_why_once(capsys: pytest.CaptureFixture[str]) -> None:
    step, plain = Regression(), Regression()
    capture = FakeCapture(RuntimeError("operation not permitted\nCompile with ..."))
    run = graphed(step, capture)
    for batch in batches(8):
        assert torch.equal(run(*batch)["loss"], plain(*batch)["loss"])
    assert torch.equal(step.net.weight, plain.net.weight)
    assert capture.recorded == 1
    told = "The run goes on with eager steps (CUDA could not record one: operation not permitted).\n"
    assert capsys.readouterr().err == told


def test_a_fault_of_the_step_itself_is_not_hidden() -> None:
    run = graphed(Regression(), FakeCapture(ValueError("no such layer")))
    for batch in batches(WARM_UPS):
        run(*batch)
    with pytest.raises(ValueError, match="no such layer"):
        run(*batches(1)[0])


def test_on_the_cpu_the_step_gets_what_it_was_called_with() -> None:
    step = Regression()
    run = graphed(step)
    given = batches(5)
    for batch in given:
        run(*batch)
    assert all(seen is x for seen, (x, _) in zip(step.seen, given, strict=True))
    assert run.describe() == "eager steps (the device is not CUDA)"


def test_steps_of_a_distributed_run_are_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = torch.device("cuda")
    assert find_obstacle(cuda) == ""
    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "get_world_size", lambda: 1)
    assert find_obstacle(cuda) == ""
    monkeypatch.setattr(dist, "get_world_size", lambda: 8)
    assert find_obstacle(cuda) == "gradients are averaged over 8 processes"


def test_a_run_that_goes_on_warms_up_and_records_again_and_ends_as_the_unbroken_one() -> None:
    given = batches(14)
    unbroken = Regression()
    run = graphed(unbroken, FakeCapture())
    for batch in given:
        run(*batch)
    first = Regression()
    run = graphed(first, FakeCapture())
    for batch in given[:6]:
        run(*batch)
    again, capture = Regression(), FakeCapture()
    run = graphed(again, capture)
    again.net.load_state_dict(first.net.state_dict())
    again.optimiser.load_state_dict(first.optimiser.state_dict())
    again.generator.set_state(first.generator.get_state())
    for batch in given[6:]:
        run(*batch)
    assert (capture.warmed, capture.recorded, capture.replayed) == (WARM_UPS, 1, 8 - WARM_UPS)
    assert torch.equal(again.net.weight, unbroken.net.weight)


@pytest.mark.parametrize("make", [torch.optim.Adam, partial(torch.optim.AdamW, fused=True)])
def test_optimisers_count_and_learn_on_their_parameters_device(make: type[torch.optim.Adam]) -> None:
    net = nn.Linear(2, 2)
    optimiser = make(net.parameters(), lr=0.25)
    net(torch.ones(1, 2)).sum().backward()
    optimiser.step()
    prepare_optimiser(optimiser)
    group = optimiser.param_groups[0]
    assert (group["lr"], group["capturable"]) == (0.25, False)
    away = nn.Linear(2, 2, device="meta")  # stands for a GPU
    moved = make(away.parameters(), lr=0.25)
    for there, here in zip(away.parameters(), net.parameters(), strict=True):
        moved.state[there] = dict(optimiser.state[here])
    prepare_optimiser(moved)
    group = moved.param_groups[0]
    assert (group["lr"].device.type, group["capturable"]) == ("meta", True)
    assert all(state["step"].device.type == "meta" for state in moved.state.values())


def test_the_settings_of_a_resume_point_of_a_gpu_are_taken_back_on_a_cpu() -> None:
    step = Regression()
    step(*batches(1)[0])
    state = step.optimiser.state_dict()
    state["param_groups"][0] |= {"capturable": True, "lr": torch.tensor(0.1)}  # as a run on a GPU leaves it
    again, plain = Regression(), Regression()
    plain(*batches(1)[0])
    again.net.load_state_dict(plain.net.state_dict())
    again.generator.set_state(plain.generator.get_state())
    again.optimiser.load_state_dict(state)
    run = graphed(again)
    for batch in batches(3)[1:]:
        assert torch.allclose(run(*batch)["loss"], plain(*batch)["loss"])


def test_a_learning_rate_is_set_where_a_recorded_step_reads_it() -> None:
    step = Regression()
    set_learning_rate(step.optimiser, 0.5)
    assert step.optimiser.param_groups[0]["lr"] == 0.5
    kept = step.optimiser.param_groups[0]["lr"] = torch.tensor(0.5)
    set_learning_rate(step.optimiser, 0.25)
    assert step.optimiser.param_groups[0]["lr"] is kept
    assert kept.item() == 0.25


class FakeCuda:
    """What CudaCapture calls of torch.cuda; ``calls`` are in order, ``stream`` is the current one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: str = "") -> None:
        self.calls: list[str] = []
        self.stream, self.error = "main", error
        own = ("Stream", "stream", "current_stream", "set_stream", "CUDAGraph", "graph", "Event")
        for name in own:
            monkeypatch.setattr(torch.cuda, name, getattr(self, f"make_{name}"))
        monkeypatch.setattr(torch.cuda, "default_generators", (self.make_generator("default"),), raising=False)

    def note(self, what: str) -> Any:
        return lambda *_: self.calls.append(what)

    def make_named_stream(self, name: str) -> Any:
        waits = {"wait_stream": lambda _, other: self.calls.append(f"{name} waits for {other}")}
        return type("Stream", (), {**waits, "__str__": lambda _: name})()

    def make_Stream(self, _: Any) -> Any:  # noqa: N802
        return self.make_named_stream("side")

    def make_current_stream(self, _: Any = None) -> Any:
        return self.make_named_stream(self.stream)

    def make_set_stream(self, stream: Any) -> None:
        self.stream = str(stream)

    @contextmanager
    def make_stream(self, stream: Any) -> Iterator[None]:
        before, self.stream = self.stream, str(stream)
        yield
        self.stream = before

    def make_CUDAGraph(self) -> Any:  # noqa: N802
        methods = {"register_generator_state": lambda _, g: self.calls.append(f"register {g}")}
        return type("Graph", (), {**methods, "replay": self.note("replay")})()

    @contextmanager
    def make_graph(self, _: Any, stream: Any, capture_error_mode: str) -> Iterator[None]:
        self.stream = str(stream)
        yield
        if self.error:
            raise RuntimeError(self.error)  # as where the end of a capture fails: the stream stays
        self.stream = "main"

    def make_Event(self, blocking: bool) -> Any:  # noqa: N802
        assert blocking
        return type("Event", (), {"record": self.note("record"), "synchronize": self.note("synchronize")})()

    def make_generator(self, name: str) -> Any:
        methods = {
            "clone_state": lambda _: f"{name}'s copy",
            "graphsafe_set_state": lambda _, state: self.calls.append(f"{name} gets {state}"),
        }
        return type("Generator", (), {**methods, "__str__": lambda _: name})()


def test_cuda_warms_up_and_records_on_a_side_stream_and_keeps_few_steps_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cuda, where = FakeCuda(monkeypatch), []

    def run() -> Scores:
        where.append(cuda.stream)
        return {"loss": torch.zeros(())}

    capture = CudaCapture(torch.device("cuda", 0))
    capture.warm_up(run)
    assert cuda.calls == ["side waits for main", "main waits for side"]
    replay = capture.record(run, [cuda.make_generator("own")])
    assert where == ["side", "side"]
    assert cuda.calls[2:] == ["register own"]
    got = [replay() for _ in range(AHEAD + 2)]
    assert all(scores is got[0] for scores in got)
    first, then = ["replay", "record"] * AHEAD, ["replay", "record", "synchronize"] * 2
    assert cuda.calls[3:] == first + then


def test_a_capture_that_fails_leaves_stream_and_generators_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = FakeCuda(monkeypatch, error="capture invalidated")
    capture = CudaCapture(torch.device("cuda", 0))
    with pytest.raises(RuntimeError, match="capture invalidated"):
        capture.record(dict, [cuda.make_generator("own")])
    assert cuda.stream == "main"
    assert cuda.calls == ["register own", "own gets own's copy", "default gets default's copy"]
