"""The joined part of the report: its sections, each with plots, tables, sentences and pictures."""

from dataclasses import dataclass

import plotly.graph_objects as go

from eval.join import Join
from eval.render import Grid
from eval.render import agreement as agree
from eval.render.pareto import NOBODY, pareto_grid, pareto_notes, pareto_plot, pareto_title
from eval.render.strips import (
    DISPUTED,
    STRIPS,
    disputed_grid,
    disputed_markup,
    disputed_notes,
    strips_markup,
    strips_notes,
)

COST = "Cost, quality and variety"


@dataclass(frozen=True)
class Drawn:
    """A plot with its key in the page and what is said to those who can't see it."""

    figure: go.Figure
    key: str
    label: str


@dataclass(frozen=True)
class Section:
    """A part of the page. ``markup`` is HTML, its text escaped already; it says what the grids say in other formats."""

    title: str
    plots: tuple[Drawn, ...] = ()
    grids: tuple[Grid, ...] = ()
    markup: str = ""
    notes: tuple[str, ...] = ()


def _drawn(figure: go.Figure | None, key: str, title: str) -> tuple[Drawn, ...]:
    return (Drawn(figure, key, f"{title}, with 95 % intervals; the table below says the same"),) if figure else ()


def _fronts(join: Join) -> list[Section]:
    """A section a space."""
    found = []
    for number, front in enumerate(join.fronts):
        title = pareto_title(front)
        drawn = _drawn(pareto_plot(front), f"pareto-{number}", title)
        found.append(Section(title, drawn, (pareto_grid(front),), notes=tuple(pareto_notes(front))))
    return found or [Section(COST, grids=(Grid(COST, (), (), NOBODY),))]


def sections(join: Join) -> list[Section]:
    """The sections in the order of the page."""
    by_vote = _drawn(agree.by_vote_plot(join), "by-vote", agree.VOTES)
    by_model = _drawn(agree.by_model_plot(join), "by-model", agree.MODELS)
    found = [
        Section(agree.VOTES, by_vote, (agree.by_vote_grid(join),), notes=tuple(agree.by_vote_notes(join))),
        Section(agree.MODELS, by_model, (agree.by_model_grid(join),), notes=tuple(agree.by_model_notes(join))),
        *_fronts(join),
    ]
    if join.strips:
        found.append(Section(STRIPS, markup=strips_markup(join.strips), notes=tuple(strips_notes(join.strips))))
    if join.disputed:
        shown, grids = disputed_markup(join.disputed), (disputed_grid(join.disputed),)
        found.append(Section(DISPUTED, (), grids, shown, tuple(disputed_notes(join.disputed))))
    return found


def joined_grids(join: Join | None) -> list[Grid]:
    """Every table of the sections."""
    return [grid for section in sections(join) for grid in section.grids] if join else []


def joined_notes(join: Join | None) -> list[str]:
    """Every sentence of the sections."""
    return [note for section in sections(join) for note in section.notes] if join else []
