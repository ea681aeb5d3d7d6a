"""Consent before a visitor's first vote: a dialog that says what a vote means, and the check of what comes with votes.

What was agreed to comes with each vote, not as a cookie: no vote is stored without it, and where cookies are blocked a
visitor can agree all the same.
"""

import hashlib
from html import escape
from pathlib import Path

from hub.errors import BattleError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.ui.markup import tell_consent

SCRIPT = (Path(__file__).parent / "consent.js").read_text(encoding="utf-8")
REFUSED = Sentence(
    "Your vote was not saved: agree first to what a vote means here. Reload the page and vote again: it asks you then."
)


def digest_consent(text: str) -> str:
    """Return what stands for a text of consent in events and cookies: who agreed to another text is asked again."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def check_consent(text: str, agreed: str) -> None:
    """Check what a page says that its visitor agreed to.

    Raises: BattleError unless it is this text.
    """
    if agreed != digest_consent(text):
        raise BattleError(REFUSED, "consent")


def render_consent_dialog(text: str, language: Language) -> str:
    """Return the dialog that asks once, when a vote is chosen; Enter agrees, Escape leaves."""
    title = escape(language.gettext("Before your first vote"))
    yes, no = escape(language.gettext("Agree and vote")), escape(language.gettext("Not now"))
    return (
        f'<dialog class="vs-dialog" data-text="{digest_consent(text)}" aria-labelledby="consent-title" '
        f'aria-describedby="consent-text"><h2 id="consent-title">{title}</h2>'
        f'<p id="consent-text">{escape(tell_consent(text, language))}</p><form method="dialog">'
        f'<button class="vs-button vs-primary" value="agree" autofocus>{yes}</button>'
        f'<button class="vs-button" value="later">{no}</button></form></dialog>'
    )
