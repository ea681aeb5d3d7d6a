"""Runs beside the entries they might replace: the rule, the pairs, and the whole way with small generators."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from eval import reference as reference_command
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference
from eval.reference import load_validation
from eval.studies import candidates
from eval.studies.candidates import RULE, decide, find_pairs, main, make_decisions, open_run
from eval.study.declaration import Figures
from hub.command import make_command
from hub.errors import DataError, MissingFile
from hub.generators import GENERATORS
from hub.methods.scad.config import GeneratorConfig
from hub.methods.scad.model import OneStepGenerator
from hub.methods.training import save_weights
from tests.eval.made import Pixels, figure
from tests.eval.test_reference import rows as made_rows

SMALL = GeneratorConfig(noise=4, cond=16, widths=(16, 16, 8, 8))
LITE2, WITNESS = "KID (EfficientNet-Lite2)", "KID (witness)"


def kids(lite2: float, witness: float) -> Figures:
    """The figures that decide, and one that does not."""
    made = [figure(LITE2, lite2, 0, 1, 9, "e@1"), figure(WITNESS, witness, 0, 1, 9, "w@1")]
    made.append(figure("image-text score (embedded judge)", lite2, 0, 1, 9, "j@1"))
    return {one.name: one for one in made}


@pytest.mark.parametrize(
    ("run", "served"),
    [
        ((0.1, 0.01), "run"),
        ((0.3, 0.01), "entry: the spaces disagree"),
        ((0.1, 0.03), "entry: the spaces disagree"),
        ((0.3, 0.03), "entry"),
        ((0.2, 0.02), "entry"),
    ],
)
def test_a_run_is_served_where_its_kid_is_lower_in_both_spaces(run: tuple[float, float], served: str) -> None:
    assert decide(kids(0.2, 0.02), kids(*run)) == served
    grid = make_decisions({"one": {0: kids(0.2, 0.02)}, "one (run)": {0: kids(*run)}, "two": {0: kids(0, 0)}})
    assert [(row[0], row[-1]) for row in grid.rows] == [("one", served)]
    assert grid.rows[0][1].startswith("0.2000 against ")


def save_small(path: Path, **training: object) -> Path:
    """A checkpoint that no training made."""
    save_weights(path / "model.safetensors", OneStepGenerator(SMALL).state_dict(), SMALL, {"styles": [], **training})
    return path


def test_pairs_are_entries_and_runs_of_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "cache_dir", lambda: tmp_path / "cache")
    for name in ("scad", "galip", "no-entry"):
        save_small(tmp_path / name)
    (tmp_path / "scad-mi").mkdir()
    pairs = find_pairs(tmp_path)
    assert [one.arm for one in pairs] == ["galip", "galip (run)", "scad", "scad (run)"]
    assert pairs[0].generator is GENERATORS["galip"]
    assert pairs[1].generator.weights == (tmp_path / "galip" / "model.safetensors",)
    assert len({one.folder for one in pairs}) == 4


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    torn = save_small(tmp_path / "torn") / "model.safetensors"
    torn.write_bytes(torn.read_bytes()[:-8])
    with pytest.raises(MissingFile, match="damaged"):
        open_run(tmp_path / "torn", "galip")
    other = tmp_path / "other" / "model.safetensors"
    save_weights(other, OneStepGenerator(SMALL).state_dict(), {"layers": 3}, {"styles": []})
    with pytest.raises(DataError, match="no one-step generator"):
        open_run(tmp_path / "other", "galip")


def test_the_validation_reference_is_of_its_rows(
    tmp_path: Path, encoders: dict[str, Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference_command, "cache_dir", lambda: tmp_path)
    found = load_validation(
        made_rows([Image.new("RGB", (4, 4), (i, 0, 0)) for i in range(12)]), FeatureStore(tmp_path / "f")
    )
    assert (found.features["witness"][:, 0] * 255).round().tolist() == list(range(12))
    assert set(found.features) == {"efficientnet-lite2", "witness"}


def test_runs_are_measured_drawn_and_decided_on(
    reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, out = tmp_path / "runs", tmp_path / "out"
    (runs / "galip").mkdir(parents=True)
    shutil.copyfile(GENERATORS["galip"].weights[0], runs / "galip" / "model.safetensors")
    monkeypatch.setattr(candidates, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.setattr(candidates, "load_rows", lambda split: [{"image": Image.new("RGB", (64, 64), "red")}] * 48)
    monkeypatch.setattr(candidates, "load_validation", lambda rows, store: reference)
    done = CliRunner().invoke(make_command(main, ""), ["--runs", str(runs), "--out", str(out)])
    assert done.exit_code == 0, done.output
    text = (out / "candidates.md").read_text()
    assert RULE in text
    (decided,) = [line for line in text.splitlines() if line.startswith("| galip |") and " against " in line]
    assert decided.endswith("| entry |")
    assert list(json.loads((out / "candidates.json").read_text())["groups"]) == ["galip", "galip (run)"]
    sheet = Image.open(out / "galip.png")
    assert sheet.getpixel((10, 30)) == (255, 0, 0)
    assert sheet.width == 4 + 9 * 68
    entry, run = (sheet.crop((4 + 68 * i, 22, 4 + 68 * (i + 4), sheet.height)).tobytes() for i in (1, 5))
    assert entry == run
