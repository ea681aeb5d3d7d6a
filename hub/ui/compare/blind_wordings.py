"""The way from one idea in several wordings to a blind battle on two of them: seen by name, no vote would count."""

from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr

from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.ui.battle.battle_tab import BattleTab
from hub.ui.compare.comparison_request import PROMPTS, read_prompts
from hub.ui.compare.prompt_box import PromptBox
from hub.ui.field_notes import at_field
from hub.ui.parts import DRAWINGS, Updates, show_errors
from hub.ui.studio.studio_drawing import StudioParts
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language


def render_why(language: Language) -> str:
    """Return what a blind battle on two wordings is."""
    said = language.gettext(
        "Two generators, their names hidden, draw two of the wordings with one seed: which follows the words better, "
        "in both? Vote before you draw them by name: then you judge by what you see alone."
    )
    return f'<p class="vs-receipt">{escape(said)}</p>'


class BlindWordings:
    """The button and its event; it is seen while the prompts are said to be one idea in other words."""

    def __init__(
        self, parts: StudioParts, box: PromptBox, battle: BattleTab, tabs: gr.Tabs, page: TranslatedBlocks
    ) -> None:
        self._parts, self._battle, self._tabs = parts, battle, tabs
        with gr.Row(elem_id="compare-blind-row"):
            said = {"value": Sentence("Vote blind on two wordings")}
            button = page.build(gr.Button, said, min_width=230, elem_id="compare-blind")
            plain: dict[str, Any] = {"apply_default_css": False, "padding": False}
            page.build(gr.HTML, {"value": render_why}, elem_id="compare-blind-why", **plain)
        button.click(
            self.draw,
            box.prompts,
            [tabs, battle.ask.prompt, battle.question, battle.wall, battle.desk],
            api_name="vote_wordings",
            api_visibility="undocumented",
            show_progress="hidden",
            concurrency_limit=DRAWINGS,
            concurrency_id="draw",
        )

    def draw(self, prompts: str | None, request: gr.Request, profile: gr.OAuthProfile | None) -> Iterator[Updates]:
        """Open the battle tab with a battle on two of the wordings; of more than two they are drawn by lot."""
        live, moderation = self._parts.live, self._parts.moderation
        with show_errors(get_language(request)), at_field(PROMPTS):
            asked = read_prompts(prompts, live.generators, moderation, worded=True)
        first, second = sorted(self._parts.rng.sample(range(len(asked)), 2))
        pair = asked[first].prompt, asked[second].prompt
        yield {self._tabs: gr.Tabs(selected="battle")}
        yield from self._battle.draw_worded(pair, request, profile)
