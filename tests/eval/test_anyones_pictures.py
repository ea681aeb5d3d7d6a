"""Anyone's pictures, scored by one command: as tools leave them, several generators side by side, in a report."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from eval import own_pictures, report, scored_sets
from eval.encoders import ENCODERS
from eval.features.reference_features import Reference, read_reference
from eval.metrics import METRICS
from eval.metrics.resamples import Resampled, paired_interval, resample_mean
from eval.sample import draw_requests
from hub.command import make_command
from hub.engine.local_engine import LocalEngine
from hub.prompt_sets.compositional import list_expectations
from hub.prompt_sets.own_sets import load_caption_set
from tests.asking import asking
from tests.eval import made
from tests.eval.made import vote
from tests.eval.metrics.made import bundle
from tests.eval.picture_records import made_pictures
from tests.eval.picture_records.made_pictures import PROMPTS, save
from tests.eval.test_score import Coarse, run


@pytest.fixture
def coarse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Coarse]:
    """Made-up encoders in place of the registered ones, and a cache of its own."""
    found = {name: Coarse(name, name == "reader") for name in ("coarse", "reader")}
    ENCODERS.discover()
    monkeypatch.setattr(ENCODERS, "_items", found)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return found


def scored(*arguments: Any, code: int = 0) -> tuple[dict[str, Any], str]:
    """The JSON of a run of eval.score, and what it said beside."""
    got, out, err = run(*arguments, "--json")
    assert got == code, err
    return json.loads(out), err


@pytest.mark.parametrize(
    ("make", "arguments", "said"),
    [
        (made_pictures.webui_folder, [], "(sd_xl_base_1.0): prompts, seeds and generators from the pictures' own text"),
        (made_pictures.comfy_folder, [], "(juggernaut): prompts, seeds and generators from the pictures' own text"),
        (made_pictures.script_folder, ["--name-pattern", "{prompt}_{seed}"], "prompts and seeds from --name-pattern."),
    ],
)  # fmt: skip
def test_a_folder_as_a_tool_leaves_it_is_scored_by_its_prompts_in_one_command(
    make: Callable[[Path], Path], arguments: list[str], said: str, tmp_path: Path, coarse: dict[str, Coarse]
) -> None:
    folder = make(tmp_path / "x")
    content, err = scored(folder, *arguments, "--encoders", "reader")
    found = {one["metric"]: one["n"] for one in content["figures"]}
    assert found["image-text score (Reader)"] == found["R@1 (Reader)"] == len(PROMPTS)
    assert f"Read {len(PROMPTS)} pictures" in err
    assert said in err
    assert content["read"][0] in err
    assert scored(folder, *arguments, "--encoders", "reader")[0] == content
    assert coarse["reader"].loaded == 1  # a second run takes the features that are kept


def two(folder: Path, shift: int, prompts: int = 14, lacking: int = 0) -> Path:
    """Two generators of the same prompts, two pictures each; the second is brighter by ``shift``, and lacks some."""
    rows, rng = [], np.random.default_rng(0)
    (folder).mkdir()
    for n in range(2 * prompts):
        pixels = rng.integers(0, 150, (9, 9, 3))
        for name, more in (("dark", 0), ("light", shift)):
            drawn = pixels + more + rng.integers(0, 9, pixels.shape)
            if name == "light" and n // 2 < lacking:
                continue
            file = f"{name}-{n}.png"
            Image.fromarray(drawn.astype(np.uint8)).save(folder / file)
            rows.append({"file_name": file, "prompt": "a" * (1 + n // 2), "seed": n % 2, "generator": name})
    (folder / "metadata.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder


def of(content: dict[str, Any], generator: str) -> dict[str, Any]:
    """A generator's figures by metric, without its name."""
    return {one["metric"]: one | {"generator": ""} for one in content["figures"] if one["generator"] == generator}


def test_generators_of_one_folder_are_scored_as_if_each_had_a_folder_of_its_own(
    tmp_path: Path, coarse: dict[str, Coarse]
) -> None:
    folder, others = two(tmp_path / "x", 60), two(tmp_path / "y", 0)
    given = ["--reference", others, "--encoders", "coarse,reader"]
    content, err = scored(folder, *given)
    assert content["generators"] == ["dark", "light"]
    for name in ("dark", "light"):
        own = tmp_path / name
        own.mkdir()
        for path in folder.glob(f"{name}-*.png"):
            (own / path.name).write_bytes(path.read_bytes())
        lines = [line for line in (folder / "metadata.jsonl").read_text().splitlines() if f'"{name}"' in line]
        (own / "metadata.jsonl").write_text("\n".join(lines).replace(f', "generator": "{name}"', ""))
        alone = {one["metric"]: one for one in scored(own, *given)[0]["figures"]}
        both = of(content, name)
        assert alone.keys() == both.keys()
        for metric, one in alone.items():
            assert [both[metric][end] for end in ("low", "value", "high")] == pytest.approx(
                [one[end] for end in ("low", "value", "high")], rel=1e-9, abs=1e-12
            )
    assert "Read 56 pictures of 2 generators (dark, light): prompts, seeds and generators from metadata.jsonl." in err


def test_differences_are_those_of_the_figures_and_narrower_than_without_pairs(
    tmp_path: Path, coarse: dict[str, Coarse]
) -> None:
    content, _ = scored(two(tmp_path / "x", 20, 40), "--encoders", "coarse,reader")
    dark, light = of(content, "dark"), of(content, "light")
    found = {one["metric"]: one for one in content["differences"]}
    assert {"image-text score (Reader)", "R@1 (Reader)", "PPD (Coarse)", "Vendi (Coarse)"} <= found.keys()
    for metric, one in found.items():
        assert (one["generator"], one["other"]) == ("dark", "light")
        assert one["value"] == pytest.approx(dark[metric]["value"] - light[metric]["value"], abs=1e-12)
        assert one["low"] <= one["value"] <= one["high"]
    one = found["image-text score (Reader)"]
    apart = np.hypot(*(figures["image-text score (Reader)"]["high"] - figures["image-text score (Reader)"]["low"]
                       for figures in (dark, light)))  # fmt: skip
    assert one["high"] - one["low"] < 0.7 * apart
    assert one["n"] == 40


def test_differences_are_on_the_prompts_that_all_have(tmp_path: Path, coarse: dict[str, Coarse]) -> None:
    fewer, same = two(tmp_path / "x", 20, 20, lacking=4), two(tmp_path / "y", 20, 20)
    content, _ = scored(fewer, "--encoders", "coarse,reader")
    lines = [line for line in (same / "metadata.jsonl").read_text().splitlines() if len(json.loads(line)["prompt"]) > 4]
    (same / "metadata.jsonl").write_text("\n".join(lines))
    whole, _ = scored(same, "--encoders", "coarse,reader", code=1)
    assert {one["n"] for one in of(content, "dark").values()} == {20}
    assert [one["n"] for one in content["differences"]] == [16] * len(content["differences"])
    by_name = {one["metric"]: one for one in whole["differences"]}
    assert by_name.keys() == {one["metric"] for one in content["differences"]}
    for one in content["differences"]:
        if one["metric"] == "R@1 (Reader)":
            continue  # among the other prompts there are other texts to be mistaken for
        assert [one[end] for end in ("low", "value", "high")] == pytest.approx(
            [by_name[one["metric"]][end] for end in ("low", "value", "high")], rel=1e-6
        ), one["metric"]


def test_two_generators_stand_side_by_side_in_one_table_that_fits_a_terminal(
    tmp_path: Path, coarse: dict[str, Coarse]
) -> None:
    code, out, err = run(two(tmp_path / "x", 60), "--reference", two(tmp_path / "y", 0), "--encoders", "coarse")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert next(line for line in out.splitlines() if "dark" in line).split() == [
        "┃",
        "Metric",
        "┃",
        "dark",
        "┃",
        "light",
        "┃",
        "N",
        "┃",
    ]
    assert "Coarse: differences, paired by prompt" in out
    assert "dark - light" in out
    assert "better: " in out
    assert err.count("Vendi: order 1") == 1  # what is said of both is said once


def test_a_manifest_of_several_generators_is_scored_apart(tmp_path: Path, coarse: dict[str, Coarse]) -> None:
    """Such as eval.sample draws, and such as the folder that the tab Compare saves."""
    folder = tmp_path / "x"
    draw_requests(LocalEngine(), "mock", [asking("a" * (1 + n), 0) for n in range(12)], folder)
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    for number, line in enumerate(lines):
        save(folder / f"{number}.png", number)
        line |= {"file": f"{number}.png", "generator": "other"}
    with (folder / "manifest.jsonl").open("a") as file:
        file.write("".join(f"{json.dumps(line)}\n" for line in lines))
    content, _ = scored(folder, "--encoders", "reader")
    assert content["generators"] == ["mock", "other"]
    assert {one["n"] for one in content["figures"]} == {12}


def test_generators_of_pictures_without_prompts_are_scored_apart(tmp_path: Path, coarse: dict[str, Coarse]) -> None:
    for n in range(24):
        save(tmp_path / "x" / "ab"[n % 2] / f"{n}.png", n)
        if n % 2:
            save(tmp_path / "b" / f"{n}.png", n)
    content, err = scored(tmp_path / "x", "--name-pattern", "{generator}/{seed}", "--encoders", "coarse")
    alone, _ = scored(tmp_path / "b", "--encoders", "coarse")
    assert (content["generators"], content["differences"]) == (["a", "b"], [])
    assert of(content, "b") == of(alone, "")
    assert "Read 24 pictures of 2 generators (a, b): without prompts." in err


def test_the_real_test_images_are_a_reference_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    ENCODERS.discover()
    monkeypatch.setattr(ENCODERS, "_items", made.encoders() | {"other": Coarse("other", False)})
    path = made.reference_file(tmp_path / "test.safetensors")
    monkeypatch.setattr(scored_sets, "read_reference", lambda: read_reference(path))
    captions = read_reference(path).captions
    folder = tmp_path / "x"
    for n, caption in enumerate(captions):
        save(folder / f"{n}.png", n, prompt=caption, seed=str(n))
    content, err = scored(folder, "--reference", "test", "--encoders", "witness,judge")
    found = {one["metric"]: one for one in content["figures"]}
    assert found["FD (witness)"]["n"] == len(captions)
    assert "reference similarity (witness)" in found  # prompts are pairs
    assert "Reference: the real test images with their captions." in err
    (folder / "0.png").unlink()
    content, _ = scored(folder, "--reference", "test", "--encoders", "witness")
    assert "reference similarity (witness)" not in {one["metric"] for one in content["figures"]}
    code, _, err = run(folder, "--reference", "test", "--encoders", "other")
    assert (code, "kept as features by efficientnet-lite2 and witness, not by other" in err) == (2, True)
    monkeypatch.chdir(tmp_path)
    two(tmp_path / "test", 0)
    _, err = scored(folder, "--reference", "test", "--encoders", "other")
    assert "Reference: 56 pictures of 2 generators" in err  # a folder of that name is meant


def test_pictures_that_cant_be_used_are_named_with_the_reason(tmp_path: Path, coarse: dict[str, Coarse]) -> None:
    folder = made_pictures.comfy_folder(tmp_path / "x")
    save(folder / "bomb.png", 99, invokeai_metadata="{")
    save(folder / "plain.png", 98)
    (folder / "torn.png").write_bytes(b"torn")
    content, err = scored(folder, "--encoders", "reader", code=1)
    told = {one["name"]: one["reason"] for one in content["broken"]}
    assert told["plain.png"] == "its own text names no prompt"
    assert told["bomb.png"].startswith("its text 'invokeai_metadata' is no JSON")
    assert told.keys() == {"plain.png", "bomb.png", "torn.png"}
    assert "3 images can't be used and are left out:" in err


@pytest.mark.parametrize("metric", [one for one in METRICS if isinstance(one, Resampled)], ids=lambda one: one.name)
def test_a_figure_does_not_differ_from_itself_and_varies_as_its_own_interval_says(metric: Any) -> None:
    drawn, reference = bundle(60, 2, shift=0.5), bundle(60, 1, 1)
    one, again = metric.resample(drawn, reference), metric.resample(bundle(60, 2, shift=0.5), bundle(60, 1, 1))
    assert one.draws == pytest.approx(again.draws)
    measured = metric(drawn, reference)
    spread = 1.96 * float(np.sqrt(one.draws.var(ddof=1) + one.apart))
    assert spread == pytest.approx((measured.high - measured.low) / 2, rel=0.35)
    assert len(one.prompts) == measured.n


def test_the_interval_of_a_difference_of_means_is_that_of_the_differences() -> None:
    """In closed form: 1.96 standard errors of the mean of one difference a prompt."""
    rng, prompts = np.random.default_rng(0), np.arange(400)
    shared, apart = rng.standard_normal((2, 400))
    one, other = shared + 5, shared + 0.1 * apart
    between = paired_interval(float((one - other).mean()), resample_mean(one, prompts), resample_mean(other, prompts))
    assert between is not None
    assert (between[1] - between[0]) / 2 == pytest.approx(1.96 * (one - other).std() / 20, rel=0.1)
    assert sum(between) / 2 == pytest.approx((one - other).mean())
    assert paired_interval(0.0, resample_mean(one, prompts), resample_mean(other, prompts + 1)) is None


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reference:
    """A small reference where pictures of one's own are measured."""
    ENCODERS.discover()
    monkeypatch.setattr(ENCODERS, "_items", made.encoders())
    path = made.reference_file(tmp_path / "test.safetensors")
    for module in (own_pictures, scored_sets):
        monkeypatch.setattr(module, "read_reference", lambda: read_reference(path))
    monkeypatch.setattr(own_pictures, "cache_dir", lambda: tmp_path / "cache")
    return read_reference(path)


def reported(tmp_path: Path, *arguments: object) -> dict[str, Any]:
    """The JSON of a report without metrics of the arena's own."""
    lines = [vote(n, "light", "dark", "a" if n % 3 else "b").model_dump_json() for n in range(30)]
    (tmp_path / "data" / "log").mkdir(parents=True, exist_ok=True)
    (tmp_path / "data" / "log" / "a.jsonl").write_text("\n".join(lines) + "\n")
    given = ["--votes", tmp_path / "data", "--no-metrics", "--out", tmp_path / "out", *arguments]
    done = CliRunner().invoke(make_command(report.main, ""), [str(one) for one in given])
    assert done.exit_code == 0, done.output
    content: dict[str, Any] = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    return content


def test_a_report_measures_given_pictures_beside_the_votes_of_the_same_names(tmp_path: Path, small: Reference) -> None:
    content = reported(tmp_path, "--pictures", two(tmp_path / "x", 60))
    found = {(one["generator"], one["metric"]) for one in content["metrics"]}
    assert {("dark", "image-text score (embedded judge)"), ("light", "PPD (witness)")} <= found
    assert "FD (witness)" not in {metric for _, metric in found}
    reasons = {one["metric"]: one["reason"] for one in content["missing"]}
    assert reasons["FD (witness)"].startswith("Its pictures are of other prompts than the real test images")
    assert {rating["generator"] for rating in content["questions"][0]["ratings"]} == {"dark", "light"}
    differences = {one["metric"]: one for one in content["differences"]}
    assert {"image-text score (embedded judge)", "PPD (witness)", "Vendi (EfficientNet-Lite2)"} <= differences.keys()
    assert not [metric for metric in differences if metric.startswith(("FD", "Vendi (embedded"))]
    values = {(one["generator"], one["metric"]): one["value"] for one in content["metrics"]}
    for metric, one in differences.items():
        assert (one["generator"], one["other"], one["n"]) == ("dark", "light", 14)
        assert one["value"] == pytest.approx(values["dark", metric] - values["light", metric], abs=1e-5)
    assert content["protocol"]["prompts"].startswith("14 prompts, SHA-256")
    page = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "dark - light" in page
    assert "The figures of dark and light are of pictures in x, 56 in all." in page
    reported(tmp_path, "--pictures", tmp_path / "x", "--language", "ja")
    page = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "The figures of" not in page
    assert "Its pictures are of other prompts" not in page


def test_given_pictures_of_the_held_out_captions_are_compared_with_the_real_images(
    tmp_path: Path, small: Reference
) -> None:
    for n, caption in enumerate(small.captions):
        save(tmp_path / "mine" / f"{n}.png", n, prompt=caption)
    (tmp_path / "mine" / "torn.png").write_bytes(b"torn")
    content = reported(tmp_path, "--pictures", tmp_path / "mine")
    figures = {one["metric"]: one for one in content["metrics"] if one["generator"] == "mine"}  # the folder's name
    assert figures["FD (witness)"]["n"] == len(small.captions)
    assert "the picture torn.png" in {one["metric"] for one in content["missing"]}


def test_each_generator_of_the_held_out_captions_is_compared_with_the_real_images_and_no_folder_called_test(
    tmp_path: Path, small: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [("same", caption) for caption in small.captions] + [("other", "a" * (1 + n)) for n in range(14)]
    rows = [
        {"file_name": f"{n}.png", "prompt": text, "generator": name} for n, (name, text) in enumerate(asked)
    ]  # fmt: skip
    for n in range(len(rows)):
        save(tmp_path / "mine" / f"{n}.png", n)
    (tmp_path / "mine" / "metadata.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    before = reported(tmp_path, "--pictures", tmp_path / "mine")
    compared = {one["generator"] for one in before["metrics"] if one["metric"] == "FD (witness)"}
    lacking = {one["generator"] for one in before["missing"] if one["metric"] == "FD (witness)"}
    assert (compared, lacking) == ({"same"}, {"other"})
    monkeypatch.chdir(tmp_path)
    made_pictures.comfy_folder(tmp_path / "test")
    assert reported(tmp_path, "--pictures", tmp_path / "mine")["metrics"] == before["metrics"]


def test_figures_by_category_of_given_pictures_are_in_the_report_whoever_drew_them(
    tmp_path: Path, small: Reference
) -> None:
    """A set that a prompt is from is known by its words; of a category of few prompts it is said that it is."""
    captions = [one.text for one in load_caption_set().prompts]
    styles = {name: [text for text in captions if text.endswith(f", in {name} style")] for name in ("Noto", "Fluent")}
    texts = [*styles["Noto"][:12], *styles["Fluent"][:4], *("a" * (1 + n) for n in range(3))]
    for n, text in enumerate(texts):  # files of the set's later category stand first
        save(tmp_path / "mine" / f"{99 - n}.png", n, prompt=text)
        if n == 0:
            save(tmp_path / "mine" / "again.png", 99, prompt=text)
    content = reported(tmp_path, "--pictures", tmp_path / "mine")
    noto, fluent = (one for one in content["prompt_categories"] if one["metric"].startswith("image-text"))
    whole = next(one for one in content["metrics"] if one["metric"] == "image-text score (embedded judge)")
    assert (noto["prompt_set"], noto["category"], noto["generator"]) == ("captions", "Noto", "mine")
    assert (noto["prompts"], noto["pictures"], noto["n"], whole["n"]) == (12, 13, 12, 19)
    assert noto["low"] < noto["value"] < noto["high"] and noto["value"] != whole["value"]
    assert (fluent["category"], fluent["prompts"], fluent["pictures"]) == ("Fluent", 4, 4)
    assert "value" not in fluent and fluent["reason"].startswith("Too few prompts for an interval, 4")
    page = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert re.search(r"captions: Noto \| mine \| 0\.\d+ \| .* to .* \| 12 \| 13", page)
    assert "captions: Fluent is missing: Too few prompts for an interval, 4" in page
    assert "captions: Noto" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_what_the_rule_sees_in_given_pictures_of_the_compositional_set_is_in_the_report(
    tmp_path: Path, small: Reference
) -> None:
    for n, text in enumerate(list_expectations()):
        if n < 12:
            save(tmp_path / "mine" / f"{n}.png", n, prompt=text)
    content = reported(tmp_path, "--pictures", tmp_path / "mine")
    (count,) = (one for one in content["metrics"] if one["metric"] == "count accuracy")
    assert (count["generator"], count["n"]) == ("mine", 12)
