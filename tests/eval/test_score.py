"""Scoring folders by a made-up encoder: figures, pairs, sets of their own, JSON, exit codes, and what is said."""

import json
import os
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner

from eval import score as score_module
from eval.encoders import ENCODERS, Checkpoint
from eval.encoders.pixels import Array32, resize_float
from eval.manifest import read_lines
from eval.metrics import METRICS, Takes
from eval.sample import draw_requests
from hub.command import make_command
from hub.engine.local_engine import LocalEngine
from hub.errors import DataError
from tests.asking import asking
from tests.eval.made import name_of


class Coarse:
    """Nine coarse colours; as a text encoder, random directions."""

    reads_text = False
    resized = "3 px"

    def __init__(self, name: str, reads_text: bool) -> None:
        self.name, self.title, self.reads_text, self.loaded = name, name.title(), reads_text, 0

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """None is needed."""
        return Checkpoint(Path("none"), "0" * 64)

    def load(self, checkpoint: Checkpoint, device: str) -> "Coarse":
        """Itself."""
        self.loaded += 1
        return self

    def prepare(self, image: Image.Image) -> Array32:
        """Pixels (3, 3, 3)."""
        return resize_float(image, 3)

    def __call__(self, pixels: Array32) -> Array32:
        """Coarse colours, (N, 27), of length 1."""
        flat = pixels.reshape(len(pixels), -1) / 255 + 0.01
        return np.asarray(flat / np.linalg.norm(flat, axis=1, keepdims=True), np.float32)

    def texts(self, texts: Sequence[str]) -> Array32:
        """Directions by length of text."""
        return self(np.stack([np.random.default_rng(len(t)).random((3, 3, 3), np.float32) * 255 for t in texts]))

    def cut(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Those of more than 20 letters."""
        return np.array([len(t) > 20 for t in texts])


@pytest.fixture(autouse=True)
def encoders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Coarse]:
    """The made-up encoders in place of the registered ones, and a cache of its own."""
    made = {name: Coarse(name, name == "reader") for name in ("coarse", "reader")}
    ENCODERS.discover()
    monkeypatch.setattr(ENCODERS, "_items", made)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made


def noise(folder: Path, number: int, seed: int, size: tuple[int, int] = (12, 10)) -> Path:
    """A folder of noise."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    for i in range(number):
        Image.fromarray(rng.integers(0, 256, (*size, 3), dtype=np.uint8)).save(folder / f"{i}.png")
    return folder


def run(*arguments: Any) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    result = CliRunner().invoke(make_command(score_module.main, "example"), [str(one) for one in arguments])
    return result.exit_code, result.stdout, result.stderr


def figures(*arguments: Any, code: int = 0) -> dict[str, Any]:
    """The figures by name."""
    got, out, err = run(*arguments, "--json")
    assert got == code, err
    return {one["metric"]: one for one in json.loads(out)["figures"]}


def of_images(title: str, *there: str) -> set[str]:
    """Every metric of images that needs nothing but what is there, as it is named in the space of this title."""
    able = (metric for metric in METRICS if metric.takes is Takes.images and {*metric.needs} <= {*there})
    return {f"{metric.name} ({title})" for metric in able}


def test_two_folders_of_unequal_size(tmp_path: Path, encoders: dict[str, Coarse]) -> None:
    x, y = noise(tmp_path / "x", 80, 0), noise(tmp_path / "y", 60, 1)
    made = figures(x, "--reference", y, "--encoders", "coarse")
    names = ("FD", "FD-infinity", "KID", "precision", "recall", "density", "coverage", "Vendi")
    assert {f"{name} (Coarse)" for name in names} <= set(made) <= of_images("Coarse", "reference") - {"PPD (Coarse)"}
    for one in made.values():
        assert one["low"] <= one["value"] <= one["high"]
        assert (one["n"], one["encoder"]) == (80, "coarse@000000000000")
    assert encoders["coarse"].loaded == 1
    assert figures(x, "--reference", y, "--encoders", "coarse") == made
    assert encoders["coarse"].loaded == 1


def test_without_a_reference_only_what_needs_none(tmp_path: Path) -> None:
    made = figures(noise(tmp_path / "x", 20, 0), "--encoders", "coarse,reader")
    able = of_images("Coarse") | of_images("Reader")
    assert {"Vendi (Coarse)", "Vendi (Reader)"} <= set(made) <= able - {"PPD (Coarse)", "PPD (Reader)"}


def test_every_figure_that_lacks_what_it_needs_is_named_with_that(tmp_path: Path) -> None:
    """None is left out in silence: with nothing but pictures, what each of the others would need is said, once."""
    code, out, err = run(noise(tmp_path / "x", 20, 0), "--encoders", "coarse,reader", "--json")
    content, pictures = json.loads(out), [metric for metric in METRICS if metric.takes is not Takes.cost]
    told = {name_of(one["metric"]).metric for one in (*content["figures"], *content["missing"])}
    assert (code, told) == (0, {metric.name for metric in pictures})
    assert all(name_of(one["metric"]).space == one["space"] for one in (*content["figures"], *content["missing"]))
    compared = [metric.name for metric in pictures if metric.needs == ("reference",) and metric.takes is Takes.images]
    assert {f"{name} (Coarse)" for name in compared} <= {one["metric"] for one in content["missing"]}
    assert err.count("Images to compare with are needed: name them with --reference.") == 1
    assert "No drift: Pictures drawn before are needed: name their folder with --before.\n" in err
    assert "No consistency (Reader): Pictures of the prompts in other words are needed" in err
    _, _, err = run(tmp_path / "x", "--encoders", "coarse")
    assert "No CLIP-I, CMMD, R@1, " in err
    assert "An encoder that embeds texts is needed: name one with --encoders, such as judge.\n" in err
    assert "No preference score: An encoder of a picture with its prompt is needed: name one with --enc" in err


def test_a_folder_in_place_of_a_manifest_is_told(tmp_path: Path) -> None:
    (noise(tmp_path / "x", 12, 0) / "manifest.jsonl").mkdir()
    code, out, err = run(tmp_path / "x", "--encoders", "coarse")
    assert (code, out) == (2, "")
    assert err.endswith(f"{tmp_path / 'x' / 'manifest.jsonl'}: Is a directory; mend that and run it again.\n")


def test_a_folder_of_samples_is_scored_by_its_prompts(tmp_path: Path, encoders: dict[str, Coarse]) -> None:
    jobs = [asking("a" * (1 + i), seed) for i in range(12) for seed in range(2)]
    draw_requests(LocalEngine(), "mock", jobs, tmp_path / "x")
    draw_requests(LocalEngine(), "mock", [job.with_seed(9) for job in reversed(jobs) if not job.seed], tmp_path / "y")
    made = figures(tmp_path / "x", "--reference", tmp_path / "y", "--encoders", "reader")
    assert {one["n"] for one in made.values()} == {12}
    names = ("image-text score", "R@1", "CLIP-I", "reference similarity", "PPD", "FD", "KID")
    assert {f"{name} (Reader)" for name in names} <= set(made)
    assert figures(tmp_path / "x", "--reference", tmp_path / "y", "--encoders", "reader") == made
    assert encoders["reader"].loaded == 1
    same = figures(tmp_path / "x", "--reference", tmp_path / "x", "--encoders", "reader")
    assert "CLIP-I (Reader)" not in same
    assert {one["n"] for one in same.values()} == {12}
    ends = [same["KID (Reader)"][end] for end in ("low", "value", "high")]
    assert ends == pytest.approx([0, 0, 0], abs=1e-12)  # both sides are of the same prompts, 2 images each


def test_a_japanese_prompt_is_scored_by_its_english_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    read = Coarse.texts

    def note(self: Coarse, texts: Sequence[str]) -> Array32:
        asked.extend(texts)
        return read(self, texts)

    monkeypatch.setattr(Coarse, "texts", note)
    jobs = [asking("赤いりんご", 0, read_as="red apple"), *(asking("a" * (1 + i), 0) for i in range(12))]
    draw_requests(LocalEngine(), "mock", jobs, tmp_path / "x")
    assert "image-text score (Reader)" in figures(tmp_path / "x", "--encoders", "reader")
    assert {"red apple", "a"} <= set(asked)
    assert "赤いりんご" not in asked


def test_prompts_that_the_text_tower_cannot_tell_apart_are_found_by_chance_and_told(tmp_path: Path) -> None:
    jobs = [asking(f"{'a' * 20} {letter}", 0) for letter in "abcdefghijkl"]
    draw_requests(LocalEngine(), "mock", jobs, tmp_path / "x")
    made = figures(tmp_path / "x", "--encoders", "reader")
    assert made["R@1 (Reader)"]["value"] == pytest.approx(1 / 12)
    assert "12 prompts are alike to the text encoder, and share a hit" in made["R@1 (Reader)"]["note"]
    assert "12 prompts are longer than the text encoder reads" in made["R@1 (Reader)"]["note"]
    assert "12 prompts are longer than the text encoder reads" in made["image-text score (Reader)"]["note"]


def test_a_table_and_notes_for_people(tmp_path: Path) -> None:
    x, y = noise(tmp_path / "x", 12, 0), noise(tmp_path / "y", 12, 1)
    code, out, err = run(x, "--reference", y, "--encoders", "coarse")
    assert code == 0
    assert "Coarse: coarse@000000000000" in out
    assert "KID" in out
    assert "N = 12 < 27 dimensions" in err
    assert "No PPD: Diversity needs" in err


def test_pictures_that_cant_be_read_are_listed_with_exit_code_1(tmp_path: Path) -> None:
    folder = noise(tmp_path / "x", 12, 0)
    (folder / "torn.png").write_bytes(b"torn")
    code, out, err = run(folder, "--encoders", "coarse", "--json")
    assert code == 1
    assert "1 image can't be used and is left out:\n  torn.png: " in err
    assert json.loads(out)["broken"][0]["name"] == "torn.png"


def test_what_cant_be_scored_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    one = noise(tmp_path / "one", 1, 0)
    for arguments, said in (
        ([tmp_path / "none"], "holds no image"),
        ([one, "--encoders", "nobody"], "There is no encoder 'nobody'"),
        ([one, "--encoders", ","], "Name at least one encoder"),
        ([noise(tmp_path / "x", 12, 0), "--reference", tmp_path / "none"], "holds no image"),
    ):
        given = arguments if "--encoders" in arguments else [*arguments, "--encoders", "coarse"]
        code, out, err = run(*given)
        assert (code, out) == (2, "")
        assert said in err.replace("\n", " ")
    code, out, err = run(one, "--encoders", "coarse", "--json")
    assert (code, json.loads(out)["figures"]) == (2, [])
    assert "Too few prompts" in err


def samples(folder: Path, seed: int, prompts: int = 12, seeds: int = 2, generator: str = "mock") -> Path:
    """Mock pictures of prompts a, aa, ... with seeds, each put to another file for another ``seed``."""
    jobs = [asking("a" * (1 + i), number) for i in range(prompts) for number in range(seeds)]
    entries = draw_requests(LocalEngine(), generator, jobs, folder)
    rng = np.random.default_rng(seed)
    for entry in entries if seed else ():
        Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)).save(folder / entry.file)
    return folder


def test_drift_from_samples_before(tmp_path: Path) -> None:
    after, before = samples(tmp_path / "after", 0), samples(tmp_path / "before", 1)
    made = figures(after, "--before", before, "--encoders", "coarse,reader")
    for title in ("Coarse", "Reader"):
        drift = made[f"drift ({title})"]
        assert drift["low"] < drift["value"] < drift["high"]
        assert (drift["n"], drift["value"] > 0) == (12, True)
    floor = figures(after, "--before", samples(tmp_path / "same", 0), "--encoders", "coarse")["drift (Coarse)"]
    assert [floor[end] for end in ("low", "value", "high")] == pytest.approx([0, 0, 0], abs=1e-12)
    assert made["drift (Coarse)"]["value"] > 1e-6
    assert "drift (Coarse)" not in figures(after, "--encoders", "coarse")


def test_drift_pairs_pictures_by_prompt_and_seed_whatever_their_files_are_called(tmp_path: Path) -> None:
    before = samples(tmp_path / "before", 0)
    lines = [json.loads(line) for line in (before / "manifest.jsonl").read_text().splitlines()]
    turned = tmp_path / "turned"
    turned.mkdir()
    for number, line in enumerate(lines):
        (turned / f"{len(lines) - number:03}.png").write_bytes((before / line["file"]).read_bytes())
        line["file"] = f"{len(lines) - number:03}.png"
    (turned / "manifest.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in reversed(lines)))
    after = samples(tmp_path / "after", 2)
    one, other = (figures(after, "--before", folder, "--encoders", "coarse") for folder in (before, turned))
    assert one["drift (Coarse)"] == other["drift (Coarse)"]


def test_drift_of_other_prompts_or_seeds_is_one_sentence(tmp_path: Path) -> None:
    after = samples(tmp_path / "after", 0)
    twice = samples(tmp_path / "twice", 0)
    manifest = (twice / "manifest.jsonl").read_text()
    line = json.loads(manifest.splitlines()[0])
    (twice / "other.png").write_bytes((twice / line["file"]).read_bytes())
    more = json.dumps(line | {"file": "other.png", "generator": "other"})
    (twice / "manifest.jsonl").write_text(f"{manifest}{more}\n")
    for before, said in (
        (samples(tmp_path / "fewer", 0, seeds=1), "fewer lacks 'a' with seed 1 and 11 more are on one side only"),
        (samples(tmp_path / "more", 0, prompts=13, seeds=2), "after lacks 'aaaaaaaaaaaaa' with seed 0"),
        (noise(tmp_path / "noise", 12, 0), "noise has no manifest.jsonl"),
        (twice, "with seed 0 of 2 generators"),
        (tmp_path / "nowhere", "nowhere is no folder of images, Parquet file or data set to read"),
    ):
        code, out, err = run(after, "--before", before, "--encoders", "coarse")
        assert (code, out) == (2, "")
        assert said in err.replace("\n", " ")
        assert "Traceback" not in err


@pytest.mark.parametrize(("side", "told"), [("before", "image before"), ("after", "image")])
def test_a_torn_picture_on_a_side_leaves_the_drift_of_the_others(tmp_path: Path, side: str, told: str) -> None:
    """The lone picture of one prompt is torn: the other twelve are compared as if they alone had been drawn."""
    given = ["--encoders", "coarse", "--json"]
    folders = {name: samples(tmp_path / name, seed, 13, 1) for seed, name in enumerate(("after", "before"))}
    lines = (folders[side] / "manifest.jsonl").read_text().splitlines()
    (folders[side] / json.loads(lines[4])["file"]).write_bytes(b"torn")
    code, out, err = run(folders["after"], "--before", folders["before"], *given)
    content = json.loads(out)
    (drift,) = (one for one in content["figures"] if one["metric"] == "drift (Coarse)")
    assert (code, drift["n"], drift["note"]) == (1, 12, "left out because only one side has them: 1 of the images")
    assert "drift (Coarse)" not in {one["metric"] for one in content["missing"]}
    broken = {"before": "broken_before", "after": "broken"}[side]
    assert [one["name"] for one in content[broken]] == [json.loads(lines[4])["file"]]
    assert f"1 {told} can't be used and is left out:\n  {json.loads(lines[4])['file']}: " in err
    for folder in folders.values():
        manifest = (folder / "manifest.jsonl").read_text().splitlines()
        (folder / json.loads(manifest.pop(4))["file"]).unlink()
        (folder / "manifest.jsonl").write_text("".join(f"{line}\n" for line in manifest))
    fewer = figures(folders["after"], "--before", folders["before"], "--encoders", "coarse")["drift (Coarse)"]
    assert {**fewer, "note": None} == {**drift, "note": None}


def test_a_stray_picture_beside_a_manifest_is_listed_and_changes_nothing(tmp_path: Path) -> None:
    x, y = samples(tmp_path / "x", 0, 12, 3), noise(tmp_path / "y", 40, 1)
    whole = figures(x, "--reference", y, "--encoders", "coarse")
    (x / "stray.png").write_bytes((y / "0.png").read_bytes())
    code, out, err = run(x, "--reference", y, "--encoders", "coarse", "--json")
    content = json.loads(out)
    assert code == 1
    assert {one["metric"]: one for one in content["figures"]} == whole
    assert content["broken"] == [{"name": "stray.png", "reason": "manifest.jsonl does not name it"}]
    assert "1 image can't be used and is left out:\n  stray.png: " in err


def test_drift_of_too_few_pictures_that_can_be_read_is_missing_with_its_reason(tmp_path: Path) -> None:
    after, before = samples(tmp_path / "after", 0, 11, 1), samples(tmp_path / "before", 1, 11, 1)
    for path in sorted(before.glob("*.png"))[:2]:
        path.write_bytes(b"torn")
    code, out, err = run(after, "--before", before, "--encoders", "coarse", "--json")
    content = json.loads(out)
    assert (code, len(content["broken_before"])) == (1, 2)
    (missing,) = (one for one in content["missing"] if one["metric"] == "drift (Coarse)")
    assert missing["reason"].startswith("Too few prompts for an interval, 9: ")
    assert "2 images before can't be used and are left out:" in err
    assert "Vendi (Coarse)" in {one["metric"] for one in content["figures"]}


def test_folders_without_manifests_are_no_pairs_even_of_equal_size(tmp_path: Path) -> None:
    x, y = noise(tmp_path / "x", 30, 0), noise(tmp_path / "y", 30, 1)
    (tmp_path / "turned").mkdir()
    for i in range(30):
        (tmp_path / "turned" / f"{(i + 7) % 30}.png").write_bytes((y / f"{i}.png").read_bytes())
    one, other = (figures(x, "--reference", tmp_path / name, "--encoders", "coarse") for name in ("y", "turned"))
    ends = [[made["KID (Coarse)"][end] for end in ("low", "value", "high")] for made in (one, other)]
    assert ends[0] == pytest.approx(ends[1], rel=1e-9)


def test_a_folder_of_samples_against_other_pictures_counts_prompts(tmp_path: Path) -> None:
    x, y = samples(tmp_path / "x", 2, 12, 3), noise(tmp_path / "y", 40, 1)
    made = figures(x, "--reference", y, "--encoders", "coarse")
    of_one = ("FD", "KID", "precision", "recall", "density", "coverage")
    assert {made[f"{name} (Coarse)"]["n"] for name in of_one} == {12}
    assert all("36 images of 12 prompts" in made[f"{name} (Coarse)"]["note"] for name in of_one)
    assert "FD-infinity (Coarse)" not in made  # which wants 16 prompts


def test_a_second_run_does_no_forward_pass(tmp_path: Path, encoders: dict[str, Coarse]) -> None:
    x, y = samples(tmp_path / "x", 0), noise(tmp_path / "y", 12, 1)
    first = figures(x, "--reference", y, "--encoders", "coarse,reader")

    def load(*_: object) -> Coarse:
        raise AssertionError("loaded")

    for encoder in encoders.values():
        encoder.load = load  # type: ignore[assignment, method-assign]
    assert figures(x, "--reference", y, "--encoders", "coarse,reader") == first


def test_pictures_of_every_size_and_mode_are_scored_together(tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(24):
        size = (int(rng.integers(1, 40)), int(rng.integers(1, 40)))
        image = Image.fromarray(rng.integers(0, 256, (*size, 4), dtype=np.uint8), "RGBA")
        image.convert(("RGB", "L", "RGBA", "LA", "P", "1")[number % 6]).save(folder / f"{number}.png")
    made = figures(folder, "--encoders", "coarse")
    assert made["Vendi (Coarse)"]["n"] == 24


def test_a_network_that_gives_nan_is_one_sentence(tmp_path: Path, encoders: dict[str, Coarse]) -> None:
    encoders["coarse"].prepare = lambda image: np.full((3, 3, 3), np.nan, np.float32)  # type: ignore[method-assign]
    code, out, err = run(noise(tmp_path / "x", 12, 0), "--encoders", "coarse")
    assert (code, out) == (2, "")
    assert "not finite: check its checkpoint" in err.replace("\n", " ")


def lined(folder: Path, names: Sequence[str], **fields: Any) -> Path:
    """A folder of noise under these names, with a manifest that somebody else wrote."""
    rng = np.random.default_rng(0)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)).save(folder / name)
    lines = ({"file": name, "prompt": "a" * (1 + n), "seed": 0} | fields for n, name in enumerate(names))
    (folder / "manifest.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return folder


def rewritten(folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Path:
    """The folder with every line of its manifest changed."""
    path = folder / "manifest.jsonl"
    lines = [change(json.loads(line)) for line in path.read_text().splitlines()]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return folder


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("imgs/{n:03}.png", "./imgs/{n:03}.png"),
        ("imgs/{n:03}.png", "imgs\\{n:03}.png"),
        (unicodedata.normalize("NFD", "é{n}.png"), unicodedata.normalize("NFC", "é{n}.png")),
        (unicodedata.normalize("NFC", "é{n}.png"), unicodedata.normalize("NFD", "é{n}.png")),
    ],
)
def test_a_manifest_may_spell_its_files_in_another_way(tmp_path: Path, written: str, named: str) -> None:
    numbers = iter(range(12))
    folder = lined(tmp_path / "x", [written.format(n=n) for n in range(12)])
    rewritten(folder, lambda line: line | {"file": named.format(n=next(numbers))})
    made = figures(folder, "--encoders", "reader")
    assert {"image-text score (Reader)", "R@1 (Reader)"} <= set(made)


def test_lines_that_name_no_picture_are_named_and_why_there_is_no_score_of_prompts(tmp_path: Path) -> None:
    folder = rewritten(lined(tmp_path / "x", [f"{n}.png" for n in range(12)]), lambda line: line | {"file": "gone.png"})
    code, _, err = run(folder, "--encoders", "reader")
    assert code == 1
    assert "gone.png: manifest.jsonl names it, but there is no such picture" in err
    assert f"These need the prompts, but the manifest.jsonl of {folder} names none of its pictures." in err
    code, _, err = run(noise(tmp_path / "y", 12, 0), "--encoders", "reader")
    assert code == 0
    assert (
        f"No R@1 and image-text score: These need the prompts, but {tmp_path / 'y'} has no manifest.jsonl, and" in err
    )


def test_a_manifest_needs_files_and_prompts_alone(tmp_path: Path) -> None:
    """What eval.sample writes beside them, such as the setup, is not looked at; drift needs seeds."""
    folder = lined(tmp_path / "x", [f"{n}.png" for n in range(12)], generator="theirs", sha256="0" * 64)
    made = figures(folder, "--encoders", "reader")
    assert made["R@1 (Reader)"]["n"] == 12
    assert figures(folder, "--before", folder, "--encoders", "coarse")["drift (Coarse)"]["value"] == 0
    unseeded = rewritten(folder, lambda line: {name: line[name] for name in ("file", "prompt")})
    bare = figures(unseeded, "--encoders", "reader")
    assert {name: one | {"generator": "theirs"} for name, one in bare.items()} == made
    code, _, err = run(unseeded, "--before", unseeded, "--encoders", "coarse")
    assert (code, "without a seed" in err) == (2, True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"prompt": "a", "seed": 0}\n', "line 1: file is missing. Of each line file and prompt are read, and seed"),
        (b'{"file": "0.png"}\n{"file": "1.png"}\n', "line 1: prompt is missing."),
        ("{}\n".encode("utf-16"), "line 1: Invalid JSON"),
        (b"hello\n", "line 1: Invalid JSON"),
    ],
)
def test_what_a_manifest_lacks_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    (noise(tmp_path / "x", 12, 0) / "manifest.jsonl").write_bytes(content)
    code, out, err = run(tmp_path / "x", "--encoders", "coarse")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert said in err


def test_sampling_into_a_folder_of_another_manifest_says_which_field_is_missing(tmp_path: Path) -> None:
    folder = lined(tmp_path / "x", ["0.png"], generator="g", revision="1", sha256="0" * 64, seconds=1.0)
    with pytest.raises(DataError, match=r"line 1 is no line of a manifest of eval\.sample \(setup is missing\)"):
        draw_requests(LocalEngine(), "mock", [asking("a", 0)], folder)


def test_names_that_are_no_utf_8_are_told_in_json_that_is(tmp_path: Path) -> None:
    folder = noise(tmp_path / os.fsdecode(b"caf\xe9"), 12, 0)
    (folder / os.fsdecode(b"torn\xe9.png")).write_bytes(b"torn")
    result = CliRunner().invoke(
        make_command(score_module.main, "example"), [str(folder), "--encoders", "coarse,reader", "--json"]
    )
    content = json.loads(result.stdout_bytes.decode("utf-8"))
    assert (result.exit_code, content["broken"][0]["name"]) == (1, "torn\\xe9.png")
    assert (
        "caf\\xe9 has no manifest.jsonl" in {one["metric"]: one["reason"] for one in content["missing"]}["R@1 (Reader)"]
    )


PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pa.table({"image": pa.array([], PICTURE)}), "has no rows."),
        (pa.table({}), "has no rows."),
        (pa.table({"image": ["x", "y"]}), "has no column of images; its columns are image."),
        (pa.table({"image": pa.array([None, {"bytes": b"junk", "path": None}], PICTURE)}), "No picture can be read"),
        (None, "is no folder of images, Parquet file or data set to read"),
    ],
)
def test_a_parquet_file_without_pictures_is_one_sentence(tmp_path: Path, table: pa.Table | None, said: str) -> None:
    path = tmp_path / "x.parquet"
    if table is None:
        path.write_bytes(b"PAR1")
    else:
        pq.write_table(table, path)
    code, out, err = run(path, "--encoders", "coarse")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert said in err


def test_the_tables_fit_a_terminal_and_each_note_is_said_once(tmp_path: Path, encoders: dict[str, Coarse]) -> None:
    """Of names as long as those of the embedded encoders."""
    encoders["coarse"].title, encoders["reader"].title = "EfficientNet-Lite2", "embedded judge"
    encoders["coarse"].name = "efficientnet-lite2"
    folder = lined(tmp_path / "x", [f"{n}.png" for n in range(20)])
    code, out, err = run(folder, "--reference", noise(tmp_path / "y", 30, 1), "--encoders", "coarse,reader")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "…" not in out
    assert "EfficientNet-Lite2: efficientnet-lite2@000000000000" in out
    rows = [line.split("│")[1].strip() for line in out.splitlines() if line.startswith("│")]
    assert rows.count("FD-infinity") == rows.count("precision") == 2
    assert "" not in rows  # each figure is one line
    assert err.count("k = 5") == err.count("order 1") == 1
    assert "coverage, density, precision and recall: k = 5" in err
    assert err.count("draw more seeds") == 1
    assert err.count("with fewer than 150 prompts") == 1
    notes = [line.partition(": ")[2] for line in err.splitlines()]
    assert len({*notes}) == len(notes)


def test_where_nothing_can_be_measured_there_is_no_table_and_each_reason_is_said_once(tmp_path: Path) -> None:
    folder = lined(tmp_path / "x", ["0.png", "1.png"])
    code, out, err = run(folder, "--encoders", "coarse,reader")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == len({line.split(": ", 1)[1] for line in err.splitlines()})


def test_of_a_manifest_only_the_last_line_may_be_torn(tmp_path: Path) -> None:
    manifest, whole, torn = (
        tmp_path / "manifest.jsonl",
        '{"file": "a.png", "prompt": "a cat"}',
        '{"file": "b.png", "pro',
    )
    manifest.write_text(f"{whole}\n{torn}")
    assert [line.file for line in read_lines(tmp_path)] == ["a.png"]
    manifest.write_text(f"{torn}\n{whole}\n")
    with pytest.raises(DataError, match=rf"{manifest}, line 1: .*mend it"):
        read_lines(tmp_path)
    manifest.write_text(f"{whole}\nno line at all")
    with pytest.raises(DataError, match=rf"{manifest}, line 2: .*mend it"):
        read_lines(tmp_path)


def test_what_is_scored_is_read_once_also_for_the_sheet_of_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, fresh = noise(tmp_path / "known", 30, 1), noise(tmp_path / "fresh", 20, 2)
    listed, rglob = list[tuple[Path, str]](), Path.rglob

    def list_files(path: Path, pattern: str) -> Iterator[Path]:
        listed.append((path, pattern))
        return iter(list(rglob(path, pattern)))

    monkeypatch.setattr(Path, "rglob", list_files)
    code, out, _ = run(
        fresh, "--train", known, "--pairs", tmp_path / "pairs.png", "--encoders", "coarse,reader", "--json"
    )
    assert (code, listed.count((known, "*")), listed.count((fresh, "*"))) == (0, 1, 1)
    assert {one["encoder"] for one in json.loads(out)["nearest"]} == {"coarse@000000000000"}


def test_pictures_stand_beside_their_nearest_training_pictures(tmp_path: Path) -> None:
    known, fresh = noise(tmp_path / "known", 30, 1), noise(tmp_path / "fresh", 20, 2)
    mixed = noise(tmp_path / "mixed", 20, 3)
    for i in range(15):  # most are training pictures, saved anew
        Image.open(known / f"{i}.png").save(mixed / f"{i}.bmp")
        (mixed / f"{i}.png").unlink()
    sheet = tmp_path / "pairs.png"
    code, out, err = run(
        mixed, "--reference", fresh, "--train", known, "--pairs", sheet, "--encoders", "coarse", "--json"
    )
    assert (code, err.count("Traceback")) == (0, 0)
    said = json.loads(out)
    of = {one["metric"]: one["value"] for one in said["figures"]}
    assert of["authenticity (Coarse)"] <= 5 / 20
    assert of["data copying (Coarse)"] > 0.7
    assert len(said["nearest"]) == 20
    copies = {one["image"]: one["training"] for one in said["nearest"] if one["distance"] == 0}
    assert copies == {f"{i}.bmp": f"{i}.png" for i in range(15)}
    assert [one["ratio"] for one in said["nearest"]] == sorted(one["ratio"] for one in said["nearest"])
    with Image.open(sheet) as image:
        assert image.getpixel((170, 30)) == image.getpixel((170 + 132, 30))  # a copy is beside what it copies
    code, out, _ = run(mixed, "--train", known, "--encoders", "coarse")
    assert code == 0
    assert "Nearest training images: coarse@000000000000" in out
    assert "0.bmp" in out


def test_without_training_pictures_it_is_said_what_is_needed(tmp_path: Path) -> None:
    x = noise(tmp_path / "x", 20, 0)
    _, out, _ = run(x, "--encoders", "coarse", "--json")
    missing = {one["metric"]: one["reason"] for one in json.loads(out)["missing"]}
    assert "--train" in missing["authenticity (Coarse)"]
    code, _, err = run(x, "--pairs", tmp_path / "pairs.png", "--encoders", "coarse")
    assert (code, "name them with --train" in err) == (2, True)
    broken = noise(tmp_path / "broken", 12, 1)
    (broken / "3.png").write_bytes(b"torn")
    code, out, err = run(x, "--train", broken, "--encoders", "coarse")
    assert code == 1
    assert "1 training image can't be used" in err
