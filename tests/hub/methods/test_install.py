"""From a training to the roster: a tiny run is installed into a folder of weights, and its card gets its figures."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from hub.errors import HubError
from hub.generators.facts import facts
from hub.generators.model_folder import read_model
from hub.methods.scad.config import ARMS, GeneratorConfig
from hub.methods.scad.train import train
from hub.weights.install import install
from hub.weights.measured_card import BEGIN, END, write_measured
from hub.weights.rules import faults

TINY = GeneratorConfig(noise=8, cond=8, widths=(8, 8, 8, 8))


@pytest.fixture(scope="module")
def run(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two steps."""
    out = tmp_path_factory.mktemp("runs") / "tiny"
    train(replace(ARMS["galip"], images=8, batch=4, generator=TINY), pack, out)
    return out


def test_a_run_is_installed_with_its_log_card_and_entry(run: Path, tmp_path: Path) -> None:
    place = install(run, weights=tmp_path)
    assert {path.name for path in place.iterdir()} == {"model.safetensors", "log.csv", "README.md", "entry.toml"}
    entry = read_model(place, "tiny")
    assert faults(place, "one-step", entry.licence, facts(entry).parameters or 0) == []  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_a_card_keeps_its_text_and_gets_the_figures_between_its_marks(run: Path, tmp_path: Path) -> None:
    place = install(run, weights=tmp_path)
    card, metrics = place / "README.md", tmp_path / "metrics.json"
    fd = {"metric": "FD", "space": "witness", "value": 15.339, "low": 14.9, "high": 15.8, "n": 800, "encoder": "w@1"}
    metrics.write_text(json.dumps({"figures": [fd, {"metric": "drift", "reason": "no base"}]}))
    card.write_text(card.read_text() + f"\nOurs.\n\n{BEGIN}\nold\n{END}\n\nLimits.\n")
    write_measured(card, metrics)
    text = card.read_text()
    assert "Ours." in text and "Limits." in text and "\nold\n" not in text
    assert "| FD (witness) | 15.34 | 14.9 to 15.8 | 800 | `w@1` |" in text
    assert "drift" not in text
    write_measured(card, metrics)
    assert card.read_text() == text
    assert install(run, weights=tmp_path) == place, "it may be installed again"
    assert card.read_text() == text


@pytest.mark.parametrize("how", ["single", "torn", "large", "none", "flat", "shape", "other", "name"])
def test_what_is_not_as_it_must_be_is_said_and_nothing_changes(run: Path, tmp_path: Path, how: str) -> None:
    bad, weights = tmp_path / "bad", tmp_path / "weights"
    weights.mkdir()
    shutil.copytree(run, bad)
    path = bad / "model.safetensors"
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    state, name, said = load_file(path), "", "no generator"
    match how:
        case "single":
            save_file({key: value.float() for key, value in state.items()}, path, metadata)
            said = "not in half precision"
        case "torn":
            path.write_bytes(path.read_bytes()[:-8])
            said = "damaged"
        case "large":
            save_file({**state, "more": torch.zeros(3_000_000, dtype=torch.float16)}, path, metadata)
            said = "may have 5 MB"
        case "none":
            path.unlink()
        case "flat":
            save_file({key: torch.zeros_like(value) for key, value in state.items()}, path, metadata)
            said = "of one colour"
        case "shape":
            save_file(
                {key: value[:1].clone() if value.dim() else value for key, value in state.items()}, path, metadata
            )
            said = "has other sizes than its config says"
        case "other":
            save_file(state, path, metadata | {"config": '{"width": 8}'})
            said = f"{path} is no one-step generator of hub.methods.scad"
        case "name":
            name, said = "No Name", "can't be a generator's name"
    with pytest.raises(HubError, match=said) as refused:
        install(bad, name, weights)
    assert "\n" not in str(refused.value)
    assert list(weights.iterdir()) == []


def test_a_card_that_says_another_training_is_named_and_what_it_lacks(run: Path, tmp_path: Path) -> None:
    card = install(run, weights=tmp_path) / "README.md"
    told = card.read_text().replace("| images seen | 8 |", "| images seen | 9 |")
    card.write_text(told)
    with pytest.raises(HubError, match=rf"{card} does not say '\| images seen \| 8'"):
        install(run, weights=tmp_path)
    assert card.read_text() == told


def test_a_checkpoint_without_a_card_or_without_what_a_card_must_say_is_named(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(2).half()}, tmp_path / "model.safetensors", {"training": '{"seed": 1}'})
    (said,) = faults(tmp_path, "one-step", "CC0-1.0", 2)
    assert said == f"{tmp_path} has no card: write a README.md that says what the model is and how it was made."
    (tmp_path / "README.md").write_text("# mine\n")
    (said,) = faults(tmp_path, "one-step", "CC0-1.0", 2)
    assert "does not say images_seen, minutes, command, split of its training: write it by save_weights" in said
