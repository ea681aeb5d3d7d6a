"""What the report calls questions, generators and metrics."""

from eval.measure import REAL
from eval.render import begun, printable
from eval.render.language import Language
from hub.schema import Criterion
from hub.sentences import Sentence
from hub.votes.rows import OWN

CRITERIA = {
    Criterion.quality: Sentence("quality"),
    Criterion.alignment: Sentence("alignment"),
    Criterion.variety: Sentence("variety"),
}
PREFERENCE = Sentence("preference")
REAL_IMAGES = Sentence("real images")


def asked(criterion: Criterion | None, source: str, language: Language) -> str:
    """A question, with its source where that is not this arena; None where an import does not say what was asked."""
    name = begun(language.tell(CRITERIA[criterion] if criterion else PREFERENCE))
    if source == OWN:
        return name
    return language.gettext("{question}, imported from {source}", question=name, source=source)


def generator(name: str, language: Language) -> str:
    """A generator's name, or what the real images are called beside them."""
    return language.tell(REAL_IMAGES) if name == REAL else printable(name)


def metric_name(name: str, language: Language) -> str:
    """A metric's name, whose words may have a translation apart from the encoder's in brackets."""
    metric, bracket, encoder = name.partition(" (")
    words = [language.tell(Sentence(text)) for text in (metric, encoder.removesuffix(")"))]
    return f"{words[0]} ({words[1]})" if bracket else words[0]


def interval(low: str, high: str, language: Language) -> str:
    """An interval of two figures as they are written."""
    return language.gettext("{low} to {high}", low=low, high=high)
