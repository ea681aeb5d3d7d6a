"""Entries made at run time: listed, drawn, replayed and removed; refused in one sentence, and never there by half."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from hub.engine.local_engine import LocalEngine
from hub.errors import HubError, StorageError, UnknownName
from hub.files import WEIGHTS
from hub.generators import GENERATORS, ignore_progress, roster
from hub.generators.facts import facts
from hub.generators.former import FORMER, Label, label_of, read_events
from hub.generators.model_store import ModelStore
from hub.receipt import Receipt
from hub.receipt.replay import replay
from hub.schema import Criterion, Outcome
from hub.weights.rules import training_of
from tests.asking import asking
from tests.hub.generators.models import write_model

ROOT = Path(__file__).parents[3]


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """That of a data folder in which nothing is yet."""
    return ModelStore(tmp_path / "data")


def test_an_added_model_is_listed_with_its_facts_and_drawn(store: ModelStore, tmp_path: Path) -> None:
    source = write_model(tmp_path / "mine")
    found = store.add(source, made={"job": "mock-1"})
    shutil.rmtree(source)  # a copy was made
    assert "mine" in [one.name for one in roster((), tmp_path / "data")]
    assert [one.name for one in roster(("galip",), tmp_path / "data")] == ["galip", "mine"]
    assert facts(GENERATORS["mine"]) == found
    assert (found.title, found.licence, found.parameters, len(found.revision)) == ("Mine", "MIT", 4, 12)
    receipt = json.loads((store.folder / "mine" / "receipt.json").read_text())
    assert receipt["made"] == {"job": "mock-1"}
    assert receipt["files"]["model.safetensors"] in found.sha256.values()
    drawn = LocalEngine("cpu").draw("mine", asking("a cat", 3), ignore_progress)
    assert drawn.sample.revision == found.revision == drawn.setup.revision


def test_its_picture_is_replayed_after_a_restart_and_not_once_it_is_another(store: ModelStore, tmp_path: Path) -> None:
    store.add(write_model(tmp_path / "mine"))
    roster((), tmp_path / "data")
    drawn = LocalEngine("cpu").draw("mine", asking("a cat", 3), ignore_progress)
    receipt = Receipt(
        vote="v",
        time=0.0,
        criterion=Criterion.quality,
        outcome=Outcome.a,
        a=(drawn.sample,),
        b=(),
        setups=(drawn.setup,),
    )
    GENERATORS.remove("mine")
    roster((), tmp_path / "data")
    assert [one.identical for one in replay(receipt, LocalEngine("cpu"), Path, lambda of, title: of)] == [True]
    GENERATORS.remove("mine")
    store.remove("mine")
    store.add(write_model(tmp_path / "mine", 1))
    roster((), tmp_path / "data")
    (again,) = replay(receipt, LocalEngine("cpu"), Path, lambda of, title: of)
    assert not again.identical
    assert any(difference.startswith("revision") for difference in again.differences)


def test_a_one_step_generator_draws_as_the_embedded_one_it_is_a_copy_of(store: ModelStore, tmp_path: Path) -> None:
    source = write_model(tmp_path / "ours", kind="one-step")
    shutil.copy(WEIGHTS / "galip" / "model.safetensors", source)
    assert store.add(source).revision == facts(GENERATORS["galip"]).revision
    made = json.loads((store.folder / "ours" / "receipt.json").read_text())["made"]
    assert made["images_seen"] == training_of(WEIGHTS / "galip")["images_seen"] > 0
    roster((), tmp_path / "data")
    engine = LocalEngine("cpu")
    assert (
        engine.draw("ours", asking("a cat", 1), ignore_progress).png
        == engine.draw("galip", asking("a cat", 1), ignore_progress).png
    )


def test_the_own_diffusion_pipeline_draws_as_the_embedded_one(store: ModelStore, tmp_path: Path) -> None:
    source = tmp_path / "ours"
    shutil.copytree(WEIGHTS / "diffusion", source, ignore=shutil.ignore_patterns("samples", "metrics.json"))
    (source / "entry.toml").write_text('kind = "caption-diffusion"\ntitle = "Ours"\nlicence = "CC-BY-4.0"\n')
    assert store.add(source).revision == facts(GENERATORS["diffusion"]).revision
    roster((), tmp_path / "data")
    engine = LocalEngine("cpu")
    assert (
        engine.draw("ours", asking("a cat", 1), ignore_progress).png
        == engine.draw("diffusion", asking("a cat", 1), ignore_progress).png
    )


def test_a_saved_pipelines_revision_is_the_same_in_whatever_folder(
    pipeline: Callable[[str], Path], tmp_path: Path
) -> None:
    source = tmp_path / "saved"
    shutil.copytree(pipeline("sd"), source)
    (source / "README.md").write_text("# Saved\n")
    (source / "entry.toml").write_text(
        'kind = "diffusers"\ntitle = "Saved"\nlicence = "MIT"\nsteps = 2\nguidance_scale = 2.0\n'
    )
    first, second = (ModelStore(tmp_path / data).add(source) for data in ("one", "two"))
    assert first == second
    roster((), tmp_path / "two")
    assert facts(GENERATORS["saved"]) == second
    assert LocalEngine("cpu").draw("saved", asking("a cat", 1), ignore_progress).sample.revision == second.revision


def _widen(folder: Path) -> None:
    """A one-step generator whose config would have a model of some hundred gigabytes built."""
    write_model(folder, kind="one-step")
    config = {"noise": 100, "text": 384, "cond": 192, "widths": [10**6] * 4, "size": 64}
    with safe_open(WEIGHTS / "scad" / "model.safetensors", "numpy") as file:
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = {**file.metadata(), "config": json.dumps(config)}
    save_file(state, folder / "model.safetensors", metadata)


def _tear(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-3])


REFUSALS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no entry": (lambda f: (f / "entry.toml").unlink(), "has no entry.toml"),
    "no TOML": (lambda f: (f / "entry.toml").write_text("kind ="), "is no TOML"),
    "no card": (lambda f: (f / "README.md").unlink(), "has no card"),
    "empty card": (lambda f: (f / "README.md").write_text(" \n"), "has no card"),
    "no licence": (lambda f: write_model(f, licence=""), "names no licence"),
    "unknown kind": (
        lambda f: write_model(f, kind="space"),
        "field kind: it must be one of caption-diffusion, diffusers, mock, one-step",
    ),
    "unknown field": (lambda f: write_model(f, steps="3"), "field steps"),
    "a model elsewhere": (lambda f: write_model(f, model="/etc"), "field model: the model is the folder itself"),
    "torn": (_tear, "is damaged"),
    "torn header": (lambda f: (f / "model.safetensors").write_bytes(b"\xff" * 20), "is damaged"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "is missing"),
    "pickle": (lambda f: (f / "resume.pt").write_bytes(b""), "resume.pt may be a pickle"),
    "hidden pickle": (lambda f: (f / "notes.txt").write_bytes(b"\x80\x04K\x01."), "notes.txt may be a pickle"),
    "link": (lambda f: (f / "link").symlink_to("/etc/passwd"), "leads out of the folder"),
    "dangling": (lambda f: (f / "link").symlink_to("nowhere"), "leads out of the folder"),
    "folder link": (lambda f: (f / "link").symlink_to(f.parent), "leads out of the folder"),
    "pipe": (lambda f: os.mkfifo(f / "pipe"), "is no regular file"),
    "other sizes": (_widen, "has other sizes than its config says"),
    "no GAN": (lambda f: write_model(f, kind="one-step"), "was not written by a training of this repository"),
}


@pytest.mark.parametrize("how", REFUSALS)
def test_what_can_t_be_an_entry_is_refused_in_one_sentence_and_leaves_nothing(
    store: ModelStore, tmp_path: Path, how: str
) -> None:
    source = write_model(tmp_path / "mine")
    spoil, said = REFUSALS[how]
    spoil(source)
    with pytest.raises(HubError, match=said) as refused:
        store.add(source)
    told = str(refused.value)
    assert str(source) in told and ".new-" not in told and "\n" not in told, told
    assert store.marks() == {}
    assert not list(store.folder.glob(".new-*")) and read_events(store.folder) == []


@pytest.mark.parametrize("name", ["Mine", "", "a/b", "..", ".hidden", "-x", "x" * 65, "a b", "ä"])
def test_bad_names_are_refused(store: ModelStore, tmp_path: Path, name: str) -> None:
    source = write_model(tmp_path / "Mine")
    with pytest.raises(HubError, match="can't be a generator's name"):
        store.add(source, name)
    assert store.marks() == {}


def test_names_that_are_taken_are_refused(store: ModelStore, tmp_path: Path) -> None:
    source = write_model(tmp_path / "mine")
    for name in ("galip", "mock"):
        with pytest.raises(HubError, match=f"There is a generator '{name}' already: choose another"):
            store.add(source, name)
    store.add(source)
    with pytest.raises(HubError, match="There is a generator 'mine' already: remove it first"):
        store.add(source)


def test_another_model_takes_the_place_of_one_whole_or_not_at_all(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = store.add(write_model(tmp_path / "mine", 0))
    mark = store.marks()["mine"]
    other = write_model(tmp_path / "other", 1)

    def torn(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("hub.generators.model_store.shutil.copyfile", torn)
    with pytest.raises(StorageError, match="the disk is full"):
        store.add(other, "mine", replace=True)
    monkeypatch.undo()
    rename = Path.rename

    def stuck(path: Path, target: Path) -> Path:
        if path.name.startswith(".new-"):
            torn()
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", stuck)
    with pytest.raises(StorageError, match="the disk is full"):
        store.add(other, "mine", replace=True)
    monkeypatch.undo()
    assert store.marks() == {"mine": mark}
    second = store.add(other, "mine", replace=True)
    assert second.revision != first.revision
    assert store.marks()["mine"] != mark, "whoever follows sees that it is another"
    assert [path.name for path in store.folder.iterdir() if path.is_dir()] == ["mine"]
    with pytest.raises(HubError, match="There is a generator 'galip' already"):
        store.add(other, "galip", replace=True)


def test_safetensors_whose_header_has_the_length_that_a_pickle_begins_with_are_taken(
    store: ModelStore, tmp_path: Path
) -> None:
    source = write_model(tmp_path / "mine")
    for note in range(600):
        save_file({"w": np.zeros(4, np.float32)}, source / "model.safetensors", {"note": "x" * note})
        if (source / "model.safetensors").read_bytes().startswith(b"\x80\x02"):
            break
    else:
        raise AssertionError("no header had that length")
    assert store.add(source).name == "mine"


def test_a_full_disk_leaves_nothing_and_what_a_kill_left_goes_the_next_time(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_model(tmp_path / "mine")

    def full(a: Path, b: Path) -> None:
        b.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("hub.generators.model_store.shutil.copyfile", full)
    with pytest.raises(StorageError, match="mine was not added: the disk is full"):
        store.add(source)
    assert store.marks() == {} and not list(store.folder.glob(".new-*"))
    monkeypatch.undo()
    for left in (".new-1", ".gone-1"):
        write_model(store.folder / left)
    assert store.marks() == {}, "copies under way are no entries"
    store.add(source)
    assert [path.name for path in store.folder.iterdir() if path.is_dir()] == ["mine"]


def test_a_removed_entry_keeps_its_name_in_the_roster_log(store: ModelStore, tmp_path: Path) -> None:
    store.add(write_model(tmp_path / "mine", title="My <own>"))
    store.remove("mine")
    assert store.marks() == {}
    assert [(one["event"], one["name"], one["title"]) for one in read_events(store.folder)] == [
        ("added", "mine", "My <own>"),
        ("removed", "mine", "My <own>"),
    ]
    FORMER.clear()
    assert label_of("mine") == Label("mine")
    roster((), tmp_path / "data")
    assert label_of("mine").title == "My <own>"
    with pytest.raises(UnknownName, match="'mine' that was added; there are none"):
        store.remove("mine")
    with pytest.raises(UnknownName, match="that was added"):
        store.remove("galip")


def test_of_generators_with_one_title_each_is_told_with_its_name(store: ModelStore, tmp_path: Path) -> None:
    store.add(write_model(tmp_path / "mine", title="SCAD"))
    store.add(write_model(tmp_path / "yours", title="galip"))
    roster((), tmp_path / "data")
    assert [label_of(name).title for name in ("mine", "scad", "yours")] == [
        "SCAD (mine)",
        "SCAD (scad)",
        "galip (yours)",
    ]
    assert label_of("galip").title == "GALIP-style GAN"
    assert label_of("unheard") == Label("unheard")


def test_a_folder_that_was_spoilt_by_hand_is_named_and_the_others_serve(
    store: ModelStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("fine", "spoilt"):
        store.add(write_model(tmp_path / name))
    (store.folder / "spoilt" / "README.md").unlink()
    write_model(store.folder / "BAD")
    names = [one.name for one in roster((), tmp_path / "data")]
    assert "fine" in names and "spoilt" not in names and "BAD" not in names
    assert "spoilt can't be an entry" in caplog.text and "BAD can't be an entry" in caplog.text
    store.remove("spoilt")  # broken as it is


def test_the_command_adds_lists_and_removes(tmp_path: Path) -> None:
    env = {**os.environ, "HUB_DATA": str(tmp_path / "data"), "HUB_GENERATORS": "mock"}
    source = write_model(tmp_path / "mine")

    def called(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "hub.generators", *arguments]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    added = called("add", str(source))
    assert (added.returncode, added.stderr) == (0, "")
    assert added.stdout.startswith("mine: Mine, revision ")
    assert [one["name"] for one in json.loads(called("--json").stdout)] == ["mock", "mine"]
    twice = called("add", str(source))
    assert (twice.returncode, twice.stdout) == (2, "")
    assert twice.stderr == "There is a generator 'mine' already: remove it first, or choose another name.\n"
    (tmp_path / "data" / "models" / "mine" / "README.md").unlink()
    listed = called("--json")
    assert (listed.returncode, "has no card" in listed.stderr) == (1, True)
    assert called("remove", "mine").returncode == 0
    assert [one["name"] for one in json.loads(called("--json").stdout)] == ["mock"]


def test_a_model_that_is_removed_while_it_is_looked_at_takes_no_other_with_it(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add(write_model(tmp_path / "mine"))
    store.add(write_model(tmp_path / "other", 1))
    seen: list[str] = []
    stat = Path.stat

    def gone(self: Path, **options: Any) -> Any:
        if self.name == "entry.toml":
            seen.append(self.parent.name)
            if seen.count(seen[0]) == 2 and self.parent.name == seen[0]:  # the first one's, after it was there
                raise FileNotFoundError(str(self))
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", gone)
    marks = store.marks()
    assert set(marks) == {"mine", "other"} - {seen[0]}
