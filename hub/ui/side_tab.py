"""Every generator of the roster on one prompt and seed, named."""

import random
from collections.abc import Iterator, Sequence

import gradio as gr

from hub.battle import Job
from hub.engine import Engine
from hub.generators import Generator
from hub.prompts import checked
from hub.ui import markup
from hub.ui.drawing import Done, Event, Failed, Progress, draw_each
from hub.ui.parts import DRAWINGS, Ask, Panel, Updates, checked_seed, told


class SideTab:
    """Components of the tab and what they do. The names come with the pictures; the empty page has none."""

    def __init__(self, roster: Sequence[Generator], engine: Engine, rng: random.Random) -> None:
        self.engine = engine
        self.titles = {generator.name: generator.title for generator in roster}
        self.ask = Ask.build(rng, "side")
        self.panels: dict[str, Panel] = {}
        with gr.Row(elem_classes="vs-wall", equal_height=True):
            for number, name in enumerate(self.titles, 1):
                with gr.Column(min_width=140, elem_classes="vs-panel"):
                    self.panels[name] = Panel.build(f"panel-{number}")
        gr.on(
            [self.ask.prompt.submit, self.ask.draw.click],
            self.draw,
            [self.ask.prompt, self.ask.seed],
            [self.ask.draw, *(part for panel in self.panels.values() for part in panel.outputs)],
            api_name="side_by_side",
            api_visibility="undocumented",
            show_progress="hidden",
            concurrency_limit=DRAWINGS,
            concurrency_id="draw",
        )

    def draw(self, prompt: str, seed: int | None) -> Iterator[Updates]:
        """Show each generator's picture as soon as it is there."""
        with told():
            prompt, seed = checked(prompt), checked_seed(seed)
        updates: Updates = {self.ask.draw: gr.update(interactive=False)}
        for name, panel in self.panels.items():
            updates |= panel.waiting(self.titles[name])
        yield updates
        for event in draw_each(self.engine, {name: Job(name, prompt, seed) for name in self.titles}):
            yield self._update(event)
        yield {self.ask.draw: gr.update(interactive=True)}

    def _update(self, event: Event) -> Updates:
        panel, title = self.panels[event.key], self.titles[event.key]
        match event:
            case Progress(share=share):
                return {panel.status: markup.drawing(title, share)}
            case Done(drawn=drawn):
                shown = panel.shown(title, drawn, f"{title}'s picture for the prompt: {drawn.sample.prompt}")
                return shown | {panel.card: markup.details(drawn.sample)}
            case Failed(error=error):
                return {panel.status: markup.status(title, str(error), tone="failed")}
