"""Compare: the generators that are chosen, on the prompts and seeds that are typed, named, in one grid."""

import logging
from collections.abc import Iterator
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from eval.picture_scores import PictureScorer
from hub.errors import HubError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.ui import markup
from hub.ui.battle.battle_tab import BattleTab
from hub.ui.compare import MOST_PROMPTS
from hub.ui.compare.blind_wordings import BlindWordings
from hub.ui.compare.compare_tools import render_tools
from hub.ui.compare.comparison import Comparison
from hub.ui.compare.comparison_files import make_contact_sheet, pack_folder
from hub.ui.compare.comparison_grid import TEMPLATE, ComparisonGrid
from hub.ui.compare.comparison_request import NAME, parse_comparison
from hub.ui.compare.own_tray import OwnTray
from hub.ui.compare.prompt_box import PromptBox
from hub.ui.drawing_events import DrawingEvents
from hub.ui.parts import Updates, add_seed_box, pick_seed, show_errors
from hub.ui.studio.studio_drawing import StudioParts
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language

log = logging.getLogger(__name__)
TOOLS = (Path(__file__).parent / "compare.js").read_text(encoding="utf-8")
SEEDS = Sentence("Seeds, such as 7 or 1, 5 or 0-3")
# Whichever comes first, the opening of the tab or what the link says: the names of the link are chosen.
LINKED_NAMES = """(chosen) => [chosen?.length ? chosen
  : (new URLSearchParams(location.search).get("entries") ?? "").split(",").filter(Boolean)]"""
LONGEST = 2_000  # characters of anything in a link that is no prompt


class CompareTab:
    """The tab's components and event handlers; the generators are listed when somebody opens it."""

    def __init__(self, parts: StudioParts, battle: BattleTab, tabs: gr.Tabs, page: TranslatedBlocks) -> None:
        self._parts, self._page, self._scorer = parts, page, PictureScorer()
        self.entries = page.build(
            gr.CheckboxGroup,
            {"label": Sentence("Generators to compare")},
            choices=[],
            value=[],
            elem_id="compare-entries",
        )
        # checked when it is read: Gradio forgets the choices of a page that was away
        self.entries.preprocess = lambda payload: payload  # type: ignore[method-assign]
        self.own = OwnTray(parts, page)
        self.box = PromptBox(parts.prompts, page)
        BlindWordings(parts, self.box, battle, tabs, page)
        with gr.Row(elem_classes="vs-ask"):
            self.seeds = add_seed_box(page, parts.rng, NAME, SEEDS, filled=False)
            self.button = page.build(
                gr.Button, {"value": Sentence("Draw")}, variant="primary", min_width=110, elem_id="compare-draw"
            )
            self.cancel = page.build(
                gr.Button, {"value": Sentence("Cancel")}, interactive=False, min_width=110, elem_id="compare-cancel"
            )
        self.own.wire(self.entries, self.box, self.seeds)
        plain: dict[str, Any] = {"apply_default_css": False, "padding": False}
        page.build(gr.HTML, {"value": render_tools}, js_on_load=TOOLS, elem_id="compare-tools", **plain)
        self.sheet = gr.HTML(ComparisonGrid().value, html_template=TEMPLATE, elem_id="compare-sheet", **plain)
        self._events = DrawingEvents(self.sheet, self.cancel, lambda language: ComparisonGrid(language=language))
        triggers = [self.box.prompts.submit, self.seeds.submit, self.button.click]
        given = [self.entries, self.box.prompts, self.seeds, self.box.worded, self.own.rows, self.own.title]
        self._events.wire(triggers, self.draw, given, NAME)

    def follow(self, tab: gr.Tab) -> None:
        """Look at the roster whenever the tab is opened, and fill it in with what a link says."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
        tab.select(self.refresh, self.entries, self.entries, js=LINKED_NAMES, api_name="compare_entries", **quiet)
        outputs = [self.entries, self.box.prompts, self.seeds, self.box.worded]
        self._page.load(self.open_link, None, outputs, show_progress="hidden", api_visibility="private")

    def refresh(self, chosen: Any) -> Updates:
        """Follow the roster: generators made at run time come and go. All are chosen where none is yet."""
        there = [(one.title, one.name) for one in self._parts.live.generators]
        names = [name for _, name in there]
        kept = [name for name in names if name in chosen] if isinstance(chosen, list) else []
        return {self.entries: gr.update(choices=there, value=kept or names)}

    def open_link(self, request: gr.Request) -> Updates:
        """Fill the tab with what the address of the page says: ``?tab=compare&prompt=..&seed=..&entries=a,b``."""
        asked = request.query_params
        if asked.get("tab") != NAME:
            return {self.seeds: str(pick_seed(self._parts.rng))}
        chosen = [*filter(None, asked.get("entries", "")[:LONGEST].split(","))]
        prompts = "\n".join(asked.getlist("prompt")[: MOST_PROMPTS + 1])
        seeds = asked.get("seed", "")[:LONGEST] or str(pick_seed(self._parts.rng))
        shown: Updates = {self.box.prompts: prompts, self.seeds: seeds}
        return shown | {self.box.worded: asked.get("worded") == "1"} | self.refresh(chosen)

    def draw(
        self,
        chosen: Any,
        prompts: str | None,
        seeds: str | None,
        worded: bool,
        own_rows: bool,
        own_title: str | None,
        request: gr.Request,
        profile: gr.OAuthProfile | None,
    ) -> Iterator[Updates]:
        """Draw the grid, showing what comes as it comes; then scores, and the files."""
        language, page = get_language(request), request.session_hash or ""
        with show_errors(language):
            there, moderation = self._parts.live.generators, self._parts.moderation
            own = self.own.list_own(own_title, page, bool(own_rows))
            asked = parse_comparison(chosen, prompts, seeds, there, moderation, bool(worded), own, bool(own_rows))
            rater = self._parts.visitors.rater(request, profile)
        comparison = Comparison(self._parts, asked, page, language)
        yield from self._events.follow(comparison, rater, partial(self._finish, comparison))

    def _finish(self, comparison: Comparison) -> None:
        """Add scores and files; a picture is there whether or not they can be."""
        if not comparison.pictures:
            return
        try:
            comparison.score(self._scorer)
            comparison.sheet.finish(_render_foot(comparison))
        except HubError as error:
            log.warning("a comparison has no scores or files: %s", error)
            comparison.sheet.say(comparison.language.tell(error.sentence))


def _render_foot(comparison: Comparison) -> str:
    """Return the links below a grid: the sheet, the folder, and the address of the page that asks for the same."""
    language, asked = comparison.language, comparison.asked
    sheet = comparison.hang_file(make_contact_sheet(asked, comparison.pictures))
    folder = comparison.hang_file(pack_folder(asked, comparison.drawn))
    links = [
        (sheet, "vernissage-comparison.png", language.gettext("Save the sheet")),
        (folder, "vernissage-comparison.zip", language.gettext("Save the folder")),
    ]
    if asked.generators:
        links.append((asked.link, "", language.gettext("Link to this comparison")))
    acts = "".join(markup.render_link(*link) for link in links)
    said = _render_without_row(asked.without_row, language) + _render_meaning(asked.worded, language)
    return f'<div class="vs-foot"><p class="vs-acts">{acts}</p>{said}</div>'


def _render_without_row(count: int, language: Language) -> str:
    """Return how many of the visitor's own pictures are not in the grid; nothing where all are."""
    if not count:
        return ""
    said = language.ngettext(
        "{n} of your pictures stands in no row: no row has its prompt and seed, or another has its place.",
        "{n} of your pictures stand in no row: no row has their prompt and seed, or others have their places.",
        count,
    )
    return f'<p class="vs-receipt">{escape(said)}</p>'


def _render_meaning(worded: bool, language: Language) -> str:
    """Return what the figures below the pictures mean, and what reads the folder."""
    told = [language.gettext("fit: how well a picture follows its prompt, the embedded judge's cosine of the two.")]
    if worded:
        told.append(
            language.gettext(
                "alike: mean cosine of a generator's pictures of the wordings by the same seed, 1 where the wording "
                "changes nothing."
            )
        )
    told.append(language.gettext("{command} measures the folder.", command="{command}"))
    filled = markup.fill(" ".join(told), command="<code>python -m eval.score comparison</code>")
    return f'<p class="vs-receipt">{filled}</p>'
