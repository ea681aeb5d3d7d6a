"""The ledger of trainings: complete, appended whole or not at all, and no checkpoint in it twice."""

import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from hub.errors import DataError, StorageError
from hub.weights import training_ledger
from hub.weights.trained_checkpoint import find_trained
from hub.weights.training_ledger import COLUMNS, append_rows, list_installed, make_row, read_rows
from tests.hub.methods.pretend_run import write_checkpoint


def row(folder: Path, step: int) -> dict[str, str]:
    """The row of a pretended checkpoint."""
    write_checkpoint(folder / "model.safetensors", step, validation={"r1": 0.25})
    found = find_trained(folder)
    assert found
    return make_row("a", found, "2026-01-02", "c0de")


def test_a_row_tells_what_the_checkpoint_does(tmp_path: Path) -> None:
    told = row(tmp_path, 7)
    assert list(told) == list(COLUMNS)
    assert {**told, "sha256": ""} == {
        "date": "2026-01-02", "name": "a", "method": "pretend", "device": "GPU", "minutes": "1.0", "images_seen": "7",
        "seed": "0", "commit": "c0de", "sha256": "", "validation": "r1=0.25",
    }  # fmt: skip
    write_checkpoint(tmp_path / "model.safetensors", 7, validation_kid=[0.031, 0.025])
    found = find_trained(tmp_path)
    assert found and make_row("a", found)["validation"] == "kid=0.025"


def test_every_installed_checkpoint_has_its_row() -> None:
    known = {(one["name"], one["sha256"]) for one in read_rows()}
    lacking = [one["name"] for one in list_installed() if (one["name"], one["sha256"]) not in known]
    assert lacking == [], "python -m hub.weights ledger adds them"


def test_rows_are_added_once_and_none_is_changed(tmp_path: Path) -> None:
    ledger, first, second = tmp_path / "ledger.csv", row(tmp_path, 1), row(tmp_path, 2)
    assert append_rows([first], ledger) == [first]
    before = ledger.read_bytes()
    assert append_rows([first, second], ledger) == [second]
    assert ledger.read_bytes().startswith(before)
    assert read_rows(ledger) == [first, second]
    assert append_rows([first], ledger) == []


def test_a_full_disk_leaves_the_ledger_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = tmp_path / "ledger.csv"
    append_rows([row(tmp_path, 1)], ledger)
    before = ledger.read_bytes()

    def write_half(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_half)
    with pytest.raises(StorageError, match="No space left"):
        append_rows([row(tmp_path, 2)], ledger)
    assert ledger.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ledger.csv", "model.safetensors"]


@pytest.mark.parametrize("text", ["a,b\n1,2\n", f"{','.join(COLUMNS)}\n,galip,scad", '"'])
def test_what_is_no_ledger_is_not_added_to(tmp_path: Path, text: str) -> None:
    ledger = tmp_path / "ledger.csv"
    ledger.write_text(text)
    with pytest.raises(DataError, match="restore it from the repository"):
        append_rows([row(tmp_path, 1)], ledger)
    assert ledger.read_text() == text


def add(ledger: Path, number: int) -> None:
    """Add a row of its own."""
    append_rows([dict.fromkeys(COLUMNS, str(number))], ledger)


def test_rows_that_several_add_at_once_are_all_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_slowly(ledger: Path) -> list[dict[str, str]]:
        rows = read_rows(ledger)
        time.sleep(0.1)  # so that all have read before any has written, if they may
        return rows

    monkeypatch.setattr(training_ledger, "read_rows", read_slowly)
    processes = [get_context("fork").Process(target=add, args=(tmp_path / "ledger.csv", n)) for n in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert {one["name"] for one in read_rows(tmp_path / "ledger.csv")} == {str(n) for n in range(8)}
