"""An adaptation as the page tells it: from which words to which, its two parts, and the plots of both."""

from collections.abc import Sequence
from html import escape

from hub.errors import HubError
from hub.jobs import JobState, JobView
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.methods.ipl.adaptation_record import AdaptationRecord, read_record
from hub.methods.ipl.look_words import warn_drawn_already
from hub.ui.adapt.adaptation_runs import AskedLook
from hub.ui.picture_slider import render_share
from hub.ui.training.run_view import COLUMNS, ScorePlot

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


def render_warning(warning: Sentence, asked: AskedLook, before: str, after: str, language: Language) -> str:
    """Return a warning, what the source draws of either words by their addresses, and the button that starts anyway."""
    judge = language.gettext(
        "It draws this of your words; the slider shows what it draws now. If this is not the look that you mean, start "
        "anyway."
    )
    anyway = escape(language.gettext("Start anyway"))
    share = render_share(asked.source_words, asked.target_words, language, 0)
    return (
        f'<div class="vs-warning" role="alert"><p>{escape(language.tell(warning))}</p></div>'
        f'<figure class="vs-preview vs-over" style="--columns:{COLUMNS}"><div class="vs-over-frame">'
        f"{_render_drawn(asked.source, asked.target_words, after, '', language)}"
        f"{_render_drawn(asked.source, asked.source_words, before, ' data-picture=over', language)}</div>{share}"
        f"<figcaption>{escape(judge)}</figcaption>"
        f'<button type="button" class="vs-small" data-act="anyway">{anyway}</button>'
        f"</figure>"
    )


def _render_drawn(source: str, words: str, address: str, more: str, language: Language) -> str:
    alt = language.gettext("What {source} draws of “{words}”", source=source, words=words)
    return f'<img src="{escape(address)}" alt="{escape(alt)}"{more}>'


def _read(view: JobView) -> AdaptationRecord | None:
    """Return what a run says of itself; None while it says nothing."""
    try:
        return read_record(view.run)
    except HubError:
        return None
