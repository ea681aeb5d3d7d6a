"""What a GPU does otherwise than a CPU, tried on the CPU: the recorded step, the blur as a matrix, bfloat16."""

import csv
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from hub.devices import describe_device
from hub.encoders import load_for_loss
from hub.methods import cuda_graph
from hub.methods.augmentation import blur_matrix
from hub.methods.cuda_graph import WARM_UPS, GraphedStep
from hub.methods.low_precision import LowPrecision
from hub.methods.scad import step as step_module
from hub.methods.scad.config import ARMS, GALIP
from hub.methods.scad.features import frozen
from hub.methods.scad.step import Step
from hub.methods.scad.train import train
from hub.methods.training import Ema
from hub.progress import console
from tests.benchmarks.scad import list_costliest
from tests.hub.methods.fake_capture import FakeCapture
from tests.hub.methods.test_scad import small

CPU = torch.device("cpu")


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch) -> FakeCapture:
    """Steps made in this test are recorded by it."""
    fake = FakeCapture()
    monkeypatch.setattr(step_module, "GraphedStep", partial(GraphedStep, capture=fake))
    return fake


def make(arm: str, **changes: Any) -> Step:
    """The step of a small arm, always the same."""
    torch.manual_seed(0)
    config = small(ARMS[arm], **changes)
    return Step(config, CPU, frozen, load_for_loss(config.guide))


def batch() -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(1)
    texts = torch.nn.functional.normalize(torch.randn(4, 384, generator=rng), dim=1)
    return torch.rand(4, 3, 64, 64, generator=rng) * 2 - 1, texts


@pytest.mark.parametrize("arm", ["galip", "scad-dd"])
def test_a_recorded_run_ends_as_the_eager_one_bit_for_bit(
    arm: str, capture: FakeCapture, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = small(ARMS[arm], images=24, every=2, blur_images=20)
    recorded = load_file(train(config, pack, tmp_path / "recorded"))
    assert (capture.warmed, capture.recorded, capture.replayed) == (WARM_UPS, 1, 6 - WARM_UPS)
    monkeypatch.setattr(cuda_graph, "WARM_UPS", 6)
    eager = load_file(train(config, pack, tmp_path / "eager"))
    assert capture.recorded == 1
    assert all(torch.equal(recorded[key], eager[key]) for key in eager)
    with (tmp_path / "eager/log.csv").open() as a, (tmp_path / "recorded/log.csv").open() as b:
        for row, other in zip(csv.DictReader(a), csv.DictReader(b), strict=True):
            own = {"seconds", "rate"}
            assert {key: row[key] for key in row.keys() - own} == {key: other[key] for key in other.keys() - own}


def test_a_stopped_run_records_again_and_ends_as_the_unbroken_one(
    capture: FakeCapture, pack: Path, tmp_path: Path
) -> None:
    config = small(ARMS["scad-mi"], images=40, every=250, blur_images=24)
    unbroken = load_file(train(config, pack, tmp_path / "unbroken"))
    train(replace(config, images=20), pack, tmp_path / "stopped")
    stopped = load_file(train(config, pack, tmp_path / "stopped"))
    assert capture.recorded == 3
    assert capture.replayed == (10 - WARM_UPS) + 2 * (5 - WARM_UPS)
    assert all(torch.equal(stopped[key], unbroken[key]) for key in unbroken)


def test_a_recorded_step_gets_the_blur_as_a_matrix_its_generator_and_the_average_after_it(capture: FakeCapture) -> None:
    step = make("galip")
    blurs: list[Tensor] = []
    update = step.run.step

    def watch(real: Tensor, t: Tensor, sigma: Tensor) -> dict[str, Tensor]:
        blurs.append(sigma.clone())
        return update(real, t, sigma)

    step.run.step = watch
    average = Ema(step.g, step.config.ema)
    for sigma in (2.0, 1.5, 1.0, 0.5, 0.0):
        step(*batch(), sigma)
        average.update(step.g)
        assert torch.equal(blurs[-1], blur_matrix(64, sigma, CPU))
    assert capture.generators == [step.rng.generator]
    assert capture.replayed == 5 - WARM_UPS
    for mine, theirs in zip(step.ema.model.parameters(), average.model.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_what_can_not_be_recorded_trains_on_eagerly(capture: FakeCapture, pack: Path, tmp_path: Path) -> None:
    capture.error = RuntimeError("operation not permitted when stream is capturing")
    with console.capture() as told:
        train(small(GALIP, images=24, every=250), pack, tmp_path)
    assert told.get().count("could not record one: operation not permitted when stream is capturing") == 1
    assert capture.recorded == 1
    rows = list(csv.DictReader((tmp_path / "log.csv").read_text().splitlines()))
    assert [row["images"] for row in rows] == ["24"]


def cosine(a: Step, b: Step) -> float:
    """Of the gradients of two steps' generators."""
    one, other = (gradient(step.g) for step in (a, b))
    return torch.nn.functional.cosine_similarity(one, other, dim=0).item()


def gradient(module: nn.Module) -> Tensor:
    """All gradients of the last update, as one vector."""
    return torch.cat([p.grad.flatten() for p in module.parameters() if p.grad is not None])


@pytest.mark.parametrize("sigma", [0.0, 0.3, 2.5])
def test_the_blur_as_a_matrix_has_the_convolutions_scores_and_gradients(sigma: float) -> None:
    convolved, multiplied, other = make("scad"), make("scad"), make("scad")
    expected = convolved.update(*batch(), sigma)
    got = multiplied.update(*batch(), blur_matrix(64, sigma, CPU))
    assert {name: value.item() for name, value in got.items()} == pytest.approx(
        {name: value.item() for name, value in expected.items()}, rel=1e-3, abs=1e-5
    )
    other.update(*batch(), sigma + 0.5)
    assert cosine(multiplied, convolved) > 0.9999 > cosine(other, convolved)


class Refusing(TorchDispatchMode):
    """Refuses what waits for a device to answer, or has a shape that depends on values: no graph can hold it."""

    waits = ("_local_scalar_dense", "nonzero", "masked_select", "unique", "is_nonzero", "equal", "randperm")

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__ if hasattr(func, "overloadpacket") else func._overloadpacket.__name__
        assert not name.startswith(self.waits), f"the step calls {name}"
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("arm", ARMS)
def test_a_step_asks_the_device_for_nothing(arm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    step = make(arm)
    for _ in range(2):  # the first makes the optimisers' states; on a CPU Adam reads its step count
        step(*batch(), 1.0)
    for optimiser in (step.opt_g, step.opt_d):
        monkeypatch.setattr(optimiser, "step", lambda: None)
    with Refusing():  # type: ignore[no-untyped-call]
        step.update(*batch(), blur_matrix(64, 1.0, CPU))


def lower(step: Step) -> Step:
    """The step in bfloat16, as on a GPU."""
    step.draw = LowPrecision(step.g, on=True, keep=step.g.single)
    step.networks = [LowPrecision(net, on=True) for net in step.frozen]
    return step


class Autocast(LowPrecision):
    """What was there before, to tell what bfloat16 itself costs."""

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return self.module(*(x.float() for x in inputs), **named)


@pytest.mark.parametrize("arm", ARMS)
def test_a_step_in_bfloat16_is_as_near_to_single_precision_as_under_autocast(arm: str) -> None:
    single, low, autocast = make(arm), lower(make(arm)), make(arm)
    autocast.draw = Autocast(autocast.g, on=False)
    autocast.networks = [Autocast(net, on=False) for net in autocast.frozen]
    expected, got, _ = (step(*batch(), 1.0) for step in (single, low, autocast))
    assert expected.keys() == got.keys()
    for name, value in expected.items():
        assert got[name].dtype == torch.float32
        assert got[name].item() == pytest.approx(value.item(), rel=0.1, abs=0.05), name
    assert cosine(low, single) > max(0.85, cosine(autocast, single) - 0.03)
    assert all(p.dtype == p.grad.dtype == torch.float32 for p in low.g.parameters() if p.grad is not None)
    assert ": bfloat16 for generator and frozen networks, " in low.describe()
    assert single.describe() == f"{describe_device(CPU)}: single precision, eager steps (the device is not CUDA)"


def test_the_last_layer_draws_in_single_precision() -> None:
    step = lower(make("galip"))
    z, (_, t) = step.noise(4), batch()
    drawn = step.draw(z.bfloat16(), t.bfloat16())
    assert drawn.dtype == torch.float32
    assert drawn.bfloat16().float().sub(drawn).abs().max() > 0


def test_the_start_says_device_precision_and_how_steps_run(pack: Path, tmp_path: Path) -> None:
    with console.capture() as told:
        train(small(GALIP), pack, tmp_path)
    line = told.get().splitlines()[0]
    assert line.startswith("galip on CPU (")
    assert line.endswith("): single precision, eager steps (the device is not CUDA)")


def test_the_costliest_operations_are_named_with_their_calls() -> None:
    x = torch.randn(64, 64)
    found = list_costliest(lambda: [torch.linalg.matrix_exp(x) for _ in range(3)] + [x.sum()], CPU, count=2)
    assert len(found) == 2
    assert found[0].milliseconds >= found[1].milliseconds > 0
    wide = list_costliest(lambda: [x.sum() for _ in range(3)], CPU)
    assert {kernel.name: kernel.calls for kernel in wide}["aten::sum"] == 3
