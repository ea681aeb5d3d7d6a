"""Training of the pixel diffusion model: losses, schedule, two steps in the real format, a resumed run, the choice."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors import safe_open

from hub.errors import Stopped
from hub.methods.augmentation import shift_pictures
from hub.methods.data.pack import read_pack
from hub.methods.diffusion import train as training
from hub.methods.diffusion import validation
from hub.methods.diffusion.config import TrainConfig
from hub.methods.diffusion.loss import kernel_distance, mix_noise, v_loss, weigh_min_snr
from hub.methods.diffusion.model import build_scheduler
from hub.methods.diffusion.pixel_pipeline import read_pipeline
from hub.methods.diffusion.step import DiffusionStep, schedule
from hub.methods.diffusion.train import caption_conditions, train
from hub.methods.diffusion.validation import SIDE, Validation, judge_averages
from hub.pixel_pipeline_folder import UNET
from hub.training_progress import read_lines
from tests.hub.methods.diffusion_made import SMALL, seeded

TINY = TrainConfig(images=8, batch=4, warm_up=1, every=1, judged=0, model=SMALL)


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Grids of few steps."""
    monkeypatch.setattr(validation, "STEPS", 2)


def test_v_turns_noisy_pictures_into_clean_ones() -> None:
    x, noise = torch.randn(2, 4, 3, 8, 8)
    alpha = torch.tensor([0.999, 0.7, 0.2, 1e-4])
    noisy, v = mix_noise(x, noise, alpha)
    a = alpha.view(-1, 1, 1, 1)
    assert torch.allclose(a.sqrt() * noisy - (1 - a).sqrt() * v, x, atol=1e-5)
    assert torch.allclose((1 - a).sqrt() * noisy + a.sqrt() * v, noise, atol=1e-5)


def test_min_snr_weights_v_as_its_paper_says() -> None:
    alpha = build_scheduler().alphas_cumprod
    snr = alpha / (1 - alpha)
    weights = weigh_min_snr(alpha, 5.0)
    x0_weights = weights * (snr + 1)  # v's squared error is (snr + 1) times that of the clean picture
    assert torch.allclose(x0_weights, snr.clamp(max=5.0), rtol=1e-4)
    predicted, v = torch.randn(2, len(alpha), 1, 2, 2)
    assert v_loss(predicted, v, torch.ones_like(alpha)).item() == pytest.approx(v_loss(predicted, v).item(), rel=1e-5)
    assert v_loss(predicted, v, weights) < v_loss(predicted, v)


def test_the_kernel_distance_is_unbiased_and_grows_with_the_gap() -> None:
    torch.manual_seed(0)
    same = torch.tensor([kernel_distance(torch.randn(50, 8), torch.randn(50, 8)) for _ in range(200)])
    assert abs(same.mean()) < 3 * same.std() / 200**0.5
    assert kernel_distance(torch.randn(50, 8), torch.randn(50, 8) + 1) > same.max()


def test_the_learning_rate_rises_stays_and_falls() -> None:
    assert [schedule(n, 0.0, 10) for n in (0, 4, 9, 20)] == pytest.approx([0.1, 0.5, 1.0, 1.0])
    assert [schedule(100, share, 10) for share in (0.5, 0.6, 0.8, 1.0)] == pytest.approx([1.0, 1.0, 0.5, 0.02])


def test_each_picture_is_shifted_by_itself_and_white_comes_in() -> None:
    x = -torch.ones(64, 3, 16, 16)
    moved = shift_pictures(x, 4, torch.Generator().manual_seed(0))
    assert moved.shape == x.shape
    assert set(moved.unique().tolist()) == {-1.0, 1.0}
    inside = (moved[:, 0] < 0).sum((1, 2))
    assert len(inside.unique()) > 5
    assert int(inside.min()) >= 12 * 12


def test_a_share_of_conditions_is_dropped_and_the_rest_are_a_rows_own_wordings(pack: Path) -> None:
    rows, cpu = read_pack(pack, "train"), torch.device("cpu")
    step = DiffusionStep(replace(TINY, batch=400, drop=0.25), rows.images, caption_conditions(rows, cpu), cpu)
    _, condition = step.draw_batch()
    assert 0.15 < (condition == 0).all(1).float().mean() < 0.35
    own = rows.texts[rows.text_offsets[1] : rows.text_offsets[2]] * rows.texts.shape[1] ** 0.5
    drawn = caption_conditions(rows, cpu)(torch.ones(20, dtype=torch.long), torch.Generator().manual_seed(0))
    assert torch.cdist(drawn, own).min(1).values.max() < 1e-3


def test_a_step_learns_and_draws_the_same_batches_again(pack: Path) -> None:
    rows, cpu = read_pack(pack, "train"), torch.device("cpu")
    steps = [DiffusionStep(TINY, rows.images, caption_conditions(rows, cpu), cpu) for _ in range(2)]
    steps[1].unet.load_state_dict(steps[0].unet.state_dict())
    first, second = ([step()["loss"].item() for _ in range(12)] for step in steps)
    assert first == second
    assert sum(first[-4:]) < sum(first[:4])


def test_training_writes_a_pipeline_that_diffusers_loads(pack: Path, tmp_path: Path) -> None:
    folder = train(TINY, pack, tmp_path)
    assert torch.isfinite(read_pipeline(folder)(torch.randn(1, 384), seeded(0), 2)).all()
    with safe_open(folder / UNET, "pt") as file:
        assert {file.get_slice(key).get_dtype() for key in file.keys()} == {"F16"}  # noqa: SIM118
        facts = json.loads(file.metadata()["training"])
    assert (facts["images_seen"], facts["styles"], facts["losses"]) == (8, [], [])
    assert facts["command"].endswith("--pack emoji.safetensors --images 8 --batch 4 --warm-up 1 --judged 0 --every 1")
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 1 + 2
    last = read_lines(tmp_path)[-1]
    assert (last.step, last.of, last.preview) == (2, 2, "grid.png")


def test_a_resumed_run_ends_as_an_unbroken_one(pack: Path, tmp_path: Path) -> None:
    config = replace(TINY, images=16)
    whole = train(config, pack, tmp_path / "whole")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "stop").touch()
    with pytest.raises(Stopped, match="was stopped at step 1 of 4"):
        train(config, pack, tmp_path / "broken")
    again = train(config, pack, tmp_path / "broken")
    one, other = (read_pipeline(folder).unet.state_dict() for folder in (whole, again))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_run_with_minutes_ends_well_and_its_learning_rate_falls_by_them(pack: Path, tmp_path: Path) -> None:
    timed, untimed = (
        SimpleNamespace(total=1000, before=500.0, seconds=545.0, minutes=minutes) for minutes in (1.0, 0.0)
    )
    assert training.share_over(timed, 10) == 0.75  # type: ignore[arg-type]
    assert training.share_over(untimed, 10) == 0.01  # type: ignore[arg-type]
    folder = train(replace(TINY, images=4_000, minutes=1e-4, every=0), pack, tmp_path)
    assert (folder / "model_index.json").exists()
    assert len((tmp_path / "log.csv").read_text().splitlines()) < 100


def test_the_average_with_the_least_validation_kid_is_served(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for best in (0, 1):
        monkeypatch.setattr(training, "judge_averages", lambda unets, real, conditions, best=best: [best, 1 - best])
        folder = train(replace(TINY, images=16, judged=4), pack, tmp_path / str(best))
        with safe_open(folder / UNET, "pt") as file:
            facts = json.loads(file.metadata()["training"])
        assert facts["ema"] == TINY.widths_of_ema[best]
        assert facts["validation_kid"] == [best, 1 - best]


def test_averages_are_judged_on_the_pictures_that_they_draw(pack: Path) -> None:
    rows, cpu = read_pack(pack, "train"), torch.device("cpu")
    step = DiffusionStep(TINY, rows.images, caption_conditions(rows, cpu), cpu)
    unets = [one.model for one in step.averages]
    found = judge_averages(unets, rows.images[:6], torch.randn(6, 384))
    assert found[0] == found[1]
    assert all(torch.isfinite(torch.tensor(found)))


@pytest.mark.parametrize(("minutes", "rows", "judged"), [(0.0, 8, 200), (100.0, 8, 150), (2.0, 1, 0)])
def test_a_short_run_draws_no_more_than_a_part_of_its_minutes_allows(
    monkeypatch: pytest.MonkeyPatch, minutes: float, rows: int, judged: int
) -> None:
    """Where a picture takes a second, as on a busy core."""
    now = [0.0]

    def draw(unet: object, conditions: torch.Tensor, seeds: Sequence[int]) -> torch.Tensor:
        now[0] += len(seeds)
        return conditions

    monkeypatch.setattr(validation, "draw_pictures", draw)
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    held = Validation(torch.zeros(400, 1), torch.arange(400.0)[:, None], minutes)
    shown = held.draw_grid(None)
    assert shown.shape == (rows * SIDE, 1)
    assert len(held.choose_rows(200, 2)) == judged


def test_one_that_is_killed_while_it_draws_its_grid_has_what_it_learnt(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a CPU the grid takes a minute, which a training with few minutes may not be given."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Validation, "draw_grid", die)
    with pytest.raises(KeyboardInterrupt):
        train(TINY, pack, tmp_path / "run")
    assert read_pipeline(tmp_path / "run" / "pipeline")
