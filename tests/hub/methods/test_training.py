"""What the training loops share."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from torch.utils._python_dispatch import TorchDispatchMode

from hub.errors import DataError, StorageError
from hub.methods import training
from hub.methods.augmentation import blur, blur_matrix, shift_and_colour
from hub.methods.training import Ema, Resume, save_grid, save_weights


def test_blur_keeps_flat_images_and_the_mean_and_does_nothing_at_zero() -> None:
    x = torch.randn(2, 3, 32, 32)
    assert blur(x, 0.0) is x
    flat = torch.full((1, 3, 16, 16), 0.3)
    assert torch.allclose(blur(flat, 3.0), flat, atol=1e-6)
    point = torch.zeros(1, 1, 33, 33)
    point[..., 16, 16] = 1
    spread = blur(point, 2.0)
    at = torch.arange(33.0) - 16
    assert abs(spread.sum().item() - 1) < 1e-5
    assert abs((spread[0, 0].sum(0) * at**2).sum().item() - 4) < 0.1


@pytest.mark.parametrize("side", [2, 5, 16, 64, 96])
@pytest.mark.parametrize("sigma", [0.0, 0.1, 0.17, 0.4, 1.0, 2.37, 4.0, 16.0, 60.0])
def test_blur_by_a_matrix_is_the_convolution_also_where_it_reaches_over_the_side(side: int, sigma: float) -> None:
    x = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0)) * 2 - 1
    matrix = blur_matrix(side, sigma, x.device)
    assert torch.allclose(blur(x, matrix), blur(x, sigma), rtol=0, atol=1e-6)
    assert torch.allclose(matrix.sum(1), torch.ones(side), atol=1e-6)
    if sigma == 0:
        assert torch.equal(blur(x, matrix), x)


def test_blur_by_a_matrix_passes_the_convolutions_gradient() -> None:
    a, b = (torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(0)).requires_grad_(True) for _ in "ab")
    for x, sigma in ((a, 1.5), (b, blur_matrix(16, 1.5, a.device))):
        blur(x, sigma).square().sum().backward()
    assert a.grad is not None and b.grad is not None
    assert torch.allclose(a.grad, b.grad, atol=1e-6)


def test_blur_by_a_matrix_multiplies_in_full_precision_and_leaves_the_setting() -> None:
    settings: list[str] = []

    class Watching(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func._overloadpacket in (torch.ops.aten.mm, torch.ops.aten.bmm):
                settings.append(torch.get_float32_matmul_precision())
            return func(*args, **(kwargs or {}))

    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        with Watching():  # type: ignore[no-untyped-call]
            blur(torch.zeros(1, 3, 8, 8), blur_matrix(8, 1.0, torch.device("cpu")))
        assert settings == ["highest", "highest"]
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision(before)


def test_augmentation_keeps_shape_and_fills_with_white() -> None:
    x = torch.zeros(64, 3, 16, 16)
    out = shift_and_colour(x, torch.Generator().manual_seed(0))
    assert out.shape == x.shape
    assert (out == 1).any()
    again = shift_and_colour(x, torch.Generator().manual_seed(0))
    assert torch.equal(out, again)


def test_augmentation_passes_gradients() -> None:
    x = torch.zeros(4, 3, 16, 16, requires_grad=True)
    shift_and_colour(x).sum().backward()
    assert x.grad is not None
    assert x.grad.abs().sum() > 0


def test_the_average_follows_the_model_and_copies_buffers() -> None:
    model = torch.nn.BatchNorm1d(2)
    ema = Ema(model, 0.5)
    with torch.no_grad():
        model.weight.fill_(3.0)
        model.running_mean.fill_(7.0)  # type: ignore[union-attr]
    ema.update(model)
    assert 1 < ema.model.weight[0].item() < 3
    assert ema.model.running_mean.tolist() == [7.0, 7.0]  # type: ignore[union-attr]
    fresh = Ema(torch.nn.BatchNorm1d(2), 0.5)
    fresh.load_state_dict(ema.state_dict())
    assert fresh.steps == ema.steps == 1
    assert torch.equal(fresh.model.weight, ema.model.weight)
    for _ in range(50):
        ema.update(model)
    assert torch.allclose(ema.model.weight, model.weight, atol=1e-3)


def test_checkpoints_are_half_precision_with_config_and_facts(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Config:
        width: int = 4

    path = tmp_path / "new" / "model.safetensors"
    save_weights(path, {"w": torch.ones(3), "n": torch.tensor(5)}, Config(), {"seed": 1})
    with safe_open(path, "pt") as file:
        assert file.get_tensor("w").dtype == torch.float16
        assert file.get_tensor("n").dtype == torch.int64
        assert json.loads(file.metadata()["config"]) == {"width": 4}
        assert json.loads(file.metadata()["training"]) == {"seed": 1}


def test_a_run_goes_on_where_it_was(tmp_path: Path) -> None:
    model = torch.nn.Linear(2, 2)
    resume = Resume(tmp_path / "resume.pt", {"model": model})
    assert resume.load() == (0, 0.0)
    kept = model.weight.detach().clone()
    resume.save(7, 1.5)
    torch.nn.init.zeros_(model.weight)
    assert resume.load() == (7, 1.5)
    assert torch.equal(model.weight, kept)
    assert not (tmp_path / "resume.part").exists()
    for other in ({"model": torch.nn.Linear(3, 2)}, {"model": model, "more": model}):
        with pytest.raises(DataError, match="does not fit this training"):
            Resume(tmp_path / "resume.pt", other).load()


@contextmanager
def full_disk() -> Iterator[None]:
    """Files can't grow over 10,000 bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_state_that_a_full_disk_cuts_off_leaves_the_one_before(tmp_path: Path) -> None:
    resume = Resume(tmp_path / "resume.pt", {"model": torch.nn.Linear(100, 100)})
    resume.save(7, 1.5)
    with full_disk(), pytest.raises(StorageError, match="was not saved: free some disk space"):
        resume.save(8, 2.0)
    assert not (tmp_path / "resume.part").exists()
    assert resume.load() == (7, 1.5)


def test_weights_that_are_cut_off_leave_the_ones_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.safetensors"
    save_weights(path, {"w": torch.ones(3)}, {}, {"seed": 1})
    before = path.read_bytes()

    def write_half(_: object, part: Path, __: object) -> None:
        Path(part).write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(training, "save_file", write_half)
    with pytest.raises(StorageError, match=r"model.safetensors can't be written .*No space.*: mend that"):
        save_weights(path, {"w": torch.ones(3)}, {}, {"seed": 2})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    with full_disk(), pytest.raises(StorageError, match="can't be written"):
        save_weights(path, {"w": torch.ones(100_000)}, {}, {"seed": 2})


def test_a_grid_has_its_columns_and_white_where_images_lack(tmp_path: Path) -> None:
    save_grid(-torch.ones(3, 3, 4, 4), tmp_path / "grid.png", columns=2)
    sheet = np.asarray(Image.open(tmp_path / "grid.png"))
    assert sheet.shape == (8, 8, 3)
    assert (sheet[:4] == 0).all()
    assert (sheet[4:, 4:] == 255).all()
