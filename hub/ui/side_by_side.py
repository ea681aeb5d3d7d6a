"""Every generator of the roster on one prompt and seed, named."""

from collections.abc import Iterator, Sequence
from contextlib import closing

import gradio as gr

from hub.battle import SlotDrawing
from hub.engine import DrawnSample
from hub.errors import HubError, ModerationError
from hub.generators import Generator
from hub.language.catalogue import Language
from hub.prompts import check_prompt
from hub.schema import Request
from hub.ui import markup
from hub.ui.drawing import Done, Event, Failed, Progress, Waiting, draw_each
from hub.ui.parts import DRAWINGS, Ask, DrawingParts, Panel, Updates, add_seed_box, check_seed, show_errors
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language

WALL = "side"  # starts the ids of its elements, and names whose pictures these are


class SideTab:
    """The side-by-side tab: its components and event handlers; the names come with the pictures."""

    def __init__(self, roster: Sequence[Generator], parts: DrawingParts, page: TranslatedBlocks) -> None:
        self._parts = parts
        with gr.Row(elem_classes="vs-ask"):
            self.ask = Ask.build(page, parts.rng, WALL)
            self.seed = add_seed_box(page, parts.rng, WALL)
        self.titles = {generator.name: generator.title for generator in roster}
        self.panels: dict[str, Panel] = {}
        with gr.Row(elem_classes="vs-wall", equal_height=True):
            for number, name in enumerate(self.titles, 1):
                with gr.Column(min_width=140, elem_classes="vs-panel"):
                    self.panels[name] = Panel.build(f"panel-{number}")
        gr.on(
            [self.ask.prompt.submit, self.ask.draw.click],
            self.draw,
            [self.ask.prompt, self.seed],
            [part for panel in self.panels.values() for part in panel.outputs],
            api_name="side_by_side",
            api_visibility="undocumented",
            show_progress="hidden",
            concurrency_limit=DRAWINGS,
            concurrency_id="draw",
        )

    def draw(
        self, prompt: str, typed: str | None, request: gr.Request, profile: gr.OAuthProfile | None
    ) -> Iterator[Updates]:
        """Show each generator's picture as soon as it is there."""
        language = get_language(request)
        with show_errors(language):
            asked = Request(prompt=check_prompt(prompt), seed=check_seed(typed))
            self._parts.moderation.check_prompt(asked.prompt)
            rater = self._parts.visitors.rater(request, profile)
        page = request.session_hash or ""
        self._parts.addresses.clear(page, WALL)
        updates: Updates = {}
        for name, panel in self.panels.items():
            updates |= panel.waiting(self.titles[name], language)
        yield updates
        jobs = {name: SlotDrawing(name, asked) for name in self.titles}
        with closing(draw_each(self._parts.engine, jobs, rater.id)) as drawings:
            for news in drawings:
                updates = {}
                for event in news:
                    updates |= self._update(page, event, language)
                yield updates or gr.skip()  # a closed page is noticed when it is sent something
        yield gr.skip()  # the last message repeats the one before it: make it short

    def _update(self, page: str, event: Event[str], language: Language) -> Updates:
        panel, title = self.panels[event.key], self.titles[event.key]
        match event:
            case Waiting(place=place):
                return {panel.status: markup.render_waiting(title, place, language=language)}
            case Progress(share=share):
                return {panel.status: markup.render_drawing(title, share, language)}
            case Done(drawn=drawn):
                return self._shown(page, panel, title, drawn, language)
            case Failed(error=error):
                return _show_failure(panel, title, error, language)

    def _shown(self, page: str, panel: Panel, title: str, drawn: DrawnSample, language: Language) -> Updates:
        try:
            self._parts.moderation.check_image(drawn.png)
        except ModerationError as error:
            return _show_failure(panel, title, error, language)
        sample = drawn.sample
        address = self._parts.addresses.hang(WALL, page, drawn.png)
        alt = language.gettext("{title}'s picture for the prompt: {prompt}").format(title=title, prompt=sample.prompt)
        seed = language.ngettext("seed {seeds}", "seeds {seeds}", 1, seeds=str(sample.seed))
        shown = panel.shown(title, sample.seconds, address, alt, language)
        return shown | {panel.card: markup.render_details(sample, seed, language)}


def _show_failure(panel: Panel, title: str, error: HubError, language: Language) -> Updates:
    said = language.tell(error.sentence)
    return {panel.status: markup.render_status(title, said, tone="failed", language=language)}
