"""The Studio's tab: three ways of working by name, one look."""

from typing import Any

import gradio as gr

from hub.language.sentence import Sentence
from hub.ui.battle.battle_tab import BattleTab
from hub.ui.studio.arithmetic_mode import ArithmeticMode
from hub.ui.studio.between_mode import BetweenMode
from hub.ui.studio.guide_mode import GuideMode
from hub.ui.studio.studio_drawing import StudioParts
from hub.ui.studio.studio_mode import StudioMode
from hub.ui.translated_page import TranslatedBlocks


class StudioTab:
    """The tab of the three ways; :meth:`follow` lets them follow the roster when ``tab`` is opened."""

    def __init__(self, parts: StudioParts, battle: BattleTab, tabs: gr.Tabs, page: TranslatedBlocks) -> None:
        with gr.Tabs(overflow_behavior="wrap"):
            with page.build(gr.Tab, {"label": Sentence("Guide")}, id="studio-guide"):
                guide = GuideMode(parts, battle, tabs, page)
            with page.build(gr.Tab, {"label": Sentence("Between")}, id="studio-between"):
                between = BetweenMode(parts, page)
            with page.build(gr.Tab, {"label": Sentence("Arithmetic")}, id="studio-arithmetic"):
                arithmetic = ArithmeticMode(parts, page)
        self._modes: tuple[StudioMode, ...] = (guide, between, arithmetic)

    def follow(self, tab: gr.Tab) -> None:
        """Look at the roster whenever the tab is opened: generators made at run time come and go."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
        for mode in self._modes:
            entry = mode.entry
            outputs = [entry.choice, entry.note]
            tab.select(entry.refresh, entry.choice, outputs, api_name=f"{mode.name}_entries", **quiet)
