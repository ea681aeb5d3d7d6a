"""A run as HTML: how far it is, its steps to look back at, its plots, and the buttons of what can be done."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from hub.jobs import JobState, JobView
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.ui import markup
from hub.ui.picture_slider import render_share
from hub.ui.training.failure_words import find_sentence
from hub.ui.training.run_actions import RunAction, RunNow
from hub.ui.training.run_files import RunStep, read_column
from hub.ui.training.run_plots import render_line_plot

STATES = {
    JobState.queued: Sentence("waiting, place {place}"),
    JobState.running: Sentence("step {step} of {of}"),
    JobState.stopping: Sentence("stopping after step {step}"),
    JobState.stopped: Sentence("stopped at step {step} of {of}"),
    JobState.done: Sentence("done, {of} steps"),
    JobState.failed: Sentence("failed at step {step}"),
}
TONES = {JobState.done: "done", JobState.failed: "failed"}
COLUMNS = 4  # of a preview's sheet of pictures
Shown = tuple[RunStep, str]  # a step, and the address of its preview


@dataclass(frozen=True)
class ScorePlot:
    """A score of a run's log to plot over its steps: those after ``begin``, counted from there."""

    name: str
    label: Sentence
    begin: int = 0


def render_progress(heading: str, view: JobView, language: Language) -> str:
    """Return how far a run is: its state, its bar, the minutes left, and why it ended where it did not end well."""
    said = language.gettext(STATES[view.state].template, place=view.place, step=view.step, of=view.of)
    if view.state is JobState.running and not view.of:
        said = language.gettext("beginning")
    if view.seconds_left is not None and view.state is JobState.running:
        said = f"{said}, {tell_time_left(view.seconds_left, language)}"
    share = 1.0 if view.state is JobState.done else view.step / view.of if view.of else 0.0
    status = markup.render_status(heading, said, share, TONES.get(view.state, ""), language)
    why = view.sentence if view.state is JobState.failed else ""
    return status + (f'<p class="vs-trouble">{escape(language.tell(find_sentence(why)))}</p>' if why else "")


def tell_time_left(seconds: float, language: Language) -> str:
    """Return how long something takes still, in whole minutes."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return language.gettext("less than a minute left")
    return language.ngettext("about {n} minute left", "about {n} minutes left", minutes)


def render_picker(steps: Sequence[Shown], caption: str, language: Language) -> str:
    """Return the steps of a run: a slider that looks back, and the preview of the step that it stands at."""
    if not steps:
        soon = language.gettext("The first preview comes soon.")
        return f'<p class="vs-said">{escape(soon)}</p>'
    numbers = [step.number for step, _ in steps]
    kept = [step.number for step, _ in steps if step.kept]
    pictures = "".join(_render_preview(step, address, language) for step, address in steps)
    label, last = escape(language.gettext("Look back at step")), len(numbers) - 1
    over, share = _render_before(steps, language)
    return (
        f'<div class="vs-picker"><label class="vs-label">{label} <output></output><input type="range" '
        f'class="vs-run-step" min="0" max="{last}" step="1" value="{last}" data-steps="{escape(json.dumps(numbers))}" '
        f'data-kept="{escape(json.dumps(kept))}"></label>'
        f'<figure class="vs-preview vs-over" style="--columns:{COLUMNS}">'
        f'<div class="vs-over-frame">{pictures}{over}</div>{share}'
        f"<figcaption>{escape(caption)}</figcaption></figure></div>"
    )


def _render_preview(step: RunStep, address: str, language: Language) -> str:
    alt = escape(language.gettext("What the run drew after step {step}", step=step.number))
    return f'<img data-step="{step.number}" src="{escape(address)}" alt="{alt}" hidden>'


def _render_before(steps: Sequence[Shown], language: Language) -> tuple[str, str]:
    """Return the picture of before the first step, to lie over the others, and its slider; empty without both."""
    (first, address), *others = steps
    if first.number or not others:
        return "", ""
    alt = escape(language.gettext("What was drawn before the run"))
    share = render_share(language.gettext("Before"), language.gettext("After"), language, 0)
    return f'<img data-picture="over" src="{escape(address)}" alt="{alt}">', share


def render_entry(now: RunNow, language: Language) -> str:
    """Return what is told of the entry that a run made; empty where there is none."""
    if not now.entry:
        return ""
    said = language.gettext("{name} is an entry of this arena: what the run was after its whole training.")
    if now.kept:
        said = language.gettext("{name} is an entry of this arena: what the run was after step {step}.")
    name = f"<code>{escape(now.entry)}</code>"
    return f'<p class="vs-entry" role="status">{markup.fill(said, name=name, step=str(now.kept))}</p>'


def render_plots(view: JobView, plots: Sequence[ScorePlot], language: Language) -> str:
    """Return these plots of a run; one of fewer than two rows has none."""
    across = language.gettext("step")
    drawn = [
        render_line_plot(
            [(step - one.begin, value) for step, value in read_column(view.run, one.name)],
            across,
            language.tell(one.label),
            language,
        )
        for one in plots
    ]
    return f'<div class="vs-plots">{"".join(drawn)}</div>' if any(drawn) else ""


def render_actions(now: RunNow, actions: Sequence[RunAction], language: Language) -> str:
    """Return the buttons of what can be done now, and the dialog that asks before what can't be undone."""
    buttons = "".join(
        f'<button type="button" class="vs-small" data-act="{one.name}"'
        f"{' data-of-step disabled' if one.of_step else ''}"
        f"{_ask(one, language)}>{escape(language.tell(one.label))}</button>"
        for one in actions
        if one.offered(now)
    )
    yes, no = escape(language.gettext("Yes")), escape(language.gettext("No"))
    return (
        f'<div class="vs-acts">{buttons}</div><dialog class="vs-dialog">'
        f'<p></p><form method="dialog"><button class="vs-button" value="yes">{yes}</button>'
        f'<button class="vs-button vs-primary" value="no" autofocus>{no}</button></form></dialog>'
    )


def _ask(action: RunAction, language: Language) -> str:
    return f' data-confirm="{escape(language.tell(action.confirm))}"' if action.confirm else ""
