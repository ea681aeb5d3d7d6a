"""Starting a visitor's personalisation: every input is checked before anything is queued."""

from collections.abc import Sequence

from hub.jobs import Jobs, JobState, JobView
from hub.language.sentence import Sentence
from hub.moderation import Moderation
from hub.prompts import check_prompt
from hub.raters import Rater
from hub.subjects.subject_name import SubjectName, check_name, list_known_words
from hub.ui.field_notes import at_field
from hub.ui.personalise.drift_view import MODULE as WATCH
from hub.ui.training.own_runs import OwnRuns, check_cookie
from hub.ui.training.run_actions import RunAction, RunNow
from hub.ui.training.run_files import list_steps
from hub.ui.training.run_limits import UNDER_WAY
from hub.ui.training.run_start import RunStart

MODULE = "hub.methods.personalization"
TOKEN, CLASS = "personalise-token", "personalise-class"  # the boxes' elements
OPTIONS: tuple[str, ...] = ("--keep-steps",)  # of every run from the page; the rest is the preset's
WATCH_OPTIONS: tuple[str, ...] = ()


class SubjectRuns:
    """Starts personalisations and the drift watches of their results. Safe to call from several threads."""

    def __init__(self, jobs: Jobs, runs: OwnRuns, moderation: Moderation) -> None:
        self._jobs, self._runs, self._moderation, self._start = jobs, runs, moderation, RunStart(runs, TOKEN)

    def start(self, rater: Rater, token: str, class_word: str, strength: float, pictures: Sequence[bytes]) -> str:
        """Queue a run and return its job's ID. Raises: HubError, and then nothing was queued or written."""
        check_cookie(rater)
        with at_field(CLASS):
            check_prompt(class_word)
            self._moderation.check_prompt(class_word)
        with at_field(TOKEN):
            name = check_name(SubjectName(token.strip(), class_word), list_known_words().__contains__)
            self._moderation.check_prompt(name.token)
        told = (f"--subject={name.token}", f"--class={name.class_word}", f"--lambda={strength:g}")
        return self._start.start(rater, name.token, (*told, *OPTIONS), pictures)

    def watch(self, now: RunNow) -> Sentence:
        """Queue a drift watch of a run after the chosen step."""
        last = max((one.number for one in list_steps(now.view.run)), default=0)
        step = 0 if now.view.state is JobState.done and now.step in (0, last) else now.step
        self._jobs.start(WATCH, (f"--step={step}", *WATCH_OPTIONS), owner=now.view.record.owner, about=now.view.id)
        return Sentence("What changed is being measured: the result comes here, in some minutes.")

    def stop_watch(self, now: RunNow) -> Sentence:
        """Ask the drift watch of a run to stop."""
        for one in self._watches(now):
            self._jobs.stop(one.id)
        return Sentence("The measuring stops after the picture that is being drawn.")

    def delete_pictures(self, now: RunNow) -> Sentence:
        """Delete the pictures that a run was given."""
        self._jobs.delete_pictures(now.view.id)
        return Sentence("Your pictures were deleted; what was learnt from them stays.")

    def list_actions(self) -> list[RunAction]:
        """Return what can be done with a personalisation beside what every run has."""
        question = Sentence(
            "What was learnt stays, but the run can't go on and nothing can be measured any more. Delete the pictures?"
        )
        return [
            RunAction("watch", Sentence("Measure what changed"), self._can_watch, self.watch, of_step=True),
            RunAction("unwatch", Sentence("Stop measuring"), lambda now: bool(self._watches(now)), self.stop_watch),
            RunAction("forget", Sentence("Delete my pictures"), self._can_forget, self.delete_pictures, question),
        ]

    def _watches(self, now: RunNow) -> list[JobView]:
        """Return the drift watches of a run that are queued or running."""
        return [one for one in self._runs.about(now.view.id) if one.state in UNDER_WAY]

    def _has_pictures(self, now: RunNow) -> bool:
        return (self._jobs.folder / now.view.id / "pictures").is_dir()

    def _can_watch(self, now: RunNow) -> bool:
        ended = now.view.state not in UNDER_WAY and any(one.kept for one in list_steps(now.view.run))
        return ended and self._has_pictures(now) and not self._watches(now)

    def _can_forget(self, now: RunNow) -> bool:
        return now.view.state not in UNDER_WAY and self._has_pictures(now) and not self._watches(now)
