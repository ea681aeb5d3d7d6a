"""An adaptation as the page tells it: from which words to which, its two parts, and the plots of both."""

from collections.abc import Sequence
from html import escape

from hub.errors import HubError
from hub.jobs import JobState, JobView
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.methods.ipl.adaptation_record import AdaptationRecord, read_record
from hub.methods.ipl.look_words import warn_drawn_already
from hub.ui.training.run_view import ScorePlot

CAPTION = Sentence("Eight captions, each with its own seed: the same in every run of this generator.")
FIRST = Sentence(
    "In its first {count} steps it learns how each picture is said in words; the pictures change in those after."
)


def list_plots(view: JobView) -> Sequence[ScorePlot]:
    """Return the plots of a run: the loss of its first part, then of the second, whose steps are those of previews."""
    told = _read(view)
    begin = told.prompt_steps if told else 0
    return (
        ScorePlot("match", Sentence("loss of the prompts")),
        ScorePlot("direction", Sentence("loss of the direction"), begin),
        ScorePlot("moved", Sentence("distance from the source's pictures"), begin),
    )


def render_adaptation(view: JobView, page: str, language: Language) -> str:
    """Return what a run adapts to what, what to be warned of, and why its pictures do not change yet."""
    told = _read(view)
    if told is None:
        return ""
    said = language.gettext(
        "{source}, from “{before}” to “{after}”",
        source=told.source, before=told.source_words, after=told.target_words,
    )  # fmt: skip
    html = f'<p class="vs-said">{escape(said)}</p>'
    if told.drawn_already:
        warning = language.tell(warn_drawn_already(told.source, told.target_words))
        html += f'<p class="vs-warning">{escape(warning)}</p>'
    if view.state is JobState.running and view.step < told.prompt_steps:
        first = language.gettext(FIRST.template, count=told.prompt_steps)
        html += f'<p class="vs-said">{escape(first)}</p>'
    return html


def _read(view: JobView) -> AdaptationRecord | None:
    """Return what a run says of itself; None while it says nothing."""
    try:
        return read_record(view.run)
    except HubError:
        return None
