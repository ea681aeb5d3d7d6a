"""The embedded checkpoints: half precision, small, and cards that say what their metadata says."""

import json
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open

from hub.generators import roster
from hub.generators.facts import facts
from hub.methods.scad.config import ARMS

ROOT = Path(__file__).parent.parent
WEIGHTS = ROOT / "hub" / "weights"
CARDS = sorted(path.parent for path in WEIGHTS.glob("*/README.md"))
METHOD = {"name", "experts", "san", "mi", "minutes"}  # in which arms differ; a limit of minutes is no part of a recipe
FILES = sorted(WEIGHTS.rglob("*.safetensors"))


def training(folder: Path) -> dict[str, Any]:
    """The facts of a checkpoint's training, from its metadata."""
    for path in sorted(folder.rglob("*.safetensors")):
        with safe_open(path, "numpy") as file:
            found = json.loads((file.metadata() or {}).get("training", "{}"))
        if found:
            return dict(found)
    raise AssertionError(f"{folder} has no checkpoint with its training's facts")


def test_every_checkpoint_has_a_card() -> None:
    assert {path.name for path in CARDS} == {*ARMS, "diffusion", "judge", "guide", "witness"}
    assert {generator.name for generator in roster()} <= {path.name for path in CARDS}


def test_the_arms_were_trained_alike_but_for_their_method() -> None:
    facts = [training(WEIGHTS / arm) for arm in ARMS]
    assert [one["arm"]["name"] for one in facts] == list(ARMS)
    budgets = [tuple(str(one[name]) for name in ("images_seen", "seed", "device", "split", "styles")) for one in facts]
    recipes = [{name: value for name, value in one["arm"].items() if name not in METHOD} for one in facts]
    assert len(set(budgets)) == 1
    assert all(recipe == recipes[0] for recipe in recipes)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(WEIGHTS)))
def test_checkpoints_are_half_precision(path: Path) -> None:
    with safe_open(path, "numpy") as file:
        kinds = {file.get_slice(key).get_dtype() for key in file.keys()}  # noqa: SIM118
    assert kinds <= {"F16", "I64"}


@pytest.mark.parametrize("folder", CARDS, ids=lambda path: path.name)
def test_a_card_says_what_the_metadata_says(folder: Path) -> None:
    card, known = (folder / "README.md").read_text(encoding="utf-8"), training(folder)
    assert f"| images seen | {known['images_seen']:,}" in card
    assert f"| seed | {known['seed']} |" in card
    assert f"`{known['command']}`" in card
    assert f"| minutes | {known['minutes']:g}" in card
    assert known["split"] in card
    assert "[the weights' README](../README.md)" in card


@pytest.mark.parametrize("generator", roster(), ids=lambda generator: generator.name)
def test_a_generators_card_names_size_and_licence(generator: Any) -> None:
    card = (WEIGHTS / generator.name / "README.md").read_text(encoding="utf-8")
    assert f"| parameters | {facts(generator).parameters:,} |" in card
    assert f"license: {generator.licence.lower()}\n" in card


def test_checkpoints_fit_their_limits() -> None:
    sizes = {folder.name: sum(f.stat().st_size for f in folder.rglob("*.safetensors")) for folder in CARDS}
    assert sizes["witness"] <= 3 * 2**20
    assert max(sizes[arm] for arm in ARMS) <= 5_000_000
    assert sizes["diffusion"] <= 10_000_000
    assert sum(path.stat().st_size for path in FILES) <= 45_000_000


def test_the_repository_can_travel() -> None:
    files = [path for folder in ("hub", "eval", "tests") for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 60_000_000
