"""Ratings controlled for style: tables, sentences, and rows of the CSV report."""

from collections.abc import Iterator

from eval.picture_style import PictureProperty
from eval.ratings.style_control import StyleCoefficient, StyledQuestion, StyleShift
from eval.render import Grid, figure
from eval.render.csv_row import Figure
from eval.render.names import asked, interval
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

STYLE = Sentence("Ratings controlled for style")
PROPERTIES = Sentence("What style is worth")
PROPERTY_NAMES = {
    PictureProperty.colourfulness: Sentence("colourfulness"),
    PictureProperty.brightness: Sentence("brightness"),
    PictureProperty.contrast: Sentence("contrast"),
    PictureProperty.edge_density: Sentence("density of edges"),
}
CONTROLLED = Sentence(
    "Controlled ratings are those as if both pictures of each battle had been equally colourful, bright, rich in "
    "contrast and in edges. What of a generator's lead is told by style is style's here: a generator whose pictures "
    "are better because they are more colourful loses that too. The number beside a property is what one deviation "
    "more of it is worth to a side."
)


def _points(value: float) -> str:
    return f"{value:+.0f}"


def _between(low: float, high: float, language: Language) -> str:
    return interval(_points(low), _points(high), language)


def ratings_by_style(one: StyledQuestion, language: Language) -> Grid:
    """A question's ratings without and with control, and what that moves."""
    shifts = one.found.shifts if one.found else ()
    rows = tuple(
        (str(s.controlled.rank), language.title(s.controlled.generator), f"{s.without.rating:.0f}",
         f"{s.controlled.rating:.0f}", interval(f"{s.controlled.low:.0f}", f"{s.controlled.high:.0f}", language),
         _points(s.shift), _between(s.low, s.high, language))
        for s in shifts
    )  # fmt: skip
    head = (
        language.gettext("Rank"),
        language.gettext("Generator"),
        language.gettext("Without control"),
        language.gettext("Controlled"),
        language.gettext("95 % interval"),
        language.gettext("Shift"),
        language.gettext("Interval of the shift"),
    )
    return Grid(_title(one, STYLE, language), head, rows, language.tell(one.missing or ""), (0, 2, 3, 4, 5, 6))


def worth_of_style(one: StyledQuestion, language: Language) -> Grid:
    """What each property is worth in a question's votes."""
    found = one.found.coefficients if one.found else ()
    rows = tuple(
        (language.tell(PROPERTY_NAMES[c.property]), _points(c.points), _between(c.low, c.high, language),
         figure(c.deviation))
        for c in found
    )  # fmt: skip
    head = (
        language.gettext("Property"),
        language.gettext("Elo points"),
        language.gettext("95 % interval"),
        language.gettext("Deviation"),
    )
    return Grid(_title(one, PROPERTIES, language), head, rows, language.tell(one.missing or ""), (1, 2, 3))


def _title(one: StyledQuestion, table: Sentence, language: Language) -> str:
    name = asked(one.criterion, one.source, language)
    return language.gettext("{question}: {table}", question=name, table=table)


def style_notes(one: StyledQuestion, language: Language) -> list[str]:
    """What to know of a question's control."""
    if one.found is None:
        return []
    name, notes = asked(one.criterion, one.source, language), [language.tell(CONTROLLED)]
    if one.found.lost:
        notes.append(language.ngettext(
            "{question}: {n:,} vote lacks a picture, and is in neither of these ratings.",
            "{question}: {n:,} votes lack a picture, and are in neither of these ratings.",
            one.found.lost, question=name, n=one.found.lost,
        ))  # fmt: skip
    if one.found.alike:
        alike = language.listed([language.tell(PROPERTY_NAMES[each]) for each in one.found.alike])
        notes.append(language.gettext("{question}: no two sides differ in {names}.", question=name, names=alike))
    return notes


def style_figures(one: StyledQuestion) -> Iterator[Figure]:
    """A question as rows of the CSV report."""
    about = Figure(source=one.source, question=str(one.criterion or ""))
    if one.found is None:
        yield about.of("style", "controlled", note=one.missing or "")
        return
    yield about.of("style", "votes", one.found.votes)
    yield about.of("style", "lost", one.found.lost)
    for shift in one.found.shifts:
        yield from _shift_figures(about, shift)
    for coefficient in one.found.coefficients:
        yield from _coefficient_figures(about, coefficient)


def _shift_figures(about: Figure, one: StyleShift) -> Iterator[Figure]:
    who = {"generator": one.controlled.generator}
    for name, row in (("without", one.without), ("controlled", one.controlled)):
        yield about.of("style", name, row.rating, low=row.low, high=row.high, n=row.battles, **who)
    yield about.of("style", "shift", one.shift, low=one.low, high=one.high, **who)


def _coefficient_figures(about: Figure, one: StyleCoefficient) -> Iterator[Figure]:
    yield about.of("style", "points", one.points, low=one.low, high=one.high, group=str(one.property))
    yield about.of("style", "deviation", one.deviation, group=str(one.property))
