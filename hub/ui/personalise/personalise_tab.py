"""The tab that teaches the embedded diffusion one subject: pictures, names, what it is held to, and the runs."""

from html import escape
from typing import Any

import gradio as gr

from hub.jobs import Jobs, JobView
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.ui.parts import Updates, show_errors
from hub.ui.personalise.drift_view import DriftView
from hub.ui.personalise.keeping_slider import read_lambda, render_keeping
from hub.ui.personalise.personalisation_runs import MODULE, SubjectRuns
from hub.ui.personalise.picture_tray import PictureTray
from hub.ui.studio.strength import SCRIPT
from hub.ui.studio.studio_drawing import StudioParts
from hub.ui.training.own_runs import OwnRuns
from hub.ui.training.preview_addresses import PreviewAddresses
from hub.ui.training.run_panel import RunPanel, RunWords
from hub.ui.training.run_view import ScorePlot
from hub.ui.training.tab_access import TabGate
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language

NAME = "personalise"
PRIVACY = (
    Sentence(
        "Your pictures stay on this machine, in a folder of your run that only the arena may read. They are never "
        "published, never in the data set or an export, and are deleted with the run, or whenever you say so."
    ),
    Sentence(
        "What was learnt from them becomes an entry: whoever uses this arena can draw your subject by its name, and "
        "battles with it are published as all others. Give no pictures of people who did not agree to that."
    ),
)
PLOTS = (ScorePlot("loss", Sentence("loss")), ScorePlot("distance", Sentence("distance from the base")))
CAPTION = Sentence("Above: the subject, four times. Below: its class, twice, a red apple and a rocket.")


class PersonaliseTab:
    """The tab's components and events; :meth:`follow` shows a visitor's runs when ``tab`` is opened."""

    def __init__(self, parts: StudioParts, jobs: Jobs, gate: TabGate, page: TranslatedBlocks) -> None:
        self._parts, self._gate = parts, gate
        runs, previews = OwnRuns(jobs, MODULE), PreviewAddresses(parts.addresses, NAME)
        self._starter, self._drift = SubjectRuns(jobs, runs, parts.moderation), DriftView(jobs, previews)
        self._runs = runs
        page.build(gr.HTML, {"value": render_about})
        self.note = gr.HTML("", elem_id=f"{NAME}-note")
        with gr.Row(elem_classes="vs-give"):
            with gr.Column(min_width=280):
                self.tray = PictureTray(NAME, parts.held, parts.addresses, page)
            with gr.Column(min_width=280):
                self._build_form(page)
        self.panel = RunPanel(NAME, runs, previews, parts.visitors, self._make_words(), page)
        self.start.click(
            self.begin,
            [self.tray.html, self.token, self.class_word, self.keeping],
            [self.tray.html, *self.panel.outputs],
            api_name=f"{NAME}_start",
            api_visibility="undocumented",
            show_progress="hidden",
        )

    def follow(self, tab: gr.Tab) -> None:
        """Show the visitor's runs, and the plot of all, whenever the tab is opened."""
        outputs = [self.note, self.plot, *self.panel.outputs]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
        tab.select(self.open, None, outputs, api_name=f"{NAME}_open", **quiet)

    def open(self, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Show what the visitor has here."""
        language = get_language(request)
        rater = self._parts.visitors.rater(request, profile)
        plot = self._drift.render_runs(rater, language)
        note = self._gate.render_note(request)
        return {self.note: note, self.plot: plot} | self.panel.open(request, profile)

    def begin(
        self,
        tray: Any,
        token: str | None,
        class_word: str | None,
        keeping: Any,
        request: gr.Request,
        profile: gr.OAuthProfile | None,
    ) -> Updates:
        """Start a run with the pictures in the tray, and show it."""
        language = get_language(request)
        with show_errors(language):
            self._gate.check(request)
            rater, strength = self._parts.visitors.rater(request, profile), read_lambda(keeping)
            pictures = self.tray.read(tray, request.session_hash or "")
            id = self._starter.start(rater, token or "", class_word or "", strength, pictures)
        return self.tray.empty(request) | self.panel.show(rater, id, request)

    def _build_form(self, page: TranslatedBlocks) -> None:
        self.token = page.build(
            gr.Textbox,
            {"label": Sentence("Name of the subject"), "placeholder": Sentence("a new word, such as zebi-1")},
            max_lines=1,
            elem_id=f"{NAME}-token",
        )
        self.class_word = page.build(
            gr.Textbox,
            {"label": Sentence("What it is one of"), "placeholder": Sentence("in English, such as cat")},
            max_lines=1,
            elem_id=f"{NAME}-class",
        )
        looks: dict[str, Any] = {"html_template": "${value.html}", "apply_default_css": False}
        self.keeping = page.build(
            gr.HTML, {"value": render_keeping}, js_on_load=SCRIPT, elem_id=f"{NAME}-keeping", **looks
        )
        self.plot = gr.HTML("", elem_id=f"{NAME}-plot")
        self.start = page.build(gr.Button, {"value": Sentence("Start")}, variant="primary", elem_id=f"{NAME}-start")

    def _make_words(self) -> RunWords:
        return RunWords(lambda view: PLOTS, CAPTION, self._render_below, actions=self._starter.list_actions())

    def _render_below(self, view: JobView, page: str, language: Language) -> str:
        """Return what the drift watches of a run found, the newest alone."""
        watches = self._runs.about(view.id)
        return self._drift.render_watch(watches[0], page, language) if watches else ""


def render_about(language: Language) -> str:
    """Return what the tab is for, and what becomes of pictures."""
    about = language.gettext(
        "Teach the arena's diffusion one subject from 4 to 20 pictures. It takes some minutes, goes on when this page "
        "is closed, and its result is an entry that you can draw with here, beside all others."
    )
    told = "".join(f"<li>{escape(language.tell(one))}</li>" for one in PRIVACY)
    return f'<div class="vs-about vs-personalise"><p>{escape(about)}</p><ul>{told}</ul></div>'
