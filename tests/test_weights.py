"""The embedded checkpoints: half precision, small, and cards that say what their metadata says."""

from pathlib import Path

import pytest
from safetensors import safe_open

from hub.encoders import TRAINED
from hub.generators import GENERATORS, Generator
from hub.generators.facts import facts
from hub.methods.scad.config import ARMS
from hub.pixel_pipeline_folder import UNCLIP_FORM, is_pipeline
from hub.weights.measured_card import BEGIN, END, measured_part
from hub.weights.rules import card_lines, faults, training_of

ROOT = Path(__file__).parent.parent
WEIGHTS = ROOT / "hub" / "weights"
CARDS = sorted(path.parent for path in WEIGHTS.glob("*/README.md"))
ENTRIES = [entry for entry in GENERATORS if entry.weights]  # hidden ones too
METHOD = {"name", "experts", "san", "mi", "minutes"}  # in which arms differ; a limit of minutes is no part of a recipe
FILES = sorted(WEIGHTS.rglob("*.safetensors"))


def test_every_checkpoint_has_a_card() -> None:
    assert {path.name for path in CARDS} == {*TRAINED, "damsm", *(entry.name for entry in ENTRIES)}
    assert {*ARMS, "diffusion", "unclip"} <= {entry.name for entry in ENTRIES}


def test_the_arms_were_trained_alike_but_for_their_method() -> None:
    """On a CPU by equal images; side by side on one GPU for equal minutes, to the step at which time was up."""
    facts = [training_of(WEIGHTS / arm) for arm in ARMS]
    assert [one["arm"]["name"] for one in facts] == list(ARMS)
    same = {tuple(str(one[name]) for name in ("seed", "device", "split", "styles")) for one in facts}
    recipes = [{name: value for name, value in one["arm"].items() if name not in METHOD} for one in facts]
    assert len(same) == 1
    assert all(recipe == recipes[0] for recipe in recipes)
    minutes = [one["minutes"] for one in facts]
    if facts[0]["device"].startswith("CPU"):
        assert len({one["images_seen"] for one in facts}) == 1
    else:
        assert max(minutes) <= 1.01 * min(minutes)
        assert all(one["images_seen"] < one["arm"]["images"] for one in facts)  # time ended them, not their images


@pytest.mark.parametrize("arm", ARMS)
def test_a_cards_measured_part_is_what_came_with_the_checkpoint(arm: str) -> None:
    card = (WEIGHTS / arm / "README.md").read_text(encoding="utf-8")
    assert f"{BEGIN}\n{measured_part(WEIGHTS / arm / 'metrics.json')}\n{END}" in card


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_generators_checkpoint_and_card_are_as_they_must_be(entry: Generator) -> None:
    kind = "caption-diffusion" if (WEIGHTS / entry.name / "model_index.json").exists() else "one-step"
    kind = "unclip" if is_pipeline(WEIGHTS / entry.name, UNCLIP_FORM) else kind
    assert faults(WEIGHTS / entry.name, kind, entry.licence, facts(entry).parameters or 0) == []


@pytest.mark.parametrize("name", [*TRAINED, "damsm"])
def test_an_encoders_checkpoint_is_in_half_precision_and_its_card_says_what_the_metadata_says(name: str) -> None:
    folder, kinds = WEIGHTS / name, set[str]()
    for path in folder.rglob("*.safetensors"):
        with safe_open(path, "numpy") as file:
            kinds |= {file.get_slice(key).get_dtype() for key in file.keys()}  # noqa: SIM118 - not a mapping
    assert kinds <= {"F16", "I64"}
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert [line for line in card_lines(training_of(folder), 0)[1:] if line not in card] == []


def test_checkpoints_fit_their_limits() -> None:
    sizes = {folder.name: sum(f.stat().st_size for f in folder.rglob("*.safetensors")) for folder in CARDS}
    assert sizes["witness"] <= 3 * 2**20
    assert sum(path.stat().st_size for path in FILES) <= 75_000_000  # of six methods


def test_the_repository_can_travel() -> None:
    files = [path for folder in ("hub", "eval", "tests") for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files if path.suffix != ".pyc") < 85_000_000
