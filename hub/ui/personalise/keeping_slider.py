"""How much of what the model knew is kept: lambda of the L2 penalty, by the steps of a slider."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from hub.errors import RequestError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

LAMBDAS = (0.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0)
USUAL = LAMBDAS.index(200.0)  # the preset of the embedded base
WORDS = (  # of lambda from each on
    (0.0, Sentence("no penalty: plain fine-tuning")),
    (5.0, Sentence("faithful to the subject")),
    (100.0, Sentence("between both")),
    (1000.0, Sentence("keeps what it knew")),
)
ENDS = (Sentence("faithful to the subject"), Sentence("keep what it knew"))


def name_lambda(strength: float, language: Language) -> str:
    """Return a lambda as it is read, with plain words for it: ``lambda 200, between both``."""
    word = [word for least, word in WORDS if strength >= least][-1]
    return language.gettext("lambda {strength:g}, {word}", strength=strength, word=word)


def read_lambda(value: Any) -> float:
    """Return the lambda that the slider stands at. Raises: RequestError for what no slider of ours sends."""
    step = value.get("step") if isinstance(value, Mapping) else None
    if not isinstance(step, int) or not 0 <= step < len(LAMBDAS):
        raise RequestError(Sentence("There is no such lambda: move the slider, then start."))
    return LAMBDAS[step]


def render_keeping(language: Language) -> dict[str, Any]:
    """Return the slider as the page gets it: its step, and its HTML, which names every lambda."""
    named = [name_lambda(one, language) for one in LAMBDAS]
    label = escape(language.gettext("What it is held to"))
    ends = "".join(f"<span>{escape(language.tell(one))}</span>" for one in ENDS)
    html = (
        f'<label class="vs-label" for="keeping-range">{label}</label>'
        f'<output class="vs-said" for="keeping-range">{escape(named[USUAL])}</output>'
        f'<input type="range" id="keeping-range" min="0" max="{len(LAMBDAS) - 1}" step="1" value="{USUAL}" '
        f'aria-valuetext="{escape(named[USUAL])}" data-names="{escape(json.dumps(named, ensure_ascii=False))}">'
        f'<div class="vs-ends" aria-hidden="true">{ends}</div>'
    )
    return {"step": USUAL, "html": html}
