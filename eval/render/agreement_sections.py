"""The joined part of the report: its sections, each with plots, tables, sentences and pictures."""

from dataclasses import dataclass

from eval.agreement.evidence import Join
from eval.render import Grid
from eval.render import agreement_tables as agree
from eval.render.drawn import Column
from eval.render.nearest_section import NEAREST, nearest_markup, nearest_notes
from eval.render.pareto import COST, NOBODY, pareto_grid, pareto_notes, pareto_plot, pareto_title
from eval.render.picture_strips import (
    DISPUTED,
    STRIPS,
    disputed_grid,
    disputed_markup,
    disputed_notes,
    strips_markup,
    strips_notes,
)
from eval.render.style_section import ratings_by_style, style_notes, worth_of_style
from hub.language.catalogue import Language


@dataclass(frozen=True)
class Joined:
    """A part of the page.

    ``drawn``: a column of the first grid, whose CSS class is ``kind``; ``markup`` is HTML, its text escaped already,
    and ``instead`` of the grids where it says all that they do.
    """

    key: str
    title: str
    grids: tuple[Grid, ...] = ()
    drawn: Column | None = None
    markup: str = ""
    instead: bool = False
    notes: tuple[str, ...] = ()
    kind: str = "figures"


def _by_vote(join: Join, language: Language) -> Joined:
    grid, told = agree.by_vote_grid(join, language), agree.by_vote_notes(join, language)
    drawn = agree.by_vote_column(join, language) if grid.rows else None
    return Joined("by-vote", language.tell(agree.VOTES), (grid,), drawn, notes=tuple(told))


def _by_model(join: Join, language: Language) -> Joined:
    grid, told = agree.by_model_grid(join, language), agree.by_model_notes(join, language)
    drawn = agree.by_model_column(join, language) if grid.rows else None
    return Joined("by-model", language.tell(agree.MODELS), (grid,), drawn, notes=tuple(told))


def _fronts(join: Join, language: Language) -> list[Joined]:
    """A section a space."""
    found = []
    for number, front in enumerate(join.fronts):
        title, told = pareto_title(front, language), tuple(pareto_notes(front, language))
        plot = pareto_plot(front, f"pareto-{number}", language)
        grid = pareto_grid(front, language)
        found.append(Joined(f"front-{number}", title, (grid,), None, plot, notes=told, kind="fronts"))
    title = language.tell(COST)
    return found or [Joined("front", title, (Grid(title, (), (), language.tell(NOBODY)),))]


def joined_sections(join: Join, language: Language) -> list[Joined]:
    """The sections in the order of the page."""
    found = [_by_vote(join, language), _by_model(join, language), *_fronts(join, language)]
    if join.strips:
        shown, told = strips_markup(join.strips, language), strips_notes(join.strips, language)
        found.append(Joined("pictures", language.tell(STRIPS), markup=shown, instead=True, notes=tuple(told)))
    if join.disputed:
        shown, told = disputed_markup(join.disputed, language), disputed_notes(join.disputed, language)
        grids = (disputed_grid(join.disputed, language),)
        found.append(Joined("disputed", language.tell(DISPUTED), grids, None, shown, bool(shown), tuple(told)))
    if join.nearest:
        shown, told = nearest_markup(join.nearest, language), nearest_notes(join.nearest, language)
        found.append(Joined("nearest", language.tell(NEAREST), markup=shown, instead=True, notes=tuple(told)))
    return [*found, *_styled(join, language)]


def _styled(join: Join, language: Language) -> list[Joined]:
    """A section a question that is controlled for style."""
    found = []
    for number, one in enumerate(join.styled):
        grids = (ratings_by_style(one, language), *((worth_of_style(one, language),) if one.found else ()))
        found.append(Joined(f"style-{number}", grids[0].title, grids, notes=tuple(style_notes(one, language))))
    return found


def joined_grids(join: Join | None, language: Language) -> list[Grid]:
    """Every table of the sections."""
    return [grid for one in joined_sections(join, language) for grid in one.grids] if join else []


def joined_notes(join: Join | None, language: Language) -> list[str]:
    """Every sentence of the sections, once."""
    return list(dict.fromkeys(note for one in joined_sections(join, language) for note in one.notes)) if join else []
