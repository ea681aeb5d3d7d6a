"""The joined part of the report: its sections, each with plots, tables, sentences and pictures."""

from dataclasses import dataclass

import plotly.graph_objects as go

from eval.join import Join
from eval.render import Grid
from eval.render import agreement as agree
from eval.render.language import Language
from eval.render.pareto import COST, NOBODY, pareto_grid, pareto_notes, pareto_plot, pareto_title
from eval.render.strips import (
    DISPUTED,
    STRIPS,
    disputed_grid,
    disputed_markup,
    disputed_notes,
    strips_markup,
    strips_notes,
)


@dataclass(frozen=True)
class Drawn:
    """A plot with its key in the page, what is said to those who can't see it, and what its axis is."""

    figure: go.Figure
    key: str
    label: str
    caption: str = ""


@dataclass(frozen=True)
class Joined:
    """A part of the page. ``markup`` is HTML, its text escaped already; it says what the grids say in other formats."""

    key: str
    title: str
    plots: tuple[Drawn, ...] = ()
    grids: tuple[Grid, ...] = ()
    markup: str = ""
    notes: tuple[str, ...] = ()


def _drawn(figure: go.Figure | None, key: str, title: str, language: Language, caption: str = "") -> tuple[Drawn, ...]:
    label = language.gettext("{title}, with 95 % intervals; the table below says the same", title=title)
    return (Drawn(figure, key, label, language.tell(caption)),) if figure else ()


def _by_vote(join: Join, language: Language) -> Joined:
    title = language.tell(agree.VOTES)
    drawn = _drawn(agree.by_vote_plot(join, language), "by-vote", title, language, agree.SHARE)
    grid, told = agree.by_vote_grid(join, language), agree.by_vote_notes(join, language)
    return Joined("votes-foreseen", title, drawn, (grid,), notes=tuple(told))


def _by_model(join: Join, language: Language) -> Joined:
    title = language.tell(agree.MODELS)
    drawn = _drawn(agree.by_model_plot(join, language), "by-model", title, language, agree.TAU)
    grid, told = agree.by_model_grid(join, language), agree.by_model_notes(join, language)
    return Joined("ratings-foreseen", title, drawn, (grid,), notes=tuple(told))


def _fronts(join: Join, language: Language) -> list[Joined]:
    """A section a space."""
    found = []
    for number, front in enumerate(join.fronts):
        title, told = pareto_title(front, language), tuple(pareto_notes(front, language))
        drawn = _drawn(pareto_plot(front, language), f"pareto-{number}", title, language)
        found.append(Joined(f"front-{number}", title, drawn, (pareto_grid(front, language),), notes=told))
    title = language.tell(COST)
    return found or [Joined("front", title, grids=(Grid(title, (), (), language.tell(NOBODY)),))]


def joined_sections(join: Join, language: Language) -> list[Joined]:
    """The sections in the order of the page."""
    found = [_by_vote(join, language), _by_model(join, language), *_fronts(join, language)]
    if join.strips:
        shown, told = strips_markup(join.strips, language), strips_notes(join.strips, language)
        found.append(Joined("pictures", language.tell(STRIPS), markup=shown, notes=tuple(told)))
    if join.disputed:
        shown, told = disputed_markup(join.disputed, language), disputed_notes(join.disputed, language)
        grids = (disputed_grid(join.disputed, language),)
        found.append(Joined("disputed", language.tell(DISPUTED), (), grids, shown, tuple(told)))
    return found


def joined_grids(join: Join | None, language: Language) -> list[Grid]:
    """Every table of the sections."""
    return [grid for one in joined_sections(join, language) for grid in one.grids] if join else []


def joined_notes(join: Join | None, language: Language) -> list[str]:
    """Every sentence of the sections, once."""
    return list(dict.fromkeys(note for one in joined_sections(join, language) for note in one.notes)) if join else []
