"""The panel of a rater's own votes: their number, a board by them alone, a file of them, and taking them back."""

import base64
import csv
import io
import logging
import re
import time
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import pyarrow as pa

from eval.render.grids import ratings_grid
from eval.render.leaderboard_views import ratings_table
from eval.summary import Question
from hub.errors import HubError
from hub.generators.former import find_titles
from hub.language.catalogue import Language
from hub.questions import QUESTIONS
from hub.spreadsheet import harmless
from hub.ui.battle.ballot import render_trouble
from hub.ui.battle.event_fields import read_text
from hub.ui.battle.own_votes import LEAST, OwnVotes, count_days_in_row
from hub.ui.translated_page import Said, TranslatedBlocks
from hub.ui.visitor_language import get_language
from hub.ui.visitors import Visitors
from hub.votes import TABLE

log = logging.getLogger(__name__)
SCRIPT = (Path(__file__).parent / "own_panel.js").read_text(encoding="utf-8")
TEMPLATE = "${value.html}"
ZONE, MOST_WEST = re.compile("-?[0-9]{1,3}"), 14 * 60  # minutes
SIDES = ("generator_a", "generator_b")
COLUMNS = ("id", "time", "criterion", "outcome", "prompt", "wording", "seeds", *SIDES, "seconds", "excluded")


def make_csv(votes: pa.Table) -> str:
    """Return votes as a file for a spreadsheet, in which no text is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in votes.select(list(COLUMNS)).to_pylist():
        writer.writerow([harmless(one) if isinstance(one, str) else one for one in row.values()])
    return out.getvalue()


def _render_board(questions: Sequence[Question], language: Language) -> str:
    if not questions:
        said = language.gettext(
            "From {least} votes on a question on, your own board is here: how you rank the generators.", least=LEAST
        )
        return f"<p>{escape(said)}</p>"
    said = language.gettext(
        "By your votes alone. Where intervals overlap, your votes do not tell the two apart yet; the leaderboard has "
        "everybody's."
    )
    language = language.with_titles(find_titles())
    tables = "".join(
        f"<h3>{escape(language.tell(QUESTIONS[one.criterion]))}</h3>"
        f'<div class="vs-table">{ratings_table(ratings_grid(one, language), one.ratings, language)}</div>'
        for one in questions
        if one.criterion
    )
    return f"<p>{escape(said)}</p>{tables}"


def _read_zone(event: gr.EventData) -> int:
    """Return by how many minutes a page's clock is behind UTC, as it says; 0 for what no clock on earth can be."""
    said = read_text(event, "west")
    return int(said) if ZONE.fullmatch(said) and abs(int(said)) <= MOST_WEST else 0


def render_streak(votes: pa.Table, west: int, language: Language) -> str:
    """Return on how many days in a row these votes were given; empty where that is one."""
    days = count_days_in_row(votes["time"].to_pylist(), time.time(), west)
    said = language.ngettext("You voted on {n:,} day in a row.", "You voted on {n:,} days in a row.", days)
    return f'<p id="days">{escape(said)}</p>' if days > 1 else ""


def _render_acts(votes: pa.Table, language: Language) -> str:
    code = base64.b64encode(make_csv(votes).encode()).decode()
    save = escape(language.gettext("Save my votes (CSV)"))
    back = escape(language.gettext("Take all my votes back"))
    ask = escape(
        language.gettext(
            "They stay in the log and in what is published, marked as taken back, and no rating counts them. Those "
            "whose names are still to be told are not among them."
        )
    )
    yes, no = escape(language.gettext("Take them back")), escape(language.gettext("Keep them"))
    return (
        '<p class="vs-own-acts"><a class="vs-small" download="my-votes.csv" '
        f'href="data:text/csv;base64,{code}">{save}</a>'
        f'<button type="button" class="vs-small" data-own="ask">{back}</button></p>'
        f'<dialog class="vs-dialog" aria-label="{back}"><p>{ask}</p><form method="dialog">'
        f'<button class="vs-button" value="withdraw">{yes}</button>'
        f'<button class="vs-button vs-primary" value="keep" autofocus>{no}</button></form></dialog>'
    )


def render_panel(count: int, language: Language, body: str = "", open: bool = False) -> dict[str, Any]:
    """Return what the page gets: the number of votes, and what is seen when the panel is open."""
    said = language.ngettext("{n:,} vote of yours", "{n:,} votes of yours", count)
    html = (
        f'<details class="vs-own" id="own-votes"{" open" if open else ""}><summary>{escape(said)}</summary>'
        f'<div class="vs-own-body">{body}</div></details>'
    )
    return {"html": html}


class OwnPanel:
    """The panel and its event handlers; what is in it is read when somebody opens it."""

    def __init__(self, page: TranslatedBlocks, visitors: Visitors, votes: OwnVotes) -> None:
        self._visitors, self._votes = visitors, votes
        parts: dict[str, Any] = {"apply_default_css": False, "padding": False, "elem_id": "own"}
        said: Mapping[str, Said] = {"value": lambda language: render_panel(0, language)}
        self.html = page.build(gr.HTML, said, html_template=TEMPLATE, js_on_load=SCRIPT, **parts)
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented", "queue": False}
        self.html.own(self.show, None, self.html, api_name="own", **quiet)
        self.html.withdraw(self.withdraw, None, self.html, api_name="withdraw", **quiet)

    def show(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Mapping[str, Any]:
        """Show how many votes there are, and what else there is where the panel is open."""
        return self._show(bool(read_text(event, "open")), request, profile, _read_zone(event))

    def withdraw(self, request: gr.Request, profile: gr.OAuthProfile | None) -> Mapping[str, Any]:
        """Take all votes back, and show what is left."""
        language = get_language(request)
        try:
            taken = self._votes.withdraw(self._visitors.rater(request, profile))
        except HubError as error:
            return render_panel(0, language, render_trouble(language.tell(error.sentence)), True)
        log.info("a rater took votes back", extra={"event": "votes.withdrawn", "votes": taken})
        return self._show(True, request, profile)

    def _show(
        self, open: bool, request: gr.Request, profile: gr.OAuthProfile | None, west: int = 0
    ) -> Mapping[str, Any]:
        language, count, body = get_language(request), 0, ""
        try:
            rater = self._visitors.rater(request, profile)
            count = self._votes.count(rater)
            if open:
                questions = self._votes.rate(rater) if count >= LEAST else ()
                votes = self._votes.read(rater) if count else TABLE.empty_table()
                body = render_streak(votes, west, language) + _render_board(questions, language)
                body += _render_acts(votes, language) if count else ""
        except HubError as error:
            body = render_trouble(language.tell(error.sentence))
        return render_panel(count, language, body, open)
