"""The tab that adapts a generator to a look by words: its source, both words, a name for the entry, and the runs."""

from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from hub.jobs import Jobs
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.raters import Rater
from hub.ui.adapt.adaptation_runs import MODULE, NO_SOURCE, AskedLook, LookRuns
from hub.ui.adapt.adaptation_view import CAPTION, list_plots, render_adaptation, render_warning
from hub.ui.adapt.look_check import LookCheck, LookWarning
from hub.ui.battle.event_fields import read_text
from hub.ui.parts import Updates, show_errors
from hub.ui.studio.studio_drawing import StudioParts
from hub.ui.training.own_runs import OwnRuns
from hub.ui.training.preview_addresses import PreviewAddresses
from hub.ui.training.run_panel import RunPanel, RunWords
from hub.ui.training.tab_access import TabGate
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language

NAME = "adapt"
WALL = f"{NAME}-warning"  # where the pictures of a warning hang
WARNING = (Path(__file__).parent / "look_warning.js").read_text(encoding="utf-8")
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
NOTHING = {"html": "", "asked": {}}


class AdaptTab:
    """The tab's components and events; :meth:`follow` shows a visitor's runs when ``tab`` is opened."""

    def __init__(self, parts: StudioParts, jobs: Jobs, gate: TabGate, page: TranslatedBlocks) -> None:
        self._parts, self._gate, runs = parts, gate, OwnRuns(jobs, MODULE)
        self._check = LookCheck(jobs)
        self._starter = LookRuns(runs, self._check, parts.moderation)
        page.build(gr.HTML, {"value": render_about})
        self.note = gr.HTML("", elem_id=f"{NAME}-note")
        self._build_form(page)
        words = RunWords(list_plots, CAPTION, above=render_adaptation)
        previews = PreviewAddresses(parts.addresses, NAME)
        self.panel = RunPanel(NAME, runs, previews, parts.visitors, words, page)
        outputs = [self.warning, *self.panel.outputs]
        given = [self.source, self.source_words, self.target_words, self.name]
        self.start.click(self.begin, given, outputs, api_name=f"{NAME}_start", **QUIET)
        self.warning.anyway(self.begin_anyway, None, outputs, api_name=f"{NAME}_anyway", **QUIET)

    def follow(self, tab: gr.Tab) -> None:
        """Show what can be adapted, and the visitor's runs, whenever the tab is opened."""
        tab.select(
            self.open, self.source, [self.note, self.source, *self.panel.outputs], api_name=f"{NAME}_open", **QUIET
        )

    def open(self, chosen: Any, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Show what the visitor has here."""
        named = self._list_sources()
        there = [name for _, name in named]
        value = chosen if chosen in there else "scad" if "scad" in there else there[0] if there else None
        note = self._gate.render_note(request)
        if not note and not there:
            note = f'<p class="vs-trouble">{escape(get_language(request).tell(NO_SOURCE))}</p>'
        choice = gr.update(choices=named, value=value)
        return {self.note: note, self.source: choice} | self.panel.open(request, profile)

    def begin(
        self,
        source: Any,
        source_words: str | None,
        target_words: str | None,
        name: str | None,
        request: gr.Request,
        profile: gr.OAuthProfile | None,
    ) -> Updates:
        """Start a run and show it; a look that the source draws already is warned of first."""
        asked = AskedLook(str(source or ""), source_words or "", target_words or "", (name or "").strip())
        language = get_language(request)
        with show_errors(language):
            self._gate.check(request)
            rater = self._parts.visitors.rater(request, profile)
            warning = self._starter.find_warning(rater, asked, [name for _, name in self._list_sources()])
        if warning is None:
            return self._begin(rater, asked, request)
        return {self.warning: {"html": self._render_warning(warning, asked, request), "asked": asdict(asked)}}

    def begin_anyway(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Start the run that was warned of, and show it."""
        asked = AskedLook(*(read_text(event, name) for name in ("source", "source_words", "target_words", "name")))
        with show_errors(get_language(request)):
            self._gate.check(request)
            rater = self._parts.visitors.rater(request, profile)
        return self._begin(rater, asked, request)

    def _begin(self, rater: Rater, asked: AskedLook, request: gr.Request) -> Updates:
        with show_errors(get_language(request)):
            id = self._starter.start(rater, asked, [name for _, name in self._list_sources()])
        return {self.warning: NOTHING} | self.panel.show(rater, id, request)

    def _render_warning(self, warning: LookWarning, asked: AskedLook, request: gr.Request) -> str:
        """Return a warning with what the source draws of either words, for whoever warned to judge."""
        addresses, page = self._parts.addresses, request.session_hash or ""
        addresses.clear(page, WALL)
        before, after = (addresses.hang(WALL, page, png) for png in (warning.told_source, warning.told_target))
        return render_warning(warning.sentence, asked, before, after, get_language(request))

    def _list_sources(self) -> list[tuple[str, str]]:
        """Return the titles and names of the arena's generators that can be adapted."""
        able = self._check.list_sources()
        return [(one.title, one.name) for one in self._parts.live.generators if one.name in able]

    def _build_form(self, page: TranslatedBlocks) -> None:
        with gr.Row(elem_classes="vs-give"):
            self.source = page.build(
                gr.Dropdown,
                {"label": Sentence("Generator to adapt")},
                choices=[],
                min_width=220,
                elem_id=f"{NAME}-source",
            )
            # checked when it is read: Gradio forgets the choices of a page that was away
            self.source.preprocess = lambda payload: payload  # type: ignore[method-assign]
            self.name = page.build(
                gr.Textbox,
                {"label": Sentence("Name of the new entry"), "placeholder": Sentence("a new name, such as glossy-1")},
                max_lines=1,
                min_width=220,
                elem_id=f"{NAME}-name",
            )
        with gr.Row(elem_classes="vs-give"):
            self.source_words = _build_words(
                page, Sentence("What it draws"), Sentence("in English, such as: flat, in Fluent style"), f"{NAME}-from"
            )
            self.target_words = _build_words(
                page,
                Sentence("What it shall draw"),
                Sentence("in English, such as: 3D, glossy, soft light"),
                f"{NAME}-to",
            )
        looks: dict[str, Any] = {"html_template": "${value.html}", "apply_default_css": False, "padding": False}
        self.warning = gr.HTML(NOTHING, elem_id=f"{NAME}-warning", js_on_load=WARNING, **looks)
        self.start = page.build(gr.Button, {"value": Sentence("Start")}, variant="primary", elem_id=f"{NAME}-start")


def _build_words(page: TranslatedBlocks, label: Sentence, example: Sentence, id: str) -> gr.Textbox:
    said = {"label": label, "placeholder": example}
    return page.build(gr.Textbox, said, max_lines=1, min_width=220, elem_id=id)


def render_about(language: Language) -> str:
    """Return what the tab is for."""
    about = language.gettext(
        "Adapt a generator that draws in one step to a look that you name in words; no picture of it is needed. The "
        "same eight pictures show every 25 steps what becomes of it: the best step is often not the last, so look back "
        "and keep the one that you like. It goes on when this page is closed, and its result is an entry of this arena."
    )
    return f'<div class="vs-about"><p>{escape(about)}</p></div>'
