"""The tour: how the arena works, in four steps of a dialog that whoever is new is offered.

It is no ``gr.Walkthrough``: that is a part of the page, which would stand above the battle and move it, sends an event
for each step, and knows no Escape.
"""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.questions import QUESTIONS
from hub.schema import Criterion
from hub.ui.markup import fill, tell_consent

SCRIPT = (Path(__file__).parent / "tour.js").read_text(encoding="utf-8")
MEANT: Mapping[Criterion, Sentence] = {  # by each question
    Criterion.quality: Sentence("the better picture, whatever was asked for"),
    Criterion.alignment: Sentence("what was asked for is there, and as it was asked for"),
    Criterion.variety: Sentence("several pictures a side: the more different ideas"),
}


def _render_battle(language: Language) -> str:
    said = language.gettext(
        "Two generators draw the same prompt. You say which picture is better, or that it is a tie, or that both are "
        "bad."
    )
    own = language.gettext("Begin with the battle that is there, or type what you would like to see and press Draw.")
    return f"<p>{escape(said)}</p><p>{escape(own)}</p>"


def _render_questions(language: Language) -> str:
    rows = "".join(
        f"<dt>{escape(language.tell(QUESTIONS[one]))}</dt><dd>{escape(language.tell(meant))}</dd>"
        for one, meant in MEANT.items()
    )
    said = language.gettext("Each battle asks one of three; choose which above the pictures.")
    return f"<p>{escape(said)}</p><dl>{rows}</dl>"


def _render_blind(language: Language) -> str:
    said = language.gettext(
        "Who drew which picture is left to chance, and told only after your vote. For a few seconds after it you can "
        "take it back, before the names are told."
    )
    names = {"a": "1", "b": "2", "tie": "3", "bad": "4", "enter": "Enter"}
    keys = language.gettext(
        "With keys: {a} for A, {b} for B, {tie} for a tie, {bad} for both bad, {enter} for the next battle. On a "
        "phone: swipe towards the better picture."
    )
    return f"<p>{escape(said)}</p><p>{fill(keys, **{name: f'<kbd>{key}</kbd>' for name, key in names.items()})}</p>"


def _render_votes(consent: str, language: Language) -> str:
    said = language.gettext(
        "Every counted vote moves the leaderboard. Your own are below the battle: look at them, save them, or take all "
        "of them back."
    )
    return f'<p>{escape(said)}</p><p class="vs-small-print">{escape(tell_consent(consent, language))}</p>'


def render_tour(consent: str, language: Language) -> str:
    """Return the dialog of the tour, whose script shows one step at a time."""
    steps = (
        (language.gettext("A battle"), _render_battle(language)),
        (language.gettext("Three questions"), _render_questions(language)),
        (language.gettext("Blind until you vote"), _render_blind(language)),
        (language.gettext("What becomes of votes"), _render_votes(consent, language)),
    )
    counted = [language.gettext("Step {n} of {count}", n=n, count=len(steps)) for n in range(1, len(steps) + 1)]
    sections = "".join(
        f'<section><p class="vs-step">{escape(count)}</p><h2>{escape(title)}</h2>{body}</section>'
        for count, (title, body) in zip(counted, steps, strict=True)
    )
    label, close = escape(language.gettext("How it works")), escape(language.gettext("Close"))
    back, following = escape(language.gettext("Back")), escape(language.gettext("Next"))
    done = escape(language.gettext("Start voting"))
    return (
        f'<dialog class="vs-dialog vs-tour" aria-label="{label}"><div aria-live="polite">{sections}</div>'
        f'<form method="dialog"><button type="button" class="vs-button" data-tour="back">{back}</button>'
        f'<button type="button" class="vs-button vs-primary" data-tour="next" data-next="{following}" '
        f'data-done="{done}" autofocus>{following}</button>'
        f'<button class="vs-close" aria-label="{close}">×</button></form></dialog>'
    )
