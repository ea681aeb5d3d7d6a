"""The leaderboard's tab: an empty board that its script fills, as long as it is looked at."""

from html import escape
from pathlib import Path

import gradio as gr

from hub.language.catalogue import Language
from hub.ui.leaderboard.frozen_boards import URL
from hub.ui.translated_page import TranslatedBlocks

SCRIPT = "".join(
    Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("board_tables.js", "leaderboard.js")
)


def render_board(language: Language) -> str:
    """Return the empty board with its buttons and all that its script says."""
    words = {
        "lost": language.gettext("The arena does not answer; it is asked again."),
        "link": language.gettext("Permalink to this report"),
        "live": language.gettext("Back to the leaderboard of now"),
        "cite": language.gettext("Cite this report"),
        "copy": language.gettext("Copy"),
        "copied": language.gettext("Copied"),
        "url": URL,
        "generator": language.gettext("Generator"),
        "coming": language.gettext("The board is being fetched."),
    }
    told = "".join(f' data-{name}="{escape(text)}"' for name, text in words.items())
    freeze, views = escape(language.gettext("Permalink")), escape(language.gettext("Views of the leaderboard"))
    find = escape(language.gettext("Find a generator"))
    why = escape(language.gettext("A permalink is an address that always shows the figures of now."))
    return (
        f'<div class="vs-board"{told}><p class="vs-board-said" role="status">{escape(words["coming"])}</p>'
        f'<div class="vs-board-top"><nav class="vs-board-views" aria-label="{views}"></nav>'
        f'<label hidden><input type="search" class="vs-board-find" placeholder="{find}" aria-label="{find}" '
        'autocomplete="off"></label></div><div class="vs-board-view"></div>'
        f'<p class="vs-board-foot" hidden><button type="button" class="vs-button" data-act="freeze">{freeze}</button> '
        f"<span>{why}</span></p></div>"
    )


class LeaderboardTab:
    """The tab's one component; what it shows comes by paths of the arena's own (``board_door``)."""

    def __init__(self, page: TranslatedBlocks) -> None:
        page.build(
            gr.HTML,
            {"value": render_board},
            js_on_load=SCRIPT,
            apply_default_css=False,
            padding=False,
            elem_id="leaderboard",
        )
