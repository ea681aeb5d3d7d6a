"""The study's plan of runs, and that what is whole is kept."""

from pathlib import Path
from typing import Any

import pytest
import torch

from hub.errors import DataError
from hub.methods.scad import study
from hub.methods.scad.config import ARMS, GanConfig, GeneratorConfig
from hub.methods.scad.study import Run, StudyPart, images_seen, plan, train_all
from hub.methods.training import save_weights


def test_the_plan_has_every_arm_curve_and_sweep_seed_by_seed() -> None:
    runs = plan(tuple(StudyPart), (0, 1))
    names = [run.name for run in runs]
    assert len(set(names)) == len(names) == 2 * (4 + 6 + 2)
    assert [run.seed for run in runs] == sorted(run.seed for run in runs)
    assert names[:5] == ["galip-seed0", "scad-seed0", "scad-mi-seed0", "scad-dd-seed0", "galip-clip0-seed0"]
    assert "scad-mi-mi0.1-seed1" in names
    assert len(plan((StudyPart.mi,), (3,))) == 2


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[GanConfig]:
    """Configs that were trained; each leaves a checkpoint, short of the budget where its time was limited."""
    made: list[GanConfig] = []

    def train(config: GanConfig, _: Path, out: Path) -> None:
        made.append(config)
        seen = config.batch if config.minutes else config.images // config.batch * config.batch
        save_weights(out / "model.safetensors", {"w": torch.zeros(1)}, {}, {"images_seen": seen})

    monkeypatch.setattr(study, "train", train)
    return made


def test_whole_runs_are_kept_and_stopped_ones_go_on(trained: list[GanConfig], tmp_path: Path) -> None:
    runs = [Run("galip", 16.0, 1.0, 0), Run("scad-mi", 4.0, 0.1, 1)]
    flags: dict[str, Any] = {"images": 100, "batch": 16, "lr_g": 1e-3}
    assert train_all({**flags, "minutes": 5.0}, runs, tmp_path / "pack", tmp_path) == 0
    assert 4.9 < trained[0].minutes <= 5
    assert train_all(flags, runs, tmp_path / "pack", tmp_path) == 2
    assert train_all(flags, runs, tmp_path / "pack", tmp_path) == 2
    assert len(trained) == 4
    assert [images_seen(tmp_path / run.name) for run in runs] == [96, 96]
    first, second = trained[2:]
    assert (first.name, first.clip_weight, first.lr_g, first.san) == ("galip", 16.0, 1e-3, False)
    assert (second.name, second.mi_weight, second.seed, second.mi) == ("scad-mi", 0.1, 1, True)


def test_a_larger_budget_than_asked_is_refused(trained: list[GanConfig], tmp_path: Path) -> None:
    runs = [Run("galip", 4.0, 1.0, 0)]
    train_all({"images": 160, "batch": 16}, runs, tmp_path / "pack", tmp_path)
    with pytest.raises(DataError, match="has seen 160 images, more than 80"):
        train_all({"images": 80, "batch": 16}, runs, tmp_path / "pack", tmp_path)


def test_half_a_checkpoint_counts_as_none(tmp_path: Path) -> None:
    assert images_seen(tmp_path) == 0
    (tmp_path / "model.safetensors").write_bytes(b"half")
    assert images_seen(tmp_path) == 0


def test_the_study_trains_a_run_for_real(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = {**vars(ARMS["galip"]), "generator": GeneratorConfig(cond=16, widths=(16, 16, 8, 8))}
    monkeypatch.setitem(ARMS, "galip", GanConfig(**small))
    assert train_all({"images": 8, "batch": 4, "every": 1}, [Run("galip", 0.0, 1.0, 0)], pack, tmp_path) == 1
    assert images_seen(tmp_path / "galip-clip0-seed0") == 8
