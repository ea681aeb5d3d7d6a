"""Visitors' runs: found by their owner alone, limited, and read as they lie in their folders."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import HubError, RequestError, UnknownName
from hub.generators.model_store import ModelStore
from hub.jobs import Jobs, JobState
from hub.raters import KnownBy, Rater
from hub.ui.training import run_limits
from hub.ui.training.own_runs import OwnRuns, check_cookie
from hub.ui.training.run_actions import RunActions
from hub.ui.training.run_files import list_steps, read_column
from hub.ui.training.run_limits import ALL_KEPT, ALL_WAITING, KEPT, STARTS, RunLimits
from tests.hub.generators.models import write_model
from tests.hub.jobs.made import MODULES, PRETEND, change

ME, OTHER = (Rater(name, name, f"network of {name}") for name in ("me", "other"))
NOBODY = Rater("pages", "pages", "somewhere", KnownBy.page)


@pytest.fixture
def runs(tmp_path: Path) -> OwnRuns:
    """The runs of a data folder in which nothing is yet."""
    return OwnRuns(Jobs(tmp_path, MODULES), PRETEND)


def start(runs: OwnRuns, owner: str, state: JobState = JobState.done, name: str = "", about: str = "") -> str:
    """Queue a run of an owner, and let it be in a state."""
    id = runs.jobs.start(PRETEND, [], owner=owner, name=name, about=about)
    change(runs.jobs, id, state=state)
    return id


def test_a_run_is_its_owners_and_nobody_elses(runs: OwnRuns) -> None:
    first, second, _ = start(runs, "me"), start(runs, "me"), start(runs, "other")
    start(runs, "", name="of a shell")
    assert [one.id for one in runs.of(ME)] == [second, first]
    assert runs.find(ME, first).id == first
    for rater in (OTHER, NOBODY):
        with pytest.raises(UnknownName, match="no such run of yours"):
            runs.find(rater, first)
    assert len(runs.all()) == 3
    with pytest.raises(RequestError, match="allow cookies"):
        check_cookie(NOBODY)


CROWDS: dict[str, tuple[Callable[[OwnRuns], object], str]] = {
    "under way": (lambda runs: start(runs, "me", JobState.running), "have a run under way"),
    "kept": (lambda runs: [start(runs, "me") for _ in range(KEPT)], "You keep 3 runs"),
    "measured": (
        lambda runs: start(runs, "me", JobState.queued, about=start(runs, "me")),
        "have a run under way",
    ),
    "queue": (
        lambda runs: [start(runs, f"rater {n}", JobState.queued) for n in range(ALL_WAITING)],
        "8 runs wait here",
    ),
    "folder": (lambda runs: [start(runs, f"rater {n}") for n in range(ALL_KEPT)], "This arena keeps 40 runs"),
}


@pytest.mark.parametrize("crowd", CROWDS)
def test_nobody_fills_the_machine(runs: OwnRuns, crowd: str) -> None:
    RunLimits(runs).check(ME)
    fill, said = CROWDS[crowd]
    fill(runs)
    with pytest.raises(RequestError, match=said):
        RunLimits(runs).check(ME)


def test_everybodys_limits_are_of_all_trainings_and_ones_own_of_one(runs: OwnRuns) -> None:
    other = OwnRuns(runs.jobs, "another training")
    for number in range(ALL_WAITING):
        start(runs, f"rater {number}", JobState.queued)
    with pytest.raises(RequestError, match="8 runs wait here"):
        RunLimits(other).check(ME)
    for id in [one.id for one in runs.all()]:
        runs.jobs.remove(id)
    start(runs, "me", JobState.queued)
    RunLimits(other).check(ME)


def test_a_network_starts_few_runs_an_hour_and_none_where_the_disk_is_nearly_full(
    runs: OwnRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = RunLimits(runs)
    for _ in range(STARTS):
        limits.check(ME)
        limits.count(ME)
    with pytest.raises(RequestError, match="from your network within an hour"):
        limits.check(ME)
    limits.check(OTHER)
    monkeypatch.setattr(run_limits, "FREE", 1 << 62)
    with pytest.raises(RequestError, match="nearly full"):
        limits.check(OTHER)


def test_steps_and_scores_are_read_as_they_lie_there(tmp_path: Path) -> None:
    for number in (0, 25, 50):
        (tmp_path / f"step-{number:04d}.png").touch()
    (tmp_path / "steps" / "0025").mkdir(parents=True)
    (tmp_path / "steps" / ".0050").mkdir()
    assert [(one.number, one.kept) for one in list_steps(tmp_path)] == [
        (0, None), (25, tmp_path / "steps" / "0025"), (50, None),
    ]  # fmt: skip
    (tmp_path / "pipeline").mkdir()
    assert list_steps(tmp_path)[-1].kept == tmp_path / "pipeline"
    assert read_column(tmp_path, "loss") == []
    (tmp_path / "log.csv").write_text("seconds,step,loss\n1,25,0.5\n2,50,nan\n3,50,0.25\n4,7")
    assert read_column(tmp_path, "loss") == [(25, 0.5), (50, 0.25)]


def test_a_step_is_kept_as_an_entry_another_takes_its_place_and_all_is_deleted_with_the_run(
    runs: OwnRuns, tmp_path: Path
) -> None:
    id, store, actions = start(runs, "me", name="zebi-1"), ModelStore(tmp_path), RunActions(runs, runs.jobs)
    run = runs.jobs.folder / id / "result"
    for number in (2, 4):
        write_model(run / "steps" / f"000{number}", number)
        (run / "steps" / f"000{number}" / "receipt.json").write_text(f'{{"made": {{"steps": {number}}}}}')
        (run / f"step-000{number}.png").touch()
    with pytest.raises(HubError, match="Step 3 left no result"):
        actions.keep(actions.look(runs.find(ME, id), 3))
    assert store.marks() == {}
    for step in (4, 2):
        actions.keep(actions.look(runs.find(ME, id), step))
        now = actions.look(runs.find(ME, id))
        assert (now.entry, now.kept) == ("zebi-1", step)
    other = start(runs, "other", name="zebi-1")
    assert actions.look(runs.find(OTHER, other)).entry == "", "another's entry is not this run's"
    watch = start(runs, "me", JobState.running, about=id)
    with pytest.raises(RequestError, match="is being measured"):
        actions.delete(now)
    change(runs.jobs, watch, state=JobState.done)
    actions.delete(now)
    assert store.marks() == {}
    assert [one.name for one in runs.jobs.folder.glob("[!.]*")] == [other]
