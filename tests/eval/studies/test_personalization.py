"""The study of personalisation measured: tiny runs of three arms, from training to the README's part."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.drift_watch import drawn_sets
from eval.metrics import FigureName
from eval.studies import personalization as declared
from eval.studies import subject_runs
from eval.studies.personalization import CURVES, EQUAL, L2, PERSONALIZATION_STUDY
from eval.studies.subject_runs import AGAIN, BASE, CLASS_DRIFT, DISTANCE, DRIFT, FIDELITY, find_runs
from eval.study.run_study import MARKS, study_command
from hub.errors import DataError, MissingFile
from hub.generators import Sampling
from hub.methods.personalization import study
from tests.hub.methods.personalization_made import write_base

TINY = {"steps": 2, "batch": 1, "class_pictures": 2, "rank": 2, "word_first": 0.0}
KEPT = ("naive", "prior", L2[0])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three arms of two steps, two seeds, on a small base."""
    folder = tmp_path_factory.mktemp("study")
    write_base(folder / "weights" / "diffusion")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.methods.personalization.base_pipeline.WEIGHTS", folder / "weights")
        patch.setattr("hub.methods.personalization.pixel_base.STEPS", 1)
        patch.setattr(study, "ARMS", {arm: study.ARMS[arm] for arm in KEPT})
        study.main(folder / "runs", "striped", "", "0,1", **TINY)
    return folder / "runs"


@pytest.fixture(autouse=True)
def small(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few pictures of one step, by the small base."""
    monkeypatch.setattr("eval.studies.diffusion_sampling.WEIGHTS", runs.parent / "weights")
    monkeypatch.setattr(subject_runs, "PROMPTS", 10)
    monkeypatch.setattr(subject_runs, "OF_CLASS", 10)


def test_the_study_goes_from_runs_to_tables_plot_and_readme(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"# before\n\n{MARKS[0]}\n{MARKS[1]}\n\nafter\n")
    app = study_command(PERSONALIZATION_STUDY, "example", readme)
    done = CliRunner().invoke(app, ["--runs", str(runs), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "out" / "study.json").read_text())
    groups = told["groups"]
    assert set(groups) >= {*KEPT, BASE, AGAIN}
    for seed in ("0", "1"):
        for space in ("EfficientNet-Lite2", "witness"):
            assert groups[BASE][seed][f"{DRIFT} ({space})"]["value"] == 0
            assert groups["prior"][seed][f"{EQUAL} ({space})"] | {"metric": ""} == groups["prior"][seed][
                f"{DRIFT} ({space})"
            ] | {"metric": ""}
            assert f"{FIDELITY} ({space})" not in groups[AGAIN][seed]
            assert {f"{DRIFT} ({space})", f"{CLASS_DRIFT} ({space})"} <= groups[AGAIN][seed].keys()
        assert groups["naive"][seed][f"{DISTANCE} (weights)"]["value"] > 0
    assert groups[AGAIN]["0"] != groups[AGAIN]["1"], "the floor's seeds are the run's own"
    claims = {one["claim"] for one in told["verdicts"]}
    assert f"{DRIFT} (witness): naive above prior" in claims
    assert f"{DRIFT} (witness): {L2[0]} below prior" in claims
    assert f"{CLASS_DRIFT} (witness): {L2[0]} below naive" in claims
    text = readme.read_text()
    assert text.startswith("# before")
    assert text.endswith("after\n")
    assert "### Orderings" in text
    assert "](pareto-unrelated-drift-witness.svg)" in text
    assert (tmp_path / "pareto-unrelated-drift-witness.svg").read_text().startswith("<svg")
    assert "Subject gained, drift paid" in (tmp_path / "out" / "study.html").read_text()

    def draw_again(*_: object) -> None:
        raise AssertionError("what is kept is drawn again")

    monkeypatch.setattr(drawn_sets, "draw_with", draw_again)
    PERSONALIZATION_STUDY.measure(find_runs(runs)[0])  # type: ignore[misc]


def test_runs_of_the_naive_arm_stand_for_the_base_and_its_floor_too(runs: Path) -> None:
    found = find_runs(runs)
    assert sorted((one.arm, one.seed) for one in found) == sorted(
        (arm, seed) for arm in (*KEPT, BASE, AGAIN) for seed in range(2)
    )
    assert {one.subject for one in found} == {"striped"}
    assert isinstance(found[0].generator.sampling, Sampling)


def test_a_folder_without_runs_and_a_run_without_its_log_are_told_in_a_sentence(runs: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no runs: train them first, python -m hub\.methods\.personalization"):
        PERSONALIZATION_STUDY.runs(tmp_path)
    with pytest.raises(MissingFile, match="does not say how far the weights moved"):
        subject_runs.read_distance(tmp_path)


def test_the_declaration_is_short_and_every_arm_of_a_curve_is_trained() -> None:
    assert Path(declared.__file__).read_text(encoding="utf-8").count("\n") <= 95
    for arms in CURVES.values():
        assert set(arms) <= {*study.ARMS, BASE}
    assert FigureName(DRIFT).metric in PERSONALIZATION_STUDY.shown
