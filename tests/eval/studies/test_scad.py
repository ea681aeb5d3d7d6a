"""SCAD's study: the noise's recovery, the verdicts, and the whole way from checkpoints to the page."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference
from eval.metrics import Array, Features, FigureName, Ints, Measured
from eval.reference_space import ReferenceSpace, place_reference
from eval.studies import scad as studies_scad
from eval.studies.scad import CURVES, PPD, SCAD_STUDY, TEXT
from eval.studies.z_recovery import RECOVERY, z_recovery
from eval.study import run_study
from eval.study.declaration import Figures, StudyResult
from eval.study.orderings import find_sweep, judge_orderings
from eval.study.run_scores import measure_study, score_halves
from eval.study.study_page import render_markdown, write_study
from eval.study.study_tables import make_grids
from hub.errors import DataError
from hub.generators import load_one_step
from hub.methods.scad.config import GeneratorConfig
from hub.methods.scad.model import Affine, OneStepGenerator
from hub.methods.training import save_weights
from tests.eval.made import Pixels, figure, name_of

FD, KID, RECALL = "FD", "KID", "R@1"
SMALL = GeneratorConfig(noise=4, cond=16, widths=(16, 16, 8, 8))


IMAGES = ("EfficientNet-Lite2", "witness")


def noises(prompts: int = 30, seeds: int = 9, size: int = 5) -> tuple[Array, Ints, np.random.Generator]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(prompts * seeds, size)), np.repeat(np.arange(prompts), seeds), rng


def recovered(features: Array, z: Array, prompts: Ints) -> Measured:
    return z_recovery(Features(prompts, features, "e@1"), z)


def test_recovery_is_1_where_features_are_a_map_of_the_noise_and_the_prompt() -> None:
    z, prompts, rng = noises()
    features = z @ rng.normal(size=(5, 40)) + 10 * rng.normal(size=(30, 40))[prompts]
    found = recovered(features, z, prompts)
    assert 0.999 < found.value <= found.high <= 1
    assert (found.n, found.encoder) == (30, "e@1")
    shuffled = rng.permutation(len(z))
    assert recovered(features, z[shuffled], prompts).value < 0.1


def test_recovery_of_nothing_is_about_0_and_of_a_part_between() -> None:
    z, prompts, rng = noises()
    for dimensions in (40, 600):  # fewer and more than there are images to fit
        assert abs(recovered(rng.normal(size=(len(z), dimensions)), z, prompts).value) < 0.05
    half = z[:, :2] @ rng.normal(size=(2, 40)) + 0.01 * rng.normal(size=(len(z), 40))
    found = recovered(half, z, prompts)
    assert 0.3 < found.value < 0.5
    assert found.low < 2 / 5 < found.high


def test_recovery_leaves_out_prompts_with_too_few_images() -> None:
    z, prompts, rng = noises()
    features = z @ rng.normal(size=(5, 40))
    alone = np.r_[np.arange(30, 90), prompts]
    assert recovered(np.r_[rng.normal(size=(60, 40)), features], np.r_[z[:60], z], alone) == recovered(
        features, z, prompts
    )


def test_recovery_says_what_it_lacks() -> None:
    for prompts, seeds in ((30, 2), (9, 9)):
        z, numbers, _ = noises(prompts, seeds)
        with pytest.raises(DataError, match="10 prompts with three images or more each"):
            recovered(z, z, numbers)
    with pytest.raises(DataError, match="one of each a row"):
        recovered(z[:-1], z, numbers)


def one(name: str, value: float) -> Measured:
    return figure(name, value, value - 0.01, value + 0.01, 20, "e@1")


def figures(text: float, ppd: float, recovery: float = 0.1, other_ppd: float | None = None) -> Figures:
    """By both image encoders and the judge; ``other_ppd`` is the witness's where it has its own view."""
    values = {f"{name} ({title})": 1.0 for name in (FD, KID) for title in IMAGES}
    values |= {f"{RECOVERY} ({title})": recovery for title in IMAGES}
    values |= {f"{PPD} ({IMAGES[0]})": ppd, f"{PPD} ({IMAGES[1]})": ppd if other_ppd is None else other_ppd}
    values |= {f"{TEXT} (embedded judge)": text, f"{RECALL} (embedded judge)": text / 2}
    return {name_of(name): one(name, value) for name, value in values.items()}


def made_up() -> dict[str, dict[int, Figures]]:
    """Three seeds of some groups: the curve holds for galip, scad-mi has more recovery and no more variety, scad-dd
    less variety than galip by one encoder and more by the other."""
    spread = (0.0, 0.01, 0.02)
    return {
        "galip": {s: figures(0.3, 0.2 + d) for s, d in enumerate(spread)},
        "galip-clip0": {s: figures(0.1, 0.4 + d) for s, d in enumerate(spread)},
        "galip-clip16": {s: figures(0.5, 0.1 + d) for s, d in enumerate(spread)},
        "scad": {s: figures(0.3, 0.3 + d, 0.1 + d) for s, d in enumerate(spread)},
        "scad-mi": {s: figures(0.3, 0.305 - d, 0.5) for s, d in enumerate(spread)},
        "scad-dd": {s: figures(0.3, 0.1 + d / 2, other_ppd=0.3 + d) for s, d in enumerate(spread)},
    }


def of_real() -> tuple[Figures, Figures]:
    """Figures of the real images and of their halves."""
    known = figures(0.35, 0.41)
    return tuple({n: f for n, f in known.items() if n.metric in kept} for kept in ((PPD, TEXT), (FD, KID)))  # type: ignore[return-value]


def test_orderings_are_read_off_the_figures_of_every_encoder() -> None:
    outcomes = {one.claim: one.outcome for one in judge_orderings(SCAD_STUDY, made_up())}
    lite2, witness = (f"PPD ({title})" for title in IMAGES)
    assert outcomes == {
        "galip, CLIP weight 0 to 16: image-text score (embedded judge) up": "held",
        f"galip, CLIP weight 0 to 16: {lite2} down": "held",
        f"galip, CLIP weight 0 to 16: {witness} down": "held",
        f"{lite2}: scad above galip": "held",
        f"{witness}: scad above galip": "held",
        f"{lite2}: scad-mi above galip": "held",
        f"{witness}: scad-mi above galip": "held",
        f"{lite2}: scad-dd above galip": "failed",
        f"{witness}: scad-dd above galip": "held",
        f"{lite2}: scad-mi above scad (a hope)": "within noise",
        f"{witness}: scad-mi above scad (a hope)": "within noise",
        "z-recovery (EfficientNet-Lite2): scad-mi above scad": "held",
        "z-recovery (witness): scad-mi above scad": "held",
    }
    assert list(find_sweep(made_up(), CURVES[0])) == [0.0, 16.0, 4.0]
    assert judge_orderings(SCAD_STUDY, {"galip": {0: figures(0.1, 0.1)}, "scad": {0: figures(0.1, 0.1)}}) == ()


def test_the_study_is_written_as_tables_plots_and_json(tmp_path: Path) -> None:
    groups = made_up()
    study = StudyResult(1000, groups, *of_real(), judge_orderings(SCAD_STUDY, groups))
    write_study(SCAD_STUDY, study, tmp_path)
    text = (tmp_path / "study.md").read_text()
    assert "| PPD (EfficientNet-Lite2): scad-dd above galip | failed | 0 of 3 |" in text
    assert "| galip-clip16 | 3 |" in text
    assert "0.1100 ± 0.02484 (gap 0.02000)" in text
    page = (tmp_path / "study.html").read_text()
    assert "The collapse curve" in page
    assert page.count('role="img"') == 2  # one plot an image encoder
    assert "failed" in page
    kept = json.loads((tmp_path / "study.json").read_text())
    assert kept["budget"] == 1000
    assert kept["groups"]["galip"]["0"]["PPD (witness)"]["low"] == pytest.approx(0.19)
    by_lite2, by_witness, by_judge, _ = make_grids(SCAD_STUDY, study)
    assert by_witness.head == ("Arm", "Seeds", "FD ↓", "KID ↓", "PPD ↑", "z-recovery ↑")
    assert by_judge.head == ("Arm", "Seeds", "image-text score ↑", "R@1 ↑")
    assert by_lite2.rows[-2] == ("real images", "-", "-", "-", "0.4100 (0.4000 to 0.4200)", "-")
    assert by_lite2.rows[-1][:3] == ("real, half against half", "-", "1.000 (0.9900 to 1.010)")
    assert by_judge.rows[-1][0] == "real images"


def test_the_study_is_the_golden_one(tmp_path: Path) -> None:
    """Written before studies were declarations; of its JSON one run's figures and the orderings."""
    groups = made_up()
    write_study(SCAD_STUDY, StudyResult(1000, groups, *of_real(), judge_orderings(SCAD_STUDY, groups)), tmp_path)
    kept = json.loads((tmp_path / "study.json").read_text())
    kept["groups"] = {"galip": {"0": kept["groups"]["galip"]["0"]}}
    golden = Path(__file__).with_name("golden_study.txt").read_text(encoding="utf-8")
    assert (tmp_path / "study.md").read_text(encoding="utf-8") + json.dumps(kept, indent=1) + "\n" == golden


def test_the_declaration_is_short() -> None:
    text = Path(studies_scad.__file__).read_text(encoding="utf-8")
    assert text.count("\n") <= 70


def test_a_study_without_orderings_says_so(tmp_path: Path) -> None:
    study = StudyResult(8, {"galip": {0: figures(0.1, 0.1)}}, *of_real(), ())
    grids = make_grids(SCAD_STUDY, study)
    assert "No ordering has two seeds" in render_markdown(grids[-1:], [])
    write_study(SCAD_STUDY, study, tmp_path)
    assert "The collapse curve" not in (tmp_path / "study.html").read_text()
    assert grids[0].rows[0][4] == "0.1000 (0.09000 to 0.1100)"  # one seed: over prompts


def run(folder: Path, name: str, seed: int, images: int = 8) -> None:
    """A run's checkpoint, random."""
    torch.manual_seed(seed)
    model = OneStepGenerator(SMALL)
    for affine in (m for m in model.modules() if isinstance(m, Affine)):
        torch.nn.init.normal_(affine.linear.weight, std=0.3)
    path = folder / f"{name}-seed{seed}" / "model.safetensors"
    save_weights(path, model.state_dict(), SMALL, {"images_seen": images, "styles": []})


@pytest.fixture
def places(reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[ReferenceSpace]:
    """Spaces with the real images in them, and a text encoder that needs no weights."""

    def embed(texts: Sequence[str]) -> torch.Tensor:
        drawn = torch.randn(len(texts), 384, generator=torch.Generator().manual_seed(len(texts[0])))
        return torch.nn.functional.normalize(drawn, dim=1)

    monkeypatch.setattr(load_one_step, "text_encoder", lambda: embed)
    return [place_reference(space, reference) for space in reference.spaces(FeatureStore(tmp_path / "features.sqlite"))]


def test_checkpoints_are_measured_once_and_kept(
    reference: Reference, places: list[ReferenceSpace], tmp_path: Path, encoders: dict[str, Pixels]
) -> None:
    runs = tmp_path / "runs"
    for seed in range(2):
        run(runs, "galip", seed)
        run(runs, "scad", seed)
    study = measure_study(SCAD_STUDY, SCAD_STUDY.runs(runs), reference, places)
    assert {name: list(seeds) for name, seeds in study.groups.items()} == {"galip": [0, 1], "scad": [0, 1]}
    expected = {FigureName(name, title) for name in (FD, KID, PPD, RECOVERY) for title in IMAGES}
    expected |= {FigureName(name, "embedded judge") for name in (TEXT, RECALL)}
    for seeds in study.groups.values():
        for found in seeds.values():
            assert {name for name in found if name.metric in SCAD_STUDY.shown} == expected
            assert all(one.low <= one.value <= one.high for one in found.values())
            assert [found[FigureName(name, "witness")].n for name in (FD, PPD, RECOVERY)] == [48, 12, 12]
            assert found[FigureName(PPD, "witness")].encoder == "witness@111111111111"
    assert {str(name) for name in study.real if name.metric in SCAD_STUDY.shown} == {
        "PPD (EfficientNet-Lite2)", "PPD (witness)", "image-text score (embedded judge)", "R@1 (embedded judge)"
    }  # fmt: skip
    assert set(study.halves) == {FigureName(name, title) for name in (FD, KID) for title in IMAGES}
    assert [one.claim for one in study.verdicts] == [f"PPD ({title}): scad above galip" for title in IMAGES]
    seen = [one.seen for one in encoders.values()]
    assert seen[0] == 2 * (
        48 + 12 * SCAD_STUDY.extra_seeds
    )  # both arms' networks are alike, their pictures go through once
    assert measure_study(SCAD_STUDY, SCAD_STUDY.runs(runs), reference, places) == study
    assert [one.seen for one in encoders.values()] == seen  # nothing was encoded anew
    run(runs, "scad", 1, images=16)
    with pytest.raises(DataError, match="Not all runs have seen 16 images: galip-seed0"):
        measure_study(SCAD_STUDY, SCAD_STUDY.runs(runs), reference, places)


def test_figures_of_another_reference_are_measured_anew(
    reference: Reference, places: list[ReferenceSpace], tmp_path: Path
) -> None:
    run(tmp_path / "runs", "galip", 0)
    runs = SCAD_STUDY.runs(tmp_path / "runs")
    first = measure_study(SCAD_STUDY, runs, reference, places).groups["galip"][0]
    moved = [replace(place, real=replace(place.real, images=place.real.images + 1)) for place in places[1:]]
    again = measure_study(SCAD_STUDY, runs, reference, [*places[:1], *moved]).groups["galip"][0]
    fd, ppd = (FigureName(name, "witness") for name in (FD, PPD))
    assert again[fd].value > first[fd].value
    assert again[ppd] == first[ppd]


def test_a_figure_that_can_not_be_had_is_no_study(
    reference: Reference, places: list[ReferenceSpace], tmp_path: Path
) -> None:
    few = [replace(place, real=replace(place.real, images=place.real.images[:9])) for place in places]
    with pytest.raises(DataError, match=r"No FD \(EfficientNet-Lite2\): Too few prompts"):
        score_halves([FD], replace(reference, concepts=reference.concepts[:9]), few)


def test_a_folder_without_runs_is_refused_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    loaded: list[bool] = []
    monkeypatch.setattr(run_study, "read_reference", lambda: loaded.append(True))
    done = CliRunner().invoke(run_study.study_command(SCAD_STUDY, "example"), ["--runs", str(tmp_path)])
    assert (done.exit_code, loaded) == (2, [])
    assert f"{tmp_path} holds no runs: train them first" in done.output
