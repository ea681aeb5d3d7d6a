"""About: what the arena is, in three short paragraphs; how battles are held exactly, for who asks; the generators."""

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape

import gradio as gr

from hub.battle.live_roster import LiveRoster
from hub.generators import Generator
from hub.generators.facts import known
from hub.language.catalogue import ENGLISH, Language
from hub.language.sentence import Sentence
from hub.settings import PairChoice, Settings
from hub.ui import markup
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language
from hub.watch import Watch

HUB = "https://huggingface.co"
PAIRING = {
    PairChoice.informative: Sentence(
        "Which two meet is drawn by lot: most often those on whom a vote tells most of the order, now and then any "
        "two. The chance that they had is published with the vote."
    ),
    PairChoice.uniform: Sentence("Pairs that met least often come first."),
}


def _tell_people(language: Language) -> tuple[str, ...]:
    """Return what it is, how votes are kept and taken back, and what is counted."""
    return (
        language.gettext(
            "Two generators draw the same prompt, and you say which picture is better before you know who drew it. The "
            "leaderboard is what all counted votes say together."
        ),
        language.gettext(
            "Every vote is kept. You can take one back for a few seconds, and all of yours at any time, below the "
            "battle: they stay in the log, marked as taken back, and no rating counts them."
        ),
        language.gettext(
            "Votes count if the browser's cookie came back and the arena's checks find nothing suspicious. The others "
            "are kept and marked, and the report says how many there are, and why."
        ),
    )


def _tell_exactly(settings: Settings, language: Language) -> tuple[str, ...]:
    """Return how battles are held."""
    return (
        language.gettext(
            "Every battle draws the same prompt and seeds with two generators; which two, on which side, and from "
            "which seeds, is decided on the server and told only after the vote is saved."
        ),
        language.tell(PAIRING[settings.pairing]),
        language.gettext(
            "Each vote has a receipt, with which anyone can draw its pictures again and compare them byte by byte."
        ),
    )


def _render_links(settings: Settings, language: Language) -> str:
    """Return links to the published votes and to what runs here, where there are any."""
    links = []
    if settings.dataset and not settings.private:
        links.append((f"{HUB}/datasets/{settings.dataset}", language.gettext("The votes, as a data set")))
    if settings.space:
        links.append((f"{HUB}/spaces/{settings.space}", language.gettext("The code that runs here")))
    shown = " ".join(f'<a class="vs-small" href="{escape(to)}">{escape(said)}</a>' for to, said in links)
    return f'<p class="vs-acts">{shown}</p>' if links else ""


def render_about(settings: Settings, language: Language) -> str:
    """Return what the arena is, above the list of its generators."""
    texts = _tell_people(language), _tell_exactly(settings, language)
    people, exactly = ("".join(f"<p>{escape(said)}</p>" for said in text) for text in texts)
    more = escape(language.gettext("How battles are held, exactly"))
    title = escape(language.gettext("The generators of this arena"))
    return (
        f'<div class="vs-about">{people}{_render_links(settings, language)}'
        f"<details><summary>{more}</summary>{exactly}</details><h2>{title}</h2></div>"
    )


def render_generators(
    generators: Sequence[Generator], unloadable: Mapping[str, str], language: Language = ENGLISH
) -> str:
    """Return the list of generators; one that is not usable, or can't be loaded, says why."""
    entries = [
        Sentence("{title}: {said}", title=one.title, said=unloadable[one.name])
        if one.name in unloadable
        else known(one)
        for one in generators
    ]
    takes = [one.accepts for one in generators]
    return markup.render_roster([*zip(entries, takes, strict=True)], language)


class AboutTab:
    """The tab's components; its list of generators is read when somebody opens it."""

    def __init__(self, settings: Settings, live: LiveRoster, watch: Watch, page: TranslatedBlocks) -> None:
        self._live, self._watch = live, watch
        page.build(gr.HTML, {"value": partial(render_about, settings)})
        self._roster = gr.HTML("", elem_id="roster")

    def follow(self, tab: gr.Tab) -> None:
        """Look at the roster whenever the tab is opened."""
        tab.select(self.show_roster, None, self._roster, show_progress="hidden", api_visibility="private")

    def show_roster(self, request: gr.Request) -> str:
        """Return the list of the generators of now."""
        return render_generators(self._live.generators, self._watch.unloadable(), get_language(request))
