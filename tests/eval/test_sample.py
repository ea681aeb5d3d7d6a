"""Sampling: files, manifest, taking up again, and what is said when it can't be done."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from eval import sample
from eval.manifest import read_lines
from eval.sample import draw_requests, read_manifest
from eval.sample_requests import gather_prompts, parse_seeds
from hub.command import make_command
from hub.engine import DrawnSample
from hub.engine.local_engine import LocalEngine
from hub.errors import DataError, GenerationError, PromptError, StorageError, UnknownName
from hub.generators import OnProgress, ignore_progress
from hub.generators.entries.mock import FAILS
from hub.prompts import load_captions
from hub.schema import Request, Sample
from hub.votes import ContentStore
from tests.asking import asking, asking_each

JOBS = asking_each([("a red apple", 0), ("a red apple", 1), ("a cat", 0)])
app = make_command(sample.main, "")


class Counting:
    """The local engine, counting what it draws."""

    here = True

    def __init__(self) -> None:
        self.drawn: list[Request] = []

    def draw(self, name: str, request: Request, on_progress: OnProgress) -> DrawnSample:
        """Draw and count."""
        self.drawn.append(request)
        return LocalEngine().draw(name, request, on_progress)

    def draw_all(self, name: str, requests: Sequence[Request]) -> Iterator[DrawnSample]:
        """Draw one after another."""
        yield from (self.draw(name, request, ignore_progress) for request in requests)


def test_images_and_manifest_say_the_same(tmp_path: Path) -> None:
    entries = draw_requests(LocalEngine(), "mock", JOBS, tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "manifest.jsonl").read_text().splitlines()]
    assert [entry.request for entry in entries] == JOBS
    assert set(lines[0]) == {*Sample.model_fields, "file", "peak_bytes"} - {"image", "parameters", "mix", "read_as"}
    assert lines[0]["peak_bytes"] is None or lines[0]["peak_bytes"] > 2**20
    assert {ContentStore(tmp_path).read_setup(entry.setup).generator for entry in entries} == {"mock"}
    assert len({line["file"] for line in lines}) == 3
    for line in lines:
        png = (tmp_path / line["file"]).read_bytes()
        assert hashlib.sha256(png).hexdigest() == line["sha256"]
        with Image.open(tmp_path / line["file"]) as image:
            assert image.size == (64, 64)
    assert not list(tmp_path.glob(".*.*")) + list(tmp_path.glob(".*/*"))


def test_what_is_there_is_not_drawn_again(tmp_path: Path) -> None:
    first = draw_requests(LocalEngine(), "mock", JOBS[:2], tmp_path)
    engine = Counting()
    again = draw_requests(engine, "mock", [*JOBS, JOBS[0]], tmp_path)
    assert engine.drawn == JOBS[2:]
    assert again[:2] == first
    assert again[3] == first[0]


@pytest.mark.parametrize("damage", ["missing", "changed", "revision"])
def test_a_file_that_is_not_the_same_is_drawn_again(tmp_path: Path, damage: str) -> None:
    file = tmp_path / draw_requests(LocalEngine(), "mock", JOBS, tmp_path)[1].file
    if damage == "missing":
        file.unlink()
    elif damage == "changed":
        file.write_bytes(file.read_bytes()[:-5])
    else:
        manifest = tmp_path / "manifest.jsonl"
        lines = manifest.read_text().splitlines()
        lines[1] = lines[1].replace('"revision":"none"', '"revision":"older"')
        manifest.write_text("\n".join(lines) + "\n")
    engine = Counting()
    draw_requests(engine, "mock", JOBS, tmp_path)
    assert engine.drawn == [JOBS[1]]


@pytest.mark.parametrize("cut", [1, 20])
def test_a_torn_last_line_is_drawn_again(tmp_path: Path, cut: int) -> None:
    draw_requests(LocalEngine(), "mock", JOBS, tmp_path)
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes()[:-cut])
    engine = Counting()
    draw_requests(engine, "mock", [*JOBS, asking("more", 0)], tmp_path)
    assert engine.drawn == [*(JOBS[2:] if cut > 1 else []), asking("more", 0)]
    assert len(read_manifest(tmp_path)) == 4
    assert len(manifest.read_text().splitlines()) == 4


def test_a_corrupt_line_in_the_middle_is_named(tmp_path: Path) -> None:
    draw_requests(LocalEngine(), "mock", JOBS, tmp_path)
    manifest = tmp_path / "manifest.jsonl"
    lines = manifest.read_text().splitlines()
    manifest.write_text("\n".join([lines[0], "nonsense", lines[2]]) + "\n")
    with pytest.raises(DataError, match="line 2"):
        draw_requests(LocalEngine(), "mock", JOBS, tmp_path)
    assert "nonsense" in manifest.read_text()


def test_a_failure_keeps_what_was_drawn(tmp_path: Path) -> None:
    with pytest.raises(GenerationError):
        draw_requests(LocalEngine(), "mock", [JOBS[0], asking(FAILS, 0), JOBS[1]], tmp_path)
    assert [entry.request for entry in read_manifest(tmp_path)] == JOBS[:1]


def test_unknown_generators_and_bad_folders_are_said(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="'nobody'"):
        draw_requests(LocalEngine(), "nobody", JOBS, tmp_path)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="can't be written"):
        draw_requests(LocalEngine(), "mock", JOBS, tmp_path / "file" / "folder")


def test_seeds() -> None:
    assert list(parse_seeds("0:4")) == [0, 1, 2, 3]
    assert list(parse_seeds("7")) == [7]
    for text in (
        "",
        ":",
        "1:",
        ":3",
        "-1",
        "a",
        "1:2:3",
        "4:4",
        "4:1",
        "1.5",
        str(2**63),
        "9" * 5000,
        f"0:{2**63 + 1}",
    ):
        with pytest.raises(DataError, match="--seeds"):
            parse_seeds(text)


def test_prompts(tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("a cat\n\n a dog \na cat\n", encoding="utf-8")
    own = ("prompts", "")
    assert gather_prompts(str(file), ["a bee", "a dog"]) == {"a bee": ("", ""), "a dog": own, "a cat": own}
    assert list(gather_prompts(str(file), ["a bee", "a dog"])) == ["a bee", "a dog", "a cat"]
    assert list(gather_prompts("test", [])) == list(gather_prompts("captions", [])) == list(load_captions())
    assert gather_prompts("compositional", [])["two cats"] == ("compositional", "count")
    file.write_text(f"fine\n{'x' * 501}\n")
    with pytest.raises(PromptError, match=r"prompts\.txt, line 2"):
        gather_prompts(str(file), [])
    with pytest.raises(DataError, match="no prompts"):
        gather_prompts(None, [])
    with pytest.raises(DataError, match="There is no prompt set"):
        gather_prompts(str(tmp_path / "none"), [])


def test_a_manifest_tells_the_set_and_category_of_a_prompt_also_of_pictures_that_were_there(tmp_path: Path) -> None:
    asked = asking_each([("two cats", 0), ("my cat", 0)])
    (first, _) = draw_requests(LocalEngine(), "mock", asked, tmp_path)
    assert (first.prompt_set, first.prompt_category) == ("", "")
    assert "prompt_set" not in (tmp_path / "manifest.jsonl").read_text()
    engine, more = Counting(), asking_each([("two cats", 0), ("my cat", 0), ("two dogs", 0)])
    origins = {text: origin for text, origin in gather_prompts("compositional", []).items() if text.startswith("two")}
    found = draw_requests(engine, "mock", more, tmp_path, origins)
    assert engine.drawn == more[2:]
    assert [(one.prompt_set, one.prompt_category) for one in found] == [
        ("compositional", "count"),
        ("", ""),
        ("compositional", "count"),
    ]
    assert read_manifest(tmp_path) == found
    draw_requests(LocalEngine(), "mock", more, tmp_path)  # who asks for them as no set's takes nothing away
    assert read_manifest(tmp_path) == found
    assert [line.prompt_category for line in read_lines(tmp_path)] == ["count", "", "count"]


def test_command(tmp_path: Path) -> None:
    arguments = ["--generators", "mock", "--prompt", "a cat", "--prompt", "a dog", "--seeds", "0:2", "--out"]
    done = CliRunner().invoke(app, [*arguments, str(tmp_path)])
    assert done.exit_code == 0
    assert len(read_manifest(tmp_path)) == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--generators", "nobody", "--prompt", "a"], "There is no generator 'nobody'"),
        (["--generators", "mock,nobody", "--prompt", "a"], "There is no generator 'nobody'"),
        (["--generators", ",", "--prompt", "a"], "Name at least one"),
        (["--generators", "mock", "--prompt", " "], "The prompt is empty"),
        (["--generators", "mock"], "no prompts"),
        (["--generators", "mock", "--prompt", FAILS], "asked to fail"),
        (["--generators", "mock", "--prompt", "a", "--seeds", "x"], "--seeds"),
        (["--generators", "mock", "--prompt", "a", "--seeds", f"0:{2**63}"], "are too many at once"),
        (
            ["--generators", "mock", "--prompts", "nosuch"],
            "There is no prompt set 'nosuch': name captions, compositional, a file",
        ),
    ],
)
def test_command_says_what_is_wrong(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output
