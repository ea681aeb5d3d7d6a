"""Starting a visitor's adaptation: every input is checked before anything is queued."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.errors import RequestError
from hub.language.sentence import Sentence
from hub.methods.ipl.look_words import check_words
from hub.moderation import Moderation
from hub.prompts import check_prompt
from hub.raters import Rater
from hub.ui.adapt.look_check import WORDS, LookCheck, LookWarning
from hub.ui.field_notes import at_field
from hub.ui.training.own_runs import OwnRuns
from hub.ui.training.run_start import RunStart

MODULE = "hub.methods.ipl"
ENTRY = "adapt-name"  # the box's element
OPTIONS: tuple[str, ...] = ()  # of every run from the page; the rest is the method's own
NO_SOURCE = Sentence("No generator of this arena can be adapted: its operator can add galip or scad.")


@dataclass(frozen=True)
class AskedLook:
    """What a visitor asks for: a source, what it draws and what it shall draw, in words, and a name for the entry."""

    source: str
    source_words: str
    target_words: str
    name: str


class LookRuns:
    """Starts adaptations. Safe to call from several threads."""

    def __init__(self, runs: OwnRuns, check: LookCheck, moderation: Moderation) -> None:
        self._start, self._check, self._moderation = RunStart(runs, ENTRY), check, moderation

    def find_warning(self, rater: Rater, asked: AskedLook, sources: Sequence[str]) -> LookWarning | None:
        """Return a warning for whoever asks for a look that the source seems to draw already, else None.

        ``sources`` are the generators that they may choose. Raises: HubError for what can't be started.
        """
        words = self._read_words(asked, sources)
        self._start.check(rater, asked.name)
        warning = self._check.find_warning(rater, asked.source, *words)
        for png in (warning.told_source, warning.told_target) if warning else ():
            self._moderation.check_image(png)
        return warning

    def start(self, rater: Rater, asked: AskedLook, sources: Sequence[str]) -> str:
        """Queue a run and return its job's ID. Raises: HubError, and then nothing was queued or written."""
        source, target = self._read_words(asked, sources)
        told = (f"--source={asked.source}", f"--from={source}", f"--to={target}")
        return self._start.start(rater, asked.name, (*told, *OPTIONS))

    def _read_words(self, asked: AskedLook, sources: Sequence[str]) -> tuple[str, str]:
        """Return the words of a look of a source that may be chosen. Raises: HubError."""
        if asked.source not in sources:
            with at_field("adapt-source"):
                raise RequestError(Sentence("Choose a generator that can be adapted.") if sources else NO_SOURCE)
        with at_field(WORDS):
            words = check_words(asked.source_words, asked.target_words)
        for said, field in zip(words, ("adapt-from", WORDS), strict=True):
            with at_field(field):
                check_prompt(said)
                self._moderation.check_prompt(said)
        return words
