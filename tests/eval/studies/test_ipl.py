"""The study of adaptations: its figures on features whose answer is known, and the matching of steps."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.metrics import Features
from eval.studies import matched_look
from eval.studies.ipl import ORDERINGS, declare, list_study_runs
from eval.studies.matched_look import LEVEL, MatchedStep, make_match_table, match_runs
from eval.studies.rendering_figures import LOOK, OTHERS, OWN, RETENTION, WITHIN, RenderingJudges
from eval.study.declaration import StudyRun
from eval.style_probe import load_clusters, load_probe
from hub.errors import DataError

RNG = np.random.default_rng(1)
N, SPACE = 20, "efficientnet-lite2@0"
SOURCE = RNG.normal(size=(N, 16))
LOOKS = np.zeros(16)
LOOKS[:8] = 6.0
TARGETS = SOURCE + LOOKS
GENERATOR: Any = None
RUN = StudyRun("ipl", 0, Path("none"), GENERATOR)


def judges() -> RenderingJudges:
    """Judges of a world in which the look is a shift of the features."""
    probe = load_probe(np.concatenate([SOURCE, TARGETS]), ["flat"] * N + ["3d"] * N)
    return RenderingJudges("3d", {SPACE: probe}, {SPACE: load_clusters(TARGETS, 3)}, {SPACE: TARGETS}, {SPACE: SOURCE})


def drawn(images: np.ndarray) -> Features:
    """Pictures of these features, row i for caption i."""
    return Features(np.arange(len(images)), images, SPACE)


def measure(images: np.ndarray) -> dict[str, float]:
    """Every figure of the study's own."""
    told: dict[str, float] = {}
    for one in judges().figures():
        measure_one: Any = one.measure
        told[one.name] = measure_one(drawn(images), RUN).value
    return told


def test_a_perfect_adaptation_is_told_from_none_and_from_a_collapse() -> None:
    perfect, none = measure(TARGETS), measure(SOURCE)
    collapsed = measure(np.repeat(TARGETS[:1], N, 0) + RNG.normal(scale=1e-3, size=(N, 16)))
    assert perfect[LOOK] > 0.7
    assert none[LOOK] < 0.3
    assert perfect[RETENTION] == none[RETENTION] == 1
    assert collapsed[RETENTION] < 0.5
    assert perfect[OWN] == pytest.approx(0, abs=1e-9)
    assert none[OWN] > perfect[OWN]
    assert perfect[OTHERS] > perfect[OWN]
    assert collapsed[WITHIN] < 1e-4 < perfect[WITHIN]


def test_pictures_given_to_the_wrong_captions_lose_retention_and_likeness_and_no_look() -> None:
    right, wrong = measure(TARGETS), measure(np.roll(TARGETS, 1, 0))
    assert wrong[LOOK] == pytest.approx(right[LOOK])
    assert wrong[RETENTION] < 0.2
    assert wrong[OWN] > right[OWN]


def make_run(folder: Path, name: str, steps: dict[int, float]) -> dict[str, float]:
    """A run's kept steps as files that hold what their look is; returns it by the file's content."""
    for step, look in steps.items():
        path = folder / name / "steps" / f"{step:04d}" / "model.safetensors"
        path.parent.mkdir(parents=True)
        path.write_text(f"{name} {step} {look}")
    return {}


def test_a_run_is_matched_at_its_first_step_of_the_level_else_at_its_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(tmp_path, "ipl-seed0", {25: 0.2, 50: LEVEL, 75: 0.9})
    make_run(tmp_path, "nada-seed1", {25: 0.1, 50: 0.3})
    looked = list[str]()

    def look(path: Path, judging: Any) -> float:
        looked.append(path.read_text())
        return float(path.read_text().split()[-1])

    monkeypatch.setattr(matched_look, "measure_look", look)
    found = match_runs(tmp_path, None)  # type: ignore[arg-type]
    assert [(one.arm, one.seed, one.step, one.probability) for one in found] == [
        ("ipl", 0, 50, LEVEL),
        ("nada", 1, 50, 0.3),
    ]
    assert found[0].checkpoint == tmp_path / "ipl-seed0" / "steps" / "0050" / "model.safetensors"
    assert len(looked) == 4, "steps after the level are not looked at"
    assert match_runs(tmp_path, None) == found  # type: ignore[arg-type]
    assert len(looked) == 4, "what was looked at is kept"
    with (tmp_path / "ipl-seed0" / "look.csv").open() as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["25", "50"]
    assert make_match_table(found).rows[0][:3] == ("ipl", "0", "50")
    with pytest.raises(DataError, match="holds no runs named ARM-seedN"):
        match_runs(tmp_path / "none", None)  # type: ignore[arg-type]


def test_the_study_has_the_source_beside_the_arms_and_its_own_figures() -> None:
    matched = [MatchedStep("ipl", seed, Path(f"ipl-seed{seed}"), 50, 0.5) for seed in range(2)]
    runs = list_study_runs(Path("runs"), matched)
    assert [run.arm for run in runs] == ["scad, not adapted", "ipl", "ipl"]
    study = declare(judges(), matched, ("told",))
    own = {one.name for one in study.figures}
    assert own < set(study.shown)
    assert {one.figure for one in ORDERINGS} <= set(study.shown)
    assert "told" in study.notes
    assert study.better(replace(ORDERINGS[0]).figure) == "higher"
