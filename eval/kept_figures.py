"""Figures of before that hold, and what is measured to make them whole."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from eval.metrics import METRICS, FigureName, Measured, Unmeasured
from eval.score_categories import CategoryFigure

Figure = Measured | Unmeasured | CategoryFigure


@dataclass(frozen=True)
class KeptFigures:
    """Figures that need not be measured again; ``lacking`` are the metrics that they were measured without."""

    figures: tuple[Figure, ...]
    lacking: tuple[str, ...] = ()


def key_of(one: Figure) -> tuple[FigureName, str, str]:
    """Return what tells a figure of a generator from its others: metric and space, prompt set and category."""
    return (one.name, one.prompt_set, one.category) if isinstance(one, CategoryFigure) else (one.name, "", "")


def complete_figures(
    kept: KeptFigures | None, measure: Callable[[Collection[str] | None], Iterable[Figure]]
) -> tuple[Figure, ...]:
    """Return kept figures with those that they lack, which are measured, in the order of a measurement of all."""
    if kept is None:
        return _order(measure(None))
    if not kept.lacking:
        return kept.figures
    return _order({key_of(one): one for one in (*kept.figures, *measure(kept.lacking))}.values())


def _order(found: Iterable[Figure]) -> tuple[Figure, ...]:
    """Return figures space by space as they come, metrics by name; behind them what is said of pictures; categories."""
    told = list(found)
    whole = [one for one in told if not isinstance(one, CategoryFigure)]
    metrics, spaces = [metric.name for metric in METRICS], [*dict.fromkeys(one.space for one in whole if one.space)]

    def place(one: Measured | Unmeasured) -> tuple[int, int]:
        space, metric = one.space in spaces, one.metric in metrics
        return spaces.index(one.space) if space else len(spaces), metrics.index(one.metric) if metric else len(metrics)

    return (*sorted(whole, key=place), *(one for one in told if isinstance(one, CategoryFigure)))
