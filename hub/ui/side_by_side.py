"""Every generator of the roster on one prompt and seed, named."""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import gradio as gr

from hub.battle import SlotDrawing
from hub.engine import DrawnSample, ServingEngine
from hub.errors import ModerationError
from hub.generators import Generator
from hub.moderation import Moderation
from hub.prompts import check_prompt
from hub.schema import Request
from hub.ui import markup
from hub.ui.drawing import Done, Event, Failed, Progress, Waiting, draw_each
from hub.ui.parts import DRAWINGS, Ask, Panel, Updates, add_seed_box, check_seed, show_errors
from hub.ui.picture_addresses import PictureAddresses
from hub.ui.visitors import Visitors

WALL = "side"  # starts the ids of its elements, and names whose pictures these are


@dataclass(frozen=True)
class Studio:
    """The parts of the arena that the side-by-side tab needs."""

    engine: ServingEngine
    moderation: Moderation
    addresses: PictureAddresses
    visitors: Visitors
    rng: random.Random


class SideTab:
    """The side-by-side tab: its components and event handlers; the names come with the pictures."""

    def __init__(self, roster: Sequence[Generator], studio: Studio) -> None:
        self.studio = studio
        with gr.Row(elem_classes="vs-ask"):
            self.ask, self.seed = Ask.build(studio.rng, WALL), add_seed_box(studio.rng, WALL)
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
        with show_errors():
            asked = Request(prompt=check_prompt(prompt), seed=check_seed(typed))
            self.studio.moderation.check_prompt(asked.prompt)
            rater = self.studio.visitors.rater(request, profile)
        page = request.session_hash or ""
        self.studio.addresses.clear(page, WALL)
        updates: Updates = {}
        for name, panel in self.panels.items():
            updates |= panel.waiting(self.titles[name])
        yield updates
        jobs = {name: SlotDrawing(name, asked) for name in self.titles}
        with closing(draw_each(self.studio.engine, jobs, rater.id)) as drawings:
            for news in drawings:
                updates = {}
                for event in news:
                    updates |= self._update(page, event)
                yield updates or gr.skip()  # a closed page is noticed when it is sent something
        yield gr.skip()  # the last message repeats the one before it: make it short

    def _update(self, page: str, event: Event[str]) -> Updates:
        panel, title = self.panels[event.key], self.titles[event.key]
        match event:
            case Waiting(place=place):
                return {panel.status: markup.render_waiting(title, place)}
            case Progress(share=share):
                return {panel.status: markup.render_drawing(title, share)}
            case Done(drawn=drawn):
                return self._shown(page, panel, title, drawn)
            case Failed(error=error):
                return {panel.status: markup.render_status(title, str(error), tone="failed")}

    def _shown(self, page: str, panel: Panel, title: str, drawn: DrawnSample) -> Updates:
        try:
            self.studio.moderation.check_image(drawn.png)
        except ModerationError as error:
            return {panel.status: markup.render_status(title, str(error), tone="failed")}
        sample = drawn.sample
        address = self.studio.addresses.hang(WALL, page, drawn.png)
        shown = panel.shown(title, sample.seconds, address, f"{title}'s picture for the prompt: {sample.prompt}")
        return shown | {panel.card: markup.render_details(sample.generator, sample.revision, f"seed {sample.seed}")}
