"""Pictures of the compositional set in a folder, from manifest to figures; shares against closed forms."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from eval.composition.measure_composition import measure_composition
from eval.features.feature_store import FeatureStore
from eval.features.sources import load_pictures
from eval.metrics import METRICS, Composition, Features
from eval.statistics import wilson
from hub.errors import DataError
from hub.prompt_sets.compositional import Task, list_expectations, set_digest
from tests.eval.test_score import encoders as encoders  # noqa: PLC0414 - a fixture
from tests.eval.test_score import run

TASKS = {
    "count accuracy": Task.counting,
    "colour accuracy": Task.colour,
    "position accuracy": Task.position,
    "two things apart": Task.two_objects,
}


def measured(name: str, prompts: list[int], task: str, seen: list[bool]) -> tuple[float, float, float, int]:
    """A figure of pictures of one task."""
    made = Composition(np.array(prompts), (task,) * len(prompts), np.array(seen), "rule@set")
    nothing = Features(np.arange(0), np.empty((0, 0)), "", composition=made)
    found = METRICS[name](nothing, nothing)
    assert found.encoder == "rule@set"
    return found.value, found.low, found.high, found.n


@pytest.mark.parametrize(("name", "task"), TASKS.items())
def test_a_share_has_wilsons_interval_over_prompts(name: str, task: Task) -> None:
    seen = [True] * 12 + [False] * 28
    assert measured(name, list(range(40)), task, seen) == pytest.approx((0.3, *wilson(0.3, 40), 40))
    assert measured(name, list(range(40)), task, [False] * 40) == pytest.approx((0, *wilson(0, 40), 40))
    twice = measured(name, list(range(40)) * 2, task, seen * 2)  # a second picture that says the same tells nothing
    assert twice == pytest.approx((0.3, *wilson(0.3, 40), 40), rel=0.02)
    every = measured(name, [0] * 30 + list(range(1, 11)), task, [True] * 30 + [False] * 10)  # prompts count alike
    assert every[0] == pytest.approx(1 / 11)


def test_pictures_of_other_tasks_do_not_count() -> None:
    made = Composition(np.arange(20), (Task.counting,) * 10 + (Task.colour,) * 10, np.arange(20) < 10, "rule@set")
    nothing = Features(np.arange(0), np.empty((0, 0)), "", composition=made)
    assert (METRICS["count accuracy"](nothing, nothing).value, METRICS["colour accuracy"](nothing, nothing).value) == (
        1,
        0,
    )
    with pytest.raises(DataError, match="Too few prompts for an interval, 0"):
        METRICS["position accuracy"](nothing, nothing)


def make_folder(folder: Path) -> Path:
    """Twelve counts, every third one short of a thing, and two pictures of prompts that are of no set."""
    folder.mkdir()
    lines = []
    counts = [text for text, one in list_expectations().items() if one.task is Task.counting and len(one.things) < 4]
    for number, text in enumerate([*counts[:12], "a plum", "a pear"]):
        things = list_expectations()[text].things if number < 12 else ()
        image = Image.new("RGB", (64, 64), "white")
        for place in range(len(things) - (number % 3 == 0)):
            ImageDraw.Draw(image).ellipse((4 + 20 * place, 20, 16 + 20 * place, 32 + number), "#1f5fd0")
        image.save(folder / f"{number}.png")
        told = {"prompt_set": "compositional", "prompt_category": "count"} if number < 12 else {}
        told = {"prompt_set": "fruit", "prompt_category": "stone"} if number == 12 else told
        lines.append(json.dumps({"file": f"{number}.png", "prompt": text, "seed": number, **told}))
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def test_what_a_folder_shows_is_told_by_the_prompts_of_its_manifest(tmp_path: Path) -> None:
    folder, store = make_folder(tmp_path / "x"), FeatureStore(tmp_path / "features.sqlite")
    prompts = {
        f"{n}.png": json.loads(line)["prompt"]
        for n, line in enumerate((folder / "manifest.jsonl").read_text().splitlines())
    }
    made, broken = measure_composition(load_pictures(str(folder)), prompts, store, "x")
    assert made is not None and broken == ()
    assert (len(made.seen), int(made.seen.sum()), {*made.tasks}) == (12, 8, {Task.counting})
    assert made.rule.endswith(f"@{set_digest()}")
    assert measure_composition(load_pictures(str(folder)), {"0.png": "a plum"}, store, "x") == (None, ())
    (folder / "5.png").write_bytes(b"torn")
    made, broken = measure_composition(load_pictures(str(folder)), prompts, store, "x")
    assert made is not None and len(made.seen) == 11
    assert [one.name for one in broken] == ["5.png"]


def test_score_tells_compositions_and_figures_by_category(tmp_path: Path, encoders: dict[str, object]) -> None:
    folder = make_folder(tmp_path / "x")
    code, out, err = run(folder, "--encoders", "reader", "--json")
    assert code == 0, err
    content = json.loads(out)
    (count,) = (one for one in content["figures"] if one["metric"] == "count accuracy")
    assert (count["value"], count["n"], count["space"]) == (pytest.approx(8 / 12), 12, "")
    assert "position accuracy and two things apart: Too few prompts for an interval, 0" in err
    part, few = (one for one in content["by_category"] if one["figure"] or one["lacking"]["space"] == "Reader")
    assert (part["prompt_set"], part["category"], part["figure"]["n"]) == ("compositional", "count", 12)
    assert part["figure"]["metric"] == few["lacking"]["metric"] == "image-text score (Reader)"
    assert (few["category"], few["prompts"], few["figure"]) == ("stone", 1, None)
    assert "fruit: stone: no image-text score (Reader): Too few prompts for an interval, 1" in err
    (whole,) = (one for one in content["figures"] if one["metric"] == "image-text score (Reader)")
    assert whole["n"] == 14 and whole["value"] != part["figure"]["value"]
    code, out, _ = run(folder, "--encoders", "reader")
    assert "by category of the prompts" in out and "compositional: count" in out.replace("\n", " ")


def test_a_folder_of_other_prompts_says_what_compositions_need(tmp_path: Path, encoders: dict[str, object]) -> None:
    folder = make_folder(tmp_path / "x")
    lines = (folder / "manifest.jsonl").read_text().splitlines()
    others = [json.dumps(json.loads(line) | {"prompt": f"thing {n}"}) for n, line in enumerate(lines)]
    (folder / "manifest.jsonl").write_text("\n".join(others) + "\n")
    code, out, err = run(folder, "--encoders", "reader", "--json")
    assert code == 0
    assert "two things apart: Prompts of the compositional set are needed" in err
    assert not [one for one in json.loads(out)["figures"] if one["space"] == ""]
