"""How strongly a guide picture draws the drawing to itself: w of image guidance, by the steps of a slider.

Over all steps the drawing is moved about 1 - exp(-500 w) of the way to the guide (the closed form of the method's step
callback), so that half of the way is a w of 0.0014: the words follow that share, and the slider begins below it.
"""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from hub.errors import RequestError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

SCRIPT = (Path(__file__).parent / "strength.js").read_text(encoding="utf-8")  # of a slider of named steps
WEIGHTS = (0.0, *(float(f"{0.0001 * 10 ** (step / 10):.2g}") for step in range(21)))  # none, then two decades
USUAL = WEIGHTS.index(0.001)  # 39 % of the way
MARKS = (0.0, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01)
WORDS = (  # of the weights from each on
    (0.0, Sentence("free, without the guide")),
    (0.0001, Sentence("nearly free")),
    (0.0003, Sentence("a little of the guide")),
    (0.001, Sentence("half way")),
    (0.002, Sentence("much of the guide")),
    (0.004, Sentence("close to the guide")),
)


def name_weight(weight: float, language: Language) -> str:
    """Return a weight as it is read, with plain words for it: ``w = 0.001, half way``."""
    word = [word for least, word in WORDS if weight >= least][-1]
    return language.gettext("w = {weight:g}, {word}", weight=weight, word=word)


def read_weight(value: Any) -> float:
    """Return the weight that the slider stands at. Raises: RequestError for what no slider of ours sends."""
    step = value.get("step") if isinstance(value, Mapping) else None
    if not isinstance(step, int) or not 0 <= step < len(WEIGHTS):
        raise RequestError(Sentence("There is no such strength: move the slider, then draw."))
    return WEIGHTS[step]


def render_slider(language: Language) -> dict[str, Any]:
    """Return the slider as the page gets it: its step, and its HTML, which names every weight."""
    named = [name_weight(weight, language) for weight in WEIGHTS]
    label = escape(language.gettext("Strength of the guide"))
    places = [(WEIGHTS.index(mark), f"{mark:g}") for mark in MARKS]
    marks = "".join(f'<span style="left:{100 * step / (len(WEIGHTS) - 1):.3g}%">{mark}</span>' for step, mark in places)
    free, close = (escape(language.tell(WORDS[number][1])) for number in (0, -1))
    html = (
        f'<label class="vs-label" for="strength-range">{label}</label>'
        f'<output class="vs-said" for="strength-range">{escape(named[USUAL])}</output>'
        f'<input type="range" id="strength-range" min="0" max="{len(WEIGHTS) - 1}" step="1" value="{USUAL}" '
        f'aria-valuetext="{escape(named[USUAL])}" data-names="{escape(json.dumps(named, ensure_ascii=False))}">'
        f'<div class="vs-marks" aria-hidden="true">{marks}</div>'
        f'<div class="vs-ends" aria-hidden="true"><span>{free}</span><span>{close}</span></div>'
    )
    return {"step": USUAL, "html": html}
