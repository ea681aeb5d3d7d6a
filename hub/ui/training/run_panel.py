"""The live view of a visitor's runs: which one, how far it is, its steps, plots and buttons; any training's."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from hub.errors import HubError, UnknownName
from hub.jobs import JobView
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.raters import Rater
from hub.ui.battle.event_fields import read_text
from hub.ui.middleware.gradio_queue import read_event_data
from hub.ui.parts import Updates, show_errors
from hub.ui.training.own_runs import NOT_YOURS, OwnRuns
from hub.ui.training.preview_addresses import PreviewAddresses
from hub.ui.training.run_actions import RunAction, RunActions
from hub.ui.training.run_files import list_steps
from hub.ui.training.run_limits import UNDER_WAY
from hub.ui.training.run_view import (
    ScorePlot,
    render_actions,
    render_entry,
    render_picker,
    render_plots,
    render_progress,
)
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language
from hub.ui.visitors import Visitors

HERE = Path(__file__).parent
STATUS, STEPS = ((HERE / name).read_text(encoding="utf-8") for name in ("run_status.js", "run_steps.js"))
EMPTY = {"html": "", "job": "", "live": False}
Below = Callable[[JobView, str, Language], str]  # HTML of a run, for a page, in a language


@dataclass(frozen=True)
class RunWords:
    """What a training's runs are told with: their plots, a preview's caption, what can be done; above and below it."""

    plots: Callable[[JobView], Sequence[ScorePlot]]
    caption: Sentence
    below: Below = lambda view, page, language: ""
    above: Below = lambda view, page, language: ""
    actions: Sequence[RunAction] = ()


class RunPanel:
    """The components and events of the view; ``name`` starts their ids. Nothing is shown but to a run's owner."""

    def __init__(
        self, name: str, runs: OwnRuns, previews: PreviewAddresses, visitors: Visitors, words: RunWords,
        page: TranslatedBlocks,
    ) -> None:  # fmt: skip
        self._runs, self._previews, self._visitors, self._words = runs, previews, visitors, words
        self._shared = RunActions(runs, runs.jobs)
        keeping, *others = self._shared.list()
        self._actions = [keeping, *words.actions, *others]
        self.choice = page.build(
            gr.Dropdown, {"label": Sentence("Your runs")}, choices=[], visible=False, elem_id=f"{name}-runs"
        )
        # checked when it is read: Gradio forgets the choices of a page that was away
        self.choice.preprocess = lambda payload: payload  # type: ignore[method-assign]
        looks: dict[str, Any] = {"html_template": "${value.html}", "apply_default_css": False, "padding": False}
        self.status = gr.HTML(EMPTY, elem_id=f"{name}-status", js_on_load=STATUS, **looks)
        self.steps = gr.HTML(EMPTY, elem_id=f"{name}-steps", js_on_load=STEPS, **looks)
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
        self.status.look(self.look, None, [self.status, self.steps], api_name=f"{name}_look", **quiet)
        self.steps.act(self.act, None, self.outputs, api_name=f"{name}_act", **quiet)
        self.choice.input(self.choose, self.choice, self.outputs, api_name=f"{name}_choose", **quiet)

    @property
    def outputs(self) -> list[Any]:
        """Return the components that an event must name to show a run."""
        return [self.choice, self.status, self.steps]

    def open(self, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Show the visitor's newest run, as when the tab is opened."""
        return self.show(self._visitors.rater(request, profile), "", request)

    def choose(self, chosen: Any, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Show the run that was chosen."""
        rater = self._visitors.rater(request, profile)
        return self.show(rater, chosen if isinstance(chosen, str) else "", request)

    def show(self, rater: Rater, id: str, request: gr.Request) -> Updates:
        """Show a visitor's run, and their others to choose from; the newest where ``id`` is none of them."""
        views = self._runs.of(rater)
        view = next((one for one in views if one.id == id), views[0] if views else None)
        named = [(one.record.name or one.id, one.id) for one in views]
        choice = gr.update(choices=named, value=view.id if view else None, visible=len(views) > 1)
        if view is None:
            return {self.choice: choice, self.status: EMPTY, self.steps: EMPTY}
        return {self.choice: choice} | self._render(view, request)

    def look(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Show how far a run is; its steps again where they are not as the page has seen them."""
        try:
            view = self._runs.find(self._visitors.rater(request, profile), read_text(event, "job"))
        except UnknownName:  # deleted, by another page of its owner
            return {self.status: EMPTY, self.steps: EMPTY}
        updates = self._render(view, request)
        if updates[self.steps]["mark"] == read_text(event, "seen"):
            updates[self.steps] = gr.skip()
        return updates

    def act(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Do what a button of a run says."""
        language, step = get_language(request), read_event_data(event).get("step")
        with show_errors(language):
            rater = self._visitors.rater(request, profile)
            view = self._runs.find(rater, read_text(event, "job"))
            now = self._shared.look(view, step if isinstance(step, int) else 0)
            action = next((one for one in self._actions if one.name == read_text(event, "act")), None)
            if action is None or not action.offered(now):
                raise HubError(NOT_YOURS)
            said = action.do(now)
        gr.Info(language.tell(said))
        return self.show(rater, view.id, request)

    def _render(self, view: JobView, request: gr.Request) -> Updates:
        language, page = get_language(request), request.session_hash or ""
        looking = any(one.state in UNDER_WAY for one in self._runs.about(view.id))
        live = view.state in UNDER_WAY or looking
        status = render_progress(view.record.name or view.id, view, language)
        inside = self._render_steps(view, page, language)
        mark = hashlib.sha256(inside.encode()).hexdigest()[:16]
        steps = f'<div class="vs-run" data-mark="{mark}">{inside}</div>'
        return {
            self.status: {"html": status, "job": view.id, "live": live},
            self.steps: {"html": steps, "job": view.id, "mark": mark},
        }

    def _render_steps(self, view: JobView, page: str, language: Language) -> str:
        shown = [(one, self._previews.hang(page, one.preview)) for one in list_steps(view.run)]
        now = self._shared.look(view)
        return (
            self._words.above(view, page, language)
            + render_entry(now, language)
            + render_picker([one for one in shown if one[1]], language.tell(self._words.caption), language)
            + render_actions(now, self._actions, language)
            + render_plots(view, self._words.plots(view), language)
            + self._words.below(view, page, language)
        )
