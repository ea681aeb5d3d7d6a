"""What the report calls questions, generators and metrics."""

from collections.abc import Sequence

from eval.agreement.by_vote import ANY, WITNESS
from eval.agreement.fronts import Aspect
from eval.measure import REAL
from eval.metrics import FigureName
from eval.raters.alpha import Answer
from eval.render import begun
from eval.summary import Summary
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.schema import Criterion
from hub.votes.rows import OWN

CRITERIA = {
    Criterion.quality: Sentence("quality"),
    Criterion.alignment: Sentence("alignment"),
    Criterion.variety: Sentence("variety"),
}
ANSWERS = {
    Answer.one: Sentence("one"),
    Answer.other: Sentence("other"),
    Answer.tie: Sentence("tie"),
    Answer.both_bad: Sentence("both bad"),
}
ASPECT_NAMES = {
    Aspect.cost: Sentence("cost"),
    Aspect.quality: Sentence("quality"),
    Aspect.variety: Sentence("variety"),
}
PREFERENCE = Sentence("preference")
REAL_IMAGES = Sentence("real images")
NEARNESS = Sentence("nearness to the real pictures")
# of metrics' names and encoders' titles: what they are called here; all others stay as they are
WORDS = {WITNESS: NEARNESS} | {
    str(word): word
    for word in (
        ANY,
        Sentence("colour accuracy"),
        Sentence("computing seconds an image"),
        Sentence("authenticity"),
        Sentence("consistency"),
        Sentence("count accuracy"),
        Sentence("coverage"),
        Sentence("data copying"),
        Sentence("density"),
        Sentence("drift"),
        Sentence("embedded judge"),
        Sentence("image-text score"),
        Sentence("images a second"),
        Sentence("parameters"),
        Sentence("memory in MiB"),
        Sentence("position accuracy"),
        Sentence("precision"),
        Sentence("preference score"),
        Sentence("recall"),
        Sentence("reference similarity"),
        Sentence("seconds an image"),
        Sentence("training device-hours"),
        Sentence("two things apart"),
    )
}


def asked(criterion: Criterion | None, source: str, language: Language) -> str:
    """A question, with its source where that is not this arena; None where an import does not say what was asked."""
    name = begun(language.tell(CRITERIA[criterion] if criterion else PREFERENCE))
    if source == OWN:
        return name
    return language.gettext("{question}, imported from {source}", question=name, source=source)


def name_generators(summary: Summary, language: Language) -> Language:
    """The language with what the generators are called that a summary is of, where it says so."""
    return language.with_titles(summary.about.titles) if summary.about else language


def generator(name: str, language: Language) -> str:
    """What a generator is called, or the real images beside them."""
    return language.tell(REAL_IMAGES) if name == REAL else language.title(name)


def word(name: str, language: Language) -> str:
    """A metric's name, or the title of an encoder; a sentence is told as it is."""
    return language.tell(WORDS.get(name, name))


def metric_name(name: FigureName, language: Language) -> str:
    """A metric's name, with the title of the encoder in brackets where it has one."""
    said = word(name.metric, language)
    return f"{said} ({word(name.space, language)})" if name.space else said


def named(figures: Sequence[FigureName], language: Language) -> str:
    """Metrics in a sentence; those of the same spaces stand together, and the spaces are told once."""
    spaces: dict[str, dict[str, None]] = {}
    for name in figures:
        spaces.setdefault(name.metric, {})[name.space] = None
    together: dict[tuple[str, ...], list[str]] = {}
    for metric, those in spaces.items():
        together.setdefault(tuple(those), []).append(metric)
    told = []
    for where, metrics in together.items():
        names = language.listed([word(metric, language) for metric in metrics])
        told.append(f"{names} ({language.listed([word(one, language) for one in where])})" if any(where) else names)
    return language.listed(told)


def interval(low: str, high: str, language: Language) -> str:
    """An interval of two figures as they are written."""
    return language.gettext("{low} to {high}", low=low, high=high)
