"""A drift watch in words and tables, in a language; it knows nothing of how pictures are drawn or encoded."""

from collections.abc import Mapping, Sequence

from eval.drift_watch.figure_names import (
    AFTER,
    BEFORE,
    CLASS,
    FLOOR,
    KID,
    NEARER,
    NEAREST,
    PAIRED,
    PICTURES,
    SIMILARITY,
    SUBJECT,
    TEXT,
    TEXT_CHANGE,
    UNRELATED,
    DriftFigure,
)
from eval.drift_watch.verdict import DriftVerdict, EncoderShare, find
from eval.metrics import Measured
from eval.render import Grid, begun, figure
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

WORDS = {  # of figures' names and encoders' titles; all others stay as they are
    str(word): word
    for word in (
        Sentence("change of image-text score"),
        Sentence("embedded judge"),
        Sentence("image-text score"),
        Sentence("nearer than any two"),
        Sentence("nearest-reference distance"),
        Sentence("paired distance"),
        Sentence("reference similarity"),
        Sentence("witness"),
    )
}
LEARNT = {
    EncoderShare.every: Sentence("The subject was learnt"),
    EncoderShare.some: Sentence("The subject was learnt by some encoders alone"),
    EncoderShare.none: Sentence("The subject was not learnt"),
}
UNRELATED_DRIFT = {
    EncoderShare.every: Sentence("unrelated prompts drifted"),
    EncoderShare.some: Sentence("unrelated prompts drifted by some encoders alone"),
    EncoderShare.none: Sentence("unrelated prompts are not beyond the floor"),
}
CLASS_DRIFT = {
    EncoderShare.every: Sentence("prompts of its class drifted"),
    EncoderShare.some: Sentence("prompts of its class drifted by some encoders alone"),
    EncoderShare.none: Sentence("prompts of its class are not beyond the floor"),
}
NOTES = (
    Sentence(
        "Before: the base. After: what it became, with the same prompts and seeds. Floor: the base with other seeds "
        "against the base, what a model that was not trained at all differs by."
    ),
    Sentence(
        "In brackets: the 95 % interval over pictures; of the subject's own pictures, too few for one, the "
        "least and the most."
    ),
    Sentence(
        "No encoder here was in a loss. Drift is better lower. Reference similarity is 1 for a copy: read it beside "
        "the nearest-reference distance."
    ),
    Sentence("The pictures that were learnt from are not on this page."),
)
SETS = {  # of pictures that are shown
    SUBJECT: Sentence("The subject, and its class before"),
    CLASS: Sentence("Its class"),
    UNRELATED: Sentence("Unrelated prompts"),
}
PAID = {BEFORE: Sentence("Before"), AFTER: Sentence("After"), FLOOR: Sentence("Floor")}
GAINED = {
    BEFORE: Sentence("Class before"),
    AFTER: Sentence("Subject after"),
    PICTURES: Sentence("The pictures, each with the others"),
}


def tell_word(name: str, language: Language) -> str:
    """Return the name of a figure or an encoder in a language."""
    return language.tell(WORDS.get(name, name))


def tell_verdict(verdict: DriftVerdict, language: Language) -> str:
    """Return what was found as one sentence."""
    parts = (LEARNT[verdict.learnt], UNRELATED_DRIFT[verdict.unrelated], CLASS_DRIFT[verdict.of_class])
    return _join(list(map(language.tell, parts)), language)


def tell_evidence(figures: Sequence[DriftFigure], language: Language) -> str:
    """Return the figures that the verdict is read off, as one sentence."""
    gained = [
        language.gettext("from {before} to {after} by {encoder}", before=before, after=after, encoder=encoder)
        for encoder, before, after in _pairs(figures, SUBJECT, SIMILARITY, BEFORE, language)
    ]
    told = [begun(language.gettext("reference similarity {figures}", figures=_commas(gained, language)))]
    unrelated, of_class = (_tell_drift(figures, name, language) for name in (UNRELATED, CLASS))
    told.append(language.gettext("unrelated prompts: KID {figures}", figures=unrelated))
    told.append(language.gettext("prompts of its class: KID {figures}", figures=of_class))
    copies = [
        language.gettext("{share:.0%} by {encoder}", share=one.value, encoder=tell_word(encoder, language))
        for encoder, one in find(figures, SUBJECT, NEARER, AFTER).items()
    ]
    near = language.gettext(
        "nearer to one of the pictures than any two of them are to each other: {figures} of what was drawn",
        figures=_commas(copies, language),
    )
    return _join([*told, near], language)


def _tell_drift(figures: Sequence[DriftFigure], pictures: str, language: Language) -> str:
    said = [
        language.gettext("{value}, floor {floor} by {encoder}", value=after, floor=floor, encoder=encoder)
        for encoder, floor, after in _pairs(figures, pictures, KID, FLOOR, language)
    ]
    return _commas(said, language)


def _pairs(
    figures: Sequence[DriftFigure], pictures: str, name: str, role: str, language: Language
) -> list[tuple[str, str, str]]:
    """Return by encoder a figure of another role, and that of after."""
    others = find(figures, pictures, name, role)
    return [
        (tell_word(encoder, language), figure(others[encoder].value), figure(one.value))
        for encoder, one in find(figures, pictures, name, AFTER).items()
    ]


def _commas(parts: Sequence[str], language: Language) -> str:
    return language.pgettext("between names", ", ").join(parts)


def _join(parts: Sequence[str], language: Language) -> str:
    return language.gettext("{text}.", text=language.pgettext("between items", "; ").join(parts))


def _say(one: Measured | None, language: Language) -> str:
    if one is None:
        return "-"
    figures = {"value": figure(one.value), "low": figure(one.low), "high": figure(one.high)}
    return language.gettext("{value} ({low} to {high})", **figures)


def _grid(
    figures: Sequence[DriftFigure],
    pictures: str,
    names: Sequence[str],
    roles: Mapping[str, Sentence],
    title: str,
    language: Language,
) -> Grid:
    rows = []
    for name in names:
        by_role = {role: find(figures, pictures, name, role) for role in roles}
        for space in dict.fromkeys(space for found in by_role.values() for space in found):
            told = (_say(found.get(space), language) for found in by_role.values())
            rows.append((tell_word(name, language), tell_word(space, language), *told))
    head = (language.gettext("Figure"), language.gettext("Encoder"), *map(language.tell, roles.values()))
    return Grid(title, head, tuple(rows), "", tuple(range(2, len(head))))


def make_drift_grids(figures: Sequence[DriftFigure], language: Language) -> list[Grid]:
    """Return the table of the subject, and those of what the rest became."""
    names, gained = (KID, PAIRED, TEXT, TEXT_CHANGE), (SIMILARITY, NEAREST, NEARER)
    asked = (
        (SUBJECT, gained, GAINED, language.gettext("Subject gained")),
        (UNRELATED, names, PAID, language.gettext("Drift paid by unrelated prompts")),
        (CLASS, names, PAID, language.gettext("Drift paid by prompts of its class")),
    )
    return [_grid(figures, pictures, rows, roles, title, language) for pictures, rows, roles, title in asked]
