"""What a finished job made is an entry of the arena, once, and whole or not at all."""

import json
import shutil
from pathlib import Path

import pytest

from hub.errors import DataError
from hub.files import WEIGHTS
from hub.generators.model_store import ModelStore
from hub.jobs import Jobs, JobState
from hub.jobs.finished_models import LICENCES, RegisterModel, read_making
from hub.jobs.job_queue import TRAININGS
from tests.hub.generators.models import write_model
from tests.hub.jobs.made import MODULES, PRETEND, ended, running


class Trained:
    """The hook, given a result to which the pretended training's model is added."""

    def __init__(self, jobs: Jobs) -> None:
        self.register, self.calls = RegisterModel(jobs, {PRETEND: "MIT"}), 0

    def __call__(self, id: str, folder: Path) -> None:
        """Register the result twice, as after a kill."""
        write_model(folder)
        (folder / "resume.pt").write_bytes(b"")
        for _ in range(2):
            self.register(id, folder)
            self.calls += 1


def test_a_finished_job_is_an_entry_with_a_receipt(tmp_path: Path) -> None:
    jobs, store = Jobs(tmp_path, MODULES), ModelStore(tmp_path)
    job, hook = jobs.start(PRETEND, ["--steps", "4"]), Trained(jobs)
    with running(jobs, hook):
        assert ended(jobs, job).state is JobState.done
    assert (list(store.marks()), hook.calls) == ([job], 2)
    assert store.read(job).licence == "MIT"
    made = json.loads((store.folder / job / "receipt.json").read_text())["made"]
    assert (made["job"], made["module"], made["options"]) == (job, PRETEND, ["--steps", "4"])
    names = {path.name for path in (store.folder / job).iterdir()}
    assert names == {"entry.toml", "README.md", "model.safetensors", "log.csv", "grid.png", "receipt.json"}
    assert not list((tmp_path / ".parts").iterdir())


def test_a_result_that_can_t_be_an_entry_fails_its_job_and_leaves_none(tmp_path: Path) -> None:
    jobs, store = Jobs(tmp_path, MODULES), ModelStore(tmp_path)
    job = jobs.start(PRETEND, ["--steps", "4"])
    with running(jobs, RegisterModel(jobs, {PRETEND: "MIT"})):
        view = ended(jobs, job)
    assert view.state is JobState.failed
    assert "holds no generator" in view.sentence
    assert store.marks() == {}


def test_a_result_without_entry_and_card_gets_those_of_its_training(tmp_path: Path) -> None:
    jobs, store = Jobs(tmp_path, MODULES), ModelStore(tmp_path)
    job, result = jobs.start(PRETEND, []), tmp_path / "result"
    write_model(result)
    for name in ("entry.toml", "README.md"):
        (result / name).unlink()
    register = RegisterModel(jobs, {PRETEND: "CC-BY-SA-4.0"})
    with pytest.raises(DataError, match="was not written by a training of this repository"):
        register(job, result)
    assert store.marks() == {}
    shutil.copy(WEIGHTS / "galip" / "model.safetensors", result)
    register(job, result)
    assert "tests.hub.jobs.pretend_training" in (store.folder / job / "README.md").read_text()
    entry = store.read(job)
    assert (entry.kind, entry.licence) == ("one-step", "CC-BY-SA-4.0")


def test_the_result_of_a_training_that_makes_no_generator_stays_where_it_is(tmp_path: Path) -> None:
    jobs, store = Jobs(tmp_path, MODULES), ModelStore(tmp_path)
    job = jobs.start(PRETEND, ["--steps", "4"])
    with running(jobs, RegisterModel(jobs)):
        view = ended(jobs, job)
    assert (view.state, view.sentence) == (JobState.done, "")
    assert view.result is not None and (view.result / "model.txt").exists()
    assert store.marks() == {}


def test_what_each_method_of_one_step_makes_is_an_entry(tmp_path: Path) -> None:
    jobs, store = Jobs(tmp_path, MODULES), ModelStore(tmp_path)
    assert {"hub.methods.scad", "hub.methods.contrastive", "hub.methods.diffusion"} <= set(LICENCES)
    job, result = jobs.start(PRETEND, []), tmp_path / "result"
    result.mkdir()
    shutil.copy(WEIGHTS / "ssagan" / "model.safetensors", result)
    RegisterModel(jobs, {PRETEND: LICENCES["hub.methods.contrastive"]})(job, result)
    assert store.read(job).licence == "CC-BY-SA-4.0"


def test_a_job_that_has_a_name_for_its_entry_gives_it_and_its_own_receipt_stays(tmp_path: Path) -> None:
    jobs, store = Jobs(tmp_path, MODULES), ModelStore(tmp_path)
    job, other = (jobs.start(PRETEND, [], name="zebi-1") for _ in range(2))
    result, register = write_model(tmp_path / "result"), RegisterModel(jobs, {PRETEND: "MIT"})
    (result / "receipt.json").write_text(json.dumps({"made": {"subject": "zebi-1"}}))
    (result / "pipeline").mkdir()
    for path in [*result.iterdir()]:
        if path.is_file():
            path.rename(result / "pipeline" / path.name)
    for _ in range(2):  # as after a kill
        register(job, result)
    assert list(store.marks()) == ["zebi-1"]
    made = json.loads((store.folder / "zebi-1" / "receipt.json").read_text())["made"]
    assert (made["subject"], made["job"], made["module"]) == ("zebi-1", job, PRETEND)
    assert read_making(store, "zebi-1") == made
    assert read_making(store, "another") == {}
    with pytest.raises(DataError, match="There is a generator 'zebi-1' already"):
        register(other, result)


def test_every_training_whose_results_are_entries_can_be_a_job() -> None:
    assert LICENCES.keys() <= set(TRAININGS)
