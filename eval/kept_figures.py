"""Figures of before that hold, and what is measured to make them whole."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from eval.metrics import METRICS, Measured, Unmeasured

Figure = Measured | Unmeasured


@dataclass(frozen=True)
class KeptFigures:
    """Figures that need not be measured again; ``lacking`` are the metrics that they were measured without."""

    figures: tuple[Figure, ...]
    lacking: tuple[str, ...] = ()


def complete_figures(
    kept: KeptFigures | None, measure: Callable[[Collection[str] | None], Iterable[Figure]]
) -> tuple[Figure, ...]:
    """Return kept figures with those that they lack, which are measured, in the order of a measurement of all."""
    if kept is None:
        return tuple(measure(None))
    if not kept.lacking:
        return kept.figures
    found = {one.name: one for one in (*kept.figures, *measure(kept.lacking))}
    metrics, spaces = [metric.name for metric in METRICS], [*dict.fromkeys(name.space for name in found if name.space)]

    def place(one: Figure) -> tuple[int, int]:
        """Spaces as they come, metrics by name; at the end what is said of pictures."""
        space, metric = one.space in spaces, one.metric in metrics
        return spaces.index(one.space) if space else len(spaces), metrics.index(one.metric) if metric else len(metrics)

    return tuple(sorted(found.values(), key=place))
