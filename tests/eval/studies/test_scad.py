"""SCAD's study: the noise's recovery, the verdicts, and the whole way from checkpoints to the page."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from eval.features import Cache, Reference
from eval.studies import _scoring
from eval.studies._page import collapse_plot, markdown
from eval.studies._recovery import z_recovery
from eval.studies._scoring import BETTER, FD, KID, PPD, RECOVERY, TEXT, Figure, Figures
from eval.studies._verdicts import over_seeds, verdict
from eval.studies.scad import Study, checkpoints, curve, figures_grid, measure, orderings, verdicts_grid, write
from hub.errors import DataError
from hub.methods.scad.model import Affine, Generator, GeneratorConfig
from hub.methods.training import save_weights

SMALL = GeneratorConfig(noise=4, cond=16, widths=(16, 16, 8, 8))


def noises(prompts: int = 30, seeds: int = 9, size: int = 5) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(prompts * seeds, size)), np.repeat(np.arange(prompts), seeds), rng


def test_recovery_is_1_where_features_are_a_map_of_the_noise_and_the_prompt() -> None:
    z, prompts, rng = noises()
    features = z @ rng.normal(size=(5, 40)) + 10 * rng.normal(size=(30, 40))[prompts]
    assert z_recovery(features, z, prompts) > 0.999
    shuffled = rng.permutation(len(z))
    assert z_recovery(features, z[shuffled], prompts) < 0.1


def test_recovery_of_nothing_is_about_0_and_of_a_part_between() -> None:
    z, prompts, rng = noises()
    for dimensions in (40, 600):  # fewer and more than there are images to fit
        assert abs(z_recovery(rng.normal(size=(len(z), dimensions)), z, prompts)) < 0.05
    half = z[:, :2] @ rng.normal(size=(2, 40)) + 0.01 * rng.normal(size=(len(z), 40))
    assert 0.3 < z_recovery(half, z, prompts) < 0.5


def test_recovery_says_what_it_lacks() -> None:
    z, prompts, _ = noises(seeds=2)
    with pytest.raises(DataError, match="4 prompts and three images or more of each"):
        z_recovery(z, z, prompts)
    with pytest.raises(DataError, match="one of each a row"):
        z_recovery(z[:-1], z, prompts)


def test_figures_over_seeds_have_students_interval() -> None:
    over = over_seeds([1.0, 2.0, 3.0])
    assert over.mean == 2
    assert over.half == pytest.approx(4.303 / 3**0.5, rel=1e-3)
    assert over.gap == 2
    assert over_seeds([1.0]).half is None
    with pytest.raises(DataError, match="1 to 10 seeds"):
        over_seeds([])


@pytest.mark.parametrize(
    ("higher", "lower", "outcome"),
    [
        ([3.0, 3.1], [1.0, 1.1], "held"),
        ([1.0, 1.1], [3.0, 3.1], "failed"),
        ([1.0, 1.2], [0.9, 1.15], "within noise"),
        ([1.15, 0.9], [1.2, 1.0], "within noise"),
        ([5.0, 5.0, 5.0, 0.9], [1.0, 0.0, 0.0, 1.0], "within noise"),
        ([4.0, 4.0, 2.0], [0.2, 0.2, 2.1], "mixed"),
    ],
)
def test_an_ordering_that_fails_is_said_to_fail(higher: list[float], lower: list[float], outcome: str) -> None:
    found = verdict("claim", higher, lower)
    assert found.outcome == outcome
    assert found.held == sum(a > b for a, b in zip(higher, lower, strict=True))


def test_an_ordering_needs_two_seeds_of_both_sides() -> None:
    for sides in (([1.0], [2.0]), ([1.0, 2.0], [2.0])):
        with pytest.raises(DataError, match="same two seeds or more"):
            verdict("claim", *sides)


def figures(text: float, ppd: float, recovery: float = 0.1) -> Figures:
    values = {FD: 100.0, KID: 0.1, TEXT: text, PPD: ppd, RECOVERY: recovery}
    return {name: Figure(value) for name, value in values.items()}


def made_up() -> dict[str, dict[int, Figures]]:
    """Three seeds of some groups: the curve holds for galip, scad-mi has more recovery and no more variety."""
    spread = (0.0, 0.01, 0.02)
    return {
        "galip": {s: figures(0.3, 0.2 + d) for s, d in enumerate(spread)},
        "galip-clip0": {s: figures(0.1, 0.4 + d) for s, d in enumerate(spread)},
        "galip-clip16": {s: figures(0.5, 0.1 + d) for s, d in enumerate(spread)},
        "scad": {s: figures(0.3, 0.3 + d, 0.1 + d) for s, d in enumerate(spread)},
        "scad-mi": {s: figures(0.3, 0.305 - d, 0.5) for s, d in enumerate(spread)},
        "scad-dd": {s: figures(0.3, 0.1 + d / 2) for s, d in enumerate(spread)},
    }


def test_orderings_are_read_off_the_figures() -> None:
    outcomes = {one.claim: one.outcome for one in orderings(made_up())}
    assert outcomes == {
        "galip, CLIP weight 0 to 16: image-text score up": "held",
        "galip, CLIP weight 0 to 16: PPD down": "held",
        "PPD: scad above galip": "held",
        "PPD: scad-mi above galip": "held",
        "PPD: scad-dd above galip": "failed",
        "PPD: scad-mi above scad (a hope)": "within noise",
        "z-recovery: scad-mi above scad": "held",
    }
    assert list(curve(made_up(), "galip")) == [0.0, 16.0, 4.0]
    assert orderings({"galip": {0: figures(0.1, 0.1)}, "scad": {0: figures(0.1, 0.1)}}) == ()


def test_the_study_is_written_as_tables_plot_and_json(tmp_path: Path) -> None:
    groups, real = made_up(), {TEXT: Figure(0.35), PPD: Figure(0.41)}
    study = Study(1000, groups, real, {FD: Figure(50.0), KID: Figure(0.001)}, orderings(groups))
    write(study, tmp_path)
    text = (tmp_path / "study.md").read_text()
    assert "| PPD: scad-dd above galip | failed | 0 of 3 |" in text
    assert "| galip-clip16 | 3 |" in text
    page = (tmp_path / "study.html").read_text()
    assert "The collapse curve" in page
    assert "failed" in page
    assert json.loads((tmp_path / "study.json").read_text())["budget"] == 1000
    assert figures_grid(study).rows[-2][0] == "real images"
    plot = collapse_plot({"galip": {0.0: [0.4, 0.5], 4.0: [0.2]}}, 0.41)
    assert list(plot.data[0].y) == [0.45, 0.2]
    assert list(plot.data[1].x) == ["0", "0", "4"]


def test_a_study_without_orderings_says_so(tmp_path: Path) -> None:
    study = Study(8, {"galip": {0: figures(0.1, 0.1)}}, figures(0.1, 0.1), figures(0.1, 0.1), ())
    assert "No ordering has two seeds" in markdown([verdicts_grid(study)], [])
    write(study, tmp_path)
    assert "<script" not in (tmp_path / "study.html").read_text()


def run(folder: Path, name: str, seed: int, images: int = 8) -> None:
    """A run's checkpoint, random."""
    torch.manual_seed(seed)
    model = Generator(SMALL)
    for affine in (m for m in model.modules() if isinstance(m, Affine)):
        torch.nn.init.normal_(affine.linear.weight, std=0.3)
    path = folder / f"{name}-seed{seed}" / "model.safetensors"
    save_weights(path, model.state_dict(), SMALL, {"images_seen": images})


def test_checkpoints_are_measured_once_and_kept(
    reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def embed(texts: list[str]) -> torch.Tensor:
        return torch.nn.functional.normalize(torch.randn(len(texts), 384), dim=1)

    monkeypatch.setattr(_scoring, "text_encoder", lambda: embed)
    runs, cache = tmp_path / "runs", Cache(tmp_path / "cache", reference)
    for seed in range(2):
        run(runs, "galip", seed)
        run(runs, "scad", seed)
    study = measure(runs, cache)
    assert {name: list(seeds) for name, seeds in study.groups.items()} == {"galip": [0, 1], "scad": [0, 1]}
    for seeds in study.groups.values():
        for found in seeds.values():
            assert list(found) == list(BETTER)
            assert all(np.isfinite(one.value) for one in found.values())
            assert found[FD].low is not None
    assert set(study.real) == {TEXT, PPD}
    assert set(study.halves) == {FD, KID}
    assert [one.claim for one in study.verdicts] == ["PPD: scad above galip"]
    again = Cache(tmp_path / "cache", reference)
    assert measure(runs, again) == study
    assert "encoder" not in vars(again)  # nothing was encoded anew
    run(runs, "scad", 1, images=16)
    with pytest.raises(DataError, match="Not all runs have seen 16 images: galip-seed0"):
        measure(runs, again)


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(DataError, match="holds no runs"):
        checkpoints(tmp_path)
