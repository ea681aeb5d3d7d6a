"""What its owner can do with a run: stop it, go on, keep a step as an entry, take that away, delete it all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hub.errors import RequestError
from hub.generators.model_store import ModelStore
from hub.jobs import Jobs, JobState, JobView
from hub.jobs.finished_models import read_making, tell_making
from hub.language.sentence import Sentence
from hub.ui.training.own_runs import OwnRuns
from hub.ui.training.run_files import list_steps
from hub.ui.training.run_limits import UNDER_WAY


@dataclass(frozen=True)
class RunNow:
    """A run as it is now, and the step that is chosen.

    ``entry`` is the name of the entry that it made, empty without one, and ``kept`` the step that this is of, 0 where
    its receipt does not say.
    """

    view: JobView
    entry: str
    step: int = 0
    kept: int = 0


@dataclass(frozen=True)
class RunAction:
    """One thing that can be done: where it is offered, what is asked before, and what is said after it."""

    name: str
    label: Sentence
    offered: Callable[[RunNow], bool]
    do: Callable[[RunNow], Sentence]
    confirm: Sentence | None = None
    of_step: bool = False  # it is about the step that is chosen, whose result must be there


class RunActions:
    """The actions that every run has."""

    def __init__(self, runs: OwnRuns, jobs: Jobs) -> None:
        self._runs, self._jobs, self._store = runs, jobs, ModelStore(jobs.data)

    def list(self) -> list[RunAction]:
        """Return the actions, in the order in which they stand."""
        state = JobState
        return [
            RunAction("keep", Sentence("Keep this step"), lambda now: True, self.keep, of_step=True),
            RunAction("stop", Sentence("Stop"), lambda now: now.view.state in UNDER_WAY, self.stop),
            RunAction("resume", Sentence("Go on"), self._can_go_on, self.resume),
            RunAction(
                "drop",
                Sentence("Remove the entry"),
                lambda now: bool(now.entry),
                self.drop,
                Sentence("The entry meets nobody any more; its run stays here. Remove it?"),
            ),
            RunAction(
                "delete",
                Sentence("Delete the run"),
                lambda now: now.view.state in (state.done, state.stopped, state.failed),
                self.delete,
                Sentence("Everything that this run was given and made is deleted, its entry too. Delete it?"),
            ),
        ]

    def look(self, view: JobView, step: int = 0) -> RunNow:
        """Return a run as it is now."""
        made = read_making(self._store, view.record.name or view.id)
        if made.get("job") != view.id:
            return RunNow(view, "", step)
        kept = made.get("steps")
        return RunNow(view, view.record.name or view.id, step, kept if isinstance(kept, int) else 0)

    def stop(self, now: RunNow) -> Sentence:
        """Ask a run to stop after its step."""
        self._jobs.stop(now.view.id)
        return Sentence("The run stops after the step that it is in.")

    def resume(self, now: RunNow) -> Sentence:
        """Queue a run again that stopped or failed."""
        self._jobs.resume(now.view.id)
        return Sentence("The run goes on from its last row.")

    def keep(self, now: RunNow) -> Sentence:
        """Make an entry of what the run was after the chosen step; the entry that it had gives way."""
        name = now.view.record.name or now.view.id
        kept = next((one.kept for one in list_steps(now.view.run) if one.number == now.step), None)
        if kept is None:
            raise RequestError(Sentence("Step {step} left no result to keep: choose another.", step=now.step))
        made = tell_making(now.view.id, now.view.record, kept)
        self._store.add(kept, name, made, replace=bool(now.entry))
        return Sentence("{name} is what the run was after step {step}.", name=name, step=now.step)

    def drop(self, now: RunNow) -> Sentence:
        """Take the run's entry away."""
        self._store.remove(now.entry)
        return Sentence("The entry {name} was removed.", name=now.entry)

    def delete(self, now: RunNow) -> Sentence:
        """Delete a run that does not run, what looked at it, and its entry."""
        looking = self._runs.about(now.view.id)
        if any(one.state in UNDER_WAY for one in looking):
            raise RequestError(Sentence("What this run changed is being measured: stop that first."))
        if now.entry:
            self._store.remove(now.entry)
        for one in (*looking, now.view):
            self._jobs.remove(one.id)
        return Sentence("The run was deleted, with all that it was given.")

    def _can_go_on(self, now: RunNow) -> bool:
        record, folder = now.view.record, self._jobs.folder / now.view.id
        there = not record.pictures or (folder / "pictures").is_dir()
        return now.view.state in (JobState.stopped, JobState.failed) and there


def hide_folder(text: str, data: Path) -> str:
    """Return a text without the place of the data folder, which is the operator's affair."""
    return text.replace(f"{data}/", "")
