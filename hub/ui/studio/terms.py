"""The terms of a mix as they are typed, the mixes between two ends, and what is said of the weights' sum."""

from collections.abc import Sequence
from html import escape
from typing import Any

from hub.errors import RequestError
from hub.japanese.read_requests import reading_of
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.schema import Term
from hub.ui.markup import tell_reading

HEAVIEST = 10.0  # a weight, up or down
STEPS = 8  # pictures of a strip, both ends among them
SUMS = {  # what is said of the weights' sum, which the page fills in
    "one": Sentence("The weights sum to 1: the mix lies on a straight line, or a plane, through what it names."),
    "other": Sentence(
        "The weights sum to {sum}, not to 1: what the mix is then depends on where a model's embeddings have their "
        "zero, so that a model may refuse it."
    ),
    "none": Sentence("No term says anything yet: type a prompt, or give a picture."),
}


def check_weight(value: Any) -> float:
    """Return a weight that was typed. Raises: RequestError for what is no number from -10 to 10."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= HEAVIEST:
        raise RequestError(
            Sentence("A weight must be a number from -{most:g} to {most:g}: type one for each term.", most=HEAVIEST)
        )
    return round(float(value), 6)


def mix_between(left: Term, right: Term) -> list[tuple[Term, ...]]:
    """Return the mixes of a strip from one end to the other, in even steps; each end is itself alone."""
    shares = [step / (STEPS - 1) for step in range(STEPS)]
    ends = [(1 - share, left) for share in shares], [(share, right) for share in shares]
    return [
        tuple(term.model_copy(update={"weight": weight}) for weight, term in pair if weight)
        for pair in zip(*ends, strict=True)
    ]


def describe_mix(mix: Sequence[Term], language: Language) -> str:
    """Return a mix as it is read, a picture by the start of its SHA-256: ``1 × “a cat” − 0.5 × picture ab12``."""
    said = ""
    for term in mix:
        what = f"“{term.prompt}”" if term.prompt else language.gettext("picture {name}", name=(term.image or "")[:4])
        if term.read_as:
            what += f" ({tell_reading(reading_of(term), language)})"
        if len(mix) == term.weight == 1:
            return what
        sign = "−" if term.weight < 0 else "+" if said else ""
        said += f" {sign} {abs(term.weight):g} × {what}"
    return " ".join(said.split())


def render_sum(language: Language) -> dict[str, str]:
    """Return the line that says what the weights sum to, with the button that makes it 1; the page keeps it up."""
    facts = "".join(f' data-{name}="{escape(language.tell(said))}"' for name, said in SUMS.items())
    button = escape(language.gettext("Make it 1"))
    html = (
        f'<div class="vs-sum"{facts}><p class="vs-said" role="status"></p>'
        f'<button type="button" class="vs-small" data-act="one" hidden>{button}</button></div>'
    )
    return {"html": html}
