"""The blind battle: nothing that this tab sends to a page names a generator before the vote is on disk."""

import random
from collections.abc import Iterator, Mapping
from functools import partial

import gradio as gr

from hub.battle import Battles, Job, Side
from hub.engine import Engine
from hub.schema import Outcome
from hub.ui import markup
from hub.ui.drawing import Done, Event, Failed, Progress, draw_each
from hub.ui.parts import DRAWINGS, Ask, Panel, Updates, checked_seed, random_seed, told

BUTTONS = {
    Outcome.a: "A is better",
    Outcome.b: "B is better",
    Outcome.tie: "Tie",
    Outcome.both_bad: "Both bad",
}
FAILED = "could not be drawn"  # the reason may name the generator, so it stays in the server's log


class BattleTab:
    """Components of the tab and what they do; builds itself into the Blocks that is open."""

    def __init__(self, battles: Battles, engine: Engine, rng: random.Random) -> None:
        self.battles, self.engine, self.rng = battles, engine, rng
        self.token = gr.State("")
        self.ask = Ask.build(rng, "battle")
        self.panels: dict[Side, Panel] = {}
        self.retries: dict[Side, gr.Button] = {}
        with gr.Row(elem_classes="vs-wall", equal_height=True):
            for side in Side:
                with gr.Column(min_width=140, elem_classes="vs-panel"):
                    self.panels[side] = Panel.build(f"side-{side}", side.upper())
                    self.retries[side] = gr.Button(
                        "Try this side again", size="md", visible=False, elem_id=f"retry-{side}"
                    )
        self.verdict = gr.HTML(markup.QUESTION, elem_id="verdict")
        with gr.Row(elem_classes="vs-votes"):
            self.votes = {
                outcome: gr.Button(text, interactive=False, min_width=130, elem_id=f"vote-{outcome}")
                for outcome, text in BUTTONS.items()
            }
        self.next = gr.Button(
            "Next battle", variant="primary", visible=False, elem_id="next-battle", elem_classes="vs-next"
        )
        gr.HTML(markup.KEYS)
        self._wire()

    def _wire(self) -> None:
        outputs = [self.token, self.ask.draw, self.next, self.verdict, *self.votes.values(), *self.retries.values()]
        outputs += [part for panel in self.panels.values() for part in panel.outputs]
        retries = [
            button.click(
                partial(self.retry, side),
                self.token,
                outputs,
                api_name=f"retry_{side}",
                api_visibility="undocumented",
                show_progress="hidden",
                concurrency_limit=DRAWINGS,
                concurrency_id="draw",
            )
            for side, button in self.retries.items()
        ]
        gr.on(
            [self.ask.prompt.submit, self.ask.draw.click, self.next.click],
            self.draw,
            [self.ask.prompt, self.ask.seed],
            outputs,
            api_name="draw",
            api_visibility="undocumented",
            show_progress="hidden",
            concurrency_limit=DRAWINGS,
            concurrency_id="draw",
            cancels=retries,
        )
        for outcome, button in self.votes.items():
            button.click(
                partial(self.vote, outcome),
                self.token,
                [*outputs, self.ask.seed],
                api_name=f"vote_{outcome}",
                api_visibility="undocumented",
                show_progress="hidden",
                concurrency_limit=None,
            )

    def draw(self, prompt: str, seed: int | None) -> Iterator[Updates]:
        """Start a battle and show each side as soon as it is there."""
        with told():
            token = self.battles.start(prompt, checked_seed(seed))
            jobs = self.battles.jobs(token)
        yield {
            self.token: token,
            self.ask.draw: gr.update(interactive=False),
            self.next: gr.update(visible=False),
            self.verdict: markup.QUESTION,
            **self._voting(False),
            **dict.fromkeys(self.retries.values(), gr.update(visible=False)),
            **self.panels[Side.a].waiting("A"),
            **self.panels[Side.b].waiting("B"),
        }
        yield from self._follow(token, jobs)
        yield {self.ask.draw: gr.update(interactive=True)}

    def retry(self, side: Side, token: str) -> Iterator[Updates]:
        """Draw a failed side again."""
        with told():
            job = self.battles.redraw(token, side)
        yield {self.retries[side]: gr.update(visible=False), **self.panels[side].waiting(side.upper())}
        yield from self._follow(token, {side: job})

    def vote(self, outcome: Outcome, token: str) -> Updates:
        """Save the vote, then tell the names. The next battle gets another seed, so that no picture is seen again."""
        with told():
            vote = self.battles.vote(token, outcome)
        return {
            self.verdict: markup.thanks(vote),
            self.panels[Side.a].card: markup.named(vote.a),
            self.panels[Side.b].card: markup.named(vote.b),
            self.next: gr.update(visible=True),
            self.ask.seed: random_seed(self.rng),
            **self._voting(False),
        }

    def _voting(self, possible: bool) -> Updates:
        return dict.fromkeys(self.votes.values(), gr.update(interactive=possible))

    def _follow(self, token: str, jobs: Mapping[Side, Job]) -> Iterator[Updates]:
        for event in draw_each(self.engine, {str(side): job for side, job in jobs.items()}):
            with told():
                updates = self._update(token, jobs[Side(event.key)], event)
            yield updates

    def _update(self, token: str, job: Job, event: Event) -> Updates:
        side = Side(event.key)
        panel, heading = self.panels[side], side.upper()
        match event:
            case Progress(share=share):
                return {panel.status: markup.drawing(heading, share)}
            case Done(drawn=drawn):
                self.battles.record(token, side, drawn)
                updates = panel.shown(heading, drawn, f"Picture {heading} for the prompt: {job.prompt}")
                return updates | (self._voting(True) if self.battles.ready(token) else {})
            case Failed():
                self.battles.fail(token, side)
                status = markup.status(heading, FAILED, tone="failed")
                return {panel.status: status, self.retries[side]: gr.update(visible=True)}
