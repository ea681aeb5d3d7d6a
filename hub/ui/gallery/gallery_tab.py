"""The gallery's tab: filters, the list that its script fills, and the dialog of one battle with its replay."""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from hub.errors import HubError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.questions import QUESTIONS
from hub.receipt import receipt
from hub.ui.battle.event_fields import read_text
from hub.ui.gallery.battle_replay import BattleReplay
from hub.ui.gallery.gallery_search import Result
from hub.ui.gallery.gallery_view import render_replayed
from hub.ui.gallery.gallery_votes import GalleryVotes
from hub.ui.parts import DRAWINGS
from hub.ui.picture_slider import render_slide_dialog
from hub.ui.studio.studio_drawing import StudioParts
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language

SCRIPT = Path(__file__).with_name("gallery.js").read_text(encoding="utf-8")
TEMPLATE = '<div data-battle="${value.battle}">${value.html}</div>'  # no text of a user's is part of it
NOTHING = {"battle": "", "html": ""}
FARTHEST = 8  # times that pictures are enlarged at most
WORDS = {  # how battles ended; those of one generator come when it is chosen
    Result.decided: Sentence("one was better"),
    Result.won: Sentence("it won"),
    Result.lost: Sentence("it lost"),
    Result.tie: Sentence("tie"),
    Result.both_bad: Sentence("both bad"),
}


def _render_select(name: str, label: str, options: dict[str, str], language: Language) -> str:
    every = language.pgettext("no filter", "any")
    rows = "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in options.items())
    return (
        f'<label><span>{escape(label)}</span><select name="{name}"><option value="">{escape(every)}</option>'
        f"{rows}</select></label>"
    )


def _render_filters(language: Language) -> str:
    questions = {str(criterion): language.tell(said) for criterion, said in QUESTIONS.items()}
    results = {str(result): language.tell(said) for result, said in WORDS.items()}
    selects = (
        _render_select("entry", language.gettext("Generator"), {}, language)
        + _render_select("against", language.gettext("Against"), {}, language)
        + _render_select("question", language.gettext("Question"), questions, language)
        + _render_select("result", language.gettext("Result"), results, language)
    )
    prompt, disputed = escape(language.gettext("Prompt contains")), escape(language.gettext("disputed only"))
    why = escape(language.gettext("Votes on the same prompt, question and generators named both as the better one."))
    return (
        f'<form class="vs-gallery-filters" role="search"><label><span>{prompt}</span>'
        '<input type="search" name="prompt" maxlength="500" autocomplete="off"></label>'
        f"{selects}"
        f'<label class="vs-check" title="{why}"><input type="checkbox" name="disputed" value="1">'
        f"<span>{disputed}</span></label></form>"
    )


def _render_dialog(language: Language) -> str:
    words = {"before": ("←", language.gettext("Newer battle")), "after": ("→", language.gettext("Older battle"))}
    before, after = (
        f'<button type="button" class="vs-small" data-act="{name}" aria-label="{escape(said)}" '
        f'title="{escape(said)}">{sign}</button>'
        for name, (sign, said) in words.items()
    )
    zoom, close = escape(language.gettext("Zoom, all pictures alike")), escape(language.gettext("Close"))
    keys = escape(language.gettext("Arrow keys go to the next battle; with the pictures enlarged, they move them."))
    return (
        '<dialog class="vs-dialog vs-gallery-dialog" aria-labelledby="gallery-title"><div class="vs-gallery-bar">'
        f'{before}{after}<label class="vs-zoom"><span>{zoom}</span><input type="range" min="1" max="{FARTHEST}" '
        f'step="0.5" value="1" data-act="zoom"></label><form method="dialog"><button class="vs-small">{close}'
        f'</button></form></div><div class="vs-gallery-battle" tabindex="-1"></div>'
        f'<p class="vs-keys">{keys}</p></dialog>'
    )


def render_gallery(language: Language) -> str:
    """Return the filters, the empty list and the dialog, with all that the script says."""
    words = {
        "lost": language.gettext("The arena does not answer; try again."),
        "coming": language.gettext("The battles are being fetched."),
        "gone": language.gettext("The picture is not on this machine any more."),
    }
    told = "".join(f' data-{name}="{escape(text)}"' for name, text in words.items())
    more = escape(language.gettext("Show more"))
    return (
        f'<div class="vs-gallery"{told}>{_render_filters(language)}'
        f'<p class="vs-gallery-said" role="status">{escape(words["coming"])}</p><div class="vs-gallery-list"></div>'
        f'<button type="button" class="vs-button vs-next" data-act="more" hidden>{more}</button>'
        f"{_render_dialog(language)}{render_slide_dialog(language)}</div>"
    )


class GalleryTab:
    """The tab's components; what it lists comes by paths of the arena's own (``gallery_door``)."""

    def __init__(self, parts: StudioParts, votes: GalleryVotes, page: TranslatedBlocks) -> None:
        self._parts, self._votes = parts, votes
        plain: dict[str, Any] = {"apply_default_css": False, "padding": False}
        gallery = page.build(gr.HTML, {"value": render_gallery}, js_on_load=SCRIPT, elem_id="gallery", **plain)
        self.replayed = gr.HTML(NOTHING, html_template=TEMPLATE, elem_id="gallery-replayed", **plain)
        gallery.replay(
            self.replay,
            None,
            self.replayed,
            api_name="replay",
            api_visibility="undocumented",
            show_progress="hidden",
            trigger_mode="always_last",
            concurrency_limit=DRAWINGS,
            concurrency_id="draw",
        )

    def replay(
        self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None
    ) -> Iterator[dict[str, str]]:
        """Draw a battle's pictures again, and say whether they are the same; ``battle`` tells the page of which."""
        language, id = get_language(request), read_text(event, "battle")
        try:
            rater = self._parts.visitors.rater(request, profile)
            again = receipt(self._votes.find(id), self._parts.store)
        except HubError as error:
            yield {"battle": escape(id), "html": render_replayed((), language.tell(error.sentence), "vs-differs")}
            return
        for html in BattleReplay(self._parts, self._parts.store, again, language).follow(rater):
            yield {"battle": escape(id), "html": html}
