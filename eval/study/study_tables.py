"""A study's tables: the figures of every arm by one encoder, and what became of the orderings. In English."""

from collections import defaultdict
from collections.abc import Sequence

from eval.measure import REAL
from eval.metrics import FigureName, Measured
from eval.render import Grid, figure
from eval.render.names import interval
from eval.study.declaration import Study, StudyResult
from eval.study.orderings import list_figures, summarise_seeds
from hub.language.catalogue import ENGLISH

NOTES = (
    "↑: higher is better, ↓: lower is better.",
    "± is a 95 % interval over seeds (Student's t); the gap is between the best and the worst seed. Where there is one "
    "seed, and of real images, the interval is over prompts.",
    "Noise floor: the largest gap of two seeds of one side. Held: in every seed and by more than the floor on average. "
    "Within noise: no larger than the floor, whichever way. Failed: larger, the other way. Mixed: the rest.",
    "An ordering that only one of two encoders shows may be that encoder's alone.",
)
DRAWN_AGAIN = "Where an ordering names one model drawn again, its gap counts for the noise floor too."
FLOOR = "real, half against half"
HALVES = "Half against half has half the images, so its FD is not comparable with the others; its KID is."


def list_notes(study: Study) -> tuple[str, ...]:
    """Return what is to be said beneath the tables."""
    again = (DRAWN_AGAIN,) if any(one.floor for one in study.orderings) else ()
    return (*NOTES, *again, *study.notes, *(() if study.measure else (HALVES,)))


def _say(one: Measured | None) -> str:
    return f"{figure(one.value)} ({interval(figure(one.low), figure(one.high), ENGLISH)})" if one else "-"


def _say_seeds(found: Sequence[Measured]) -> str:
    if not found:
        return "-"
    over = summarise_seeds([one.value for one in found])
    if over.half is None:
        return _say(found[0])
    return f"{figure(over.mean)} ± {figure(over.half)} (gap {figure(over.gap)})"


def _encoder_grid(study: Study, result: StudyResult, title: str, names: Sequence[FigureName]) -> Grid:
    cells = {
        group: [_say_seeds([figures[name] for figures in seeds.values() if name in figures]) for name in names]
        for group, seeds in result.groups.items()
    }
    rows = [
        (group, str(len(seeds)), *cells[group])
        for group, seeds in result.groups.items()
        if any(cell != "-" for cell in cells[group])
    ]
    for group, known in ((REAL, result.real), (FLOOR, result.halves)):
        if any(name in known for name in names):
            rows.append((group, "-", *(_say(known.get(name)) for name in names)))
    arrows = ("↑" if study.better(name.metric) == "higher" else "↓" for name in names)
    head = ("Arm", "Seeds", *(f"{name.metric} {arrow}" for name, arrow in zip(names, arrows, strict=True)))
    after = f", after {result.budget:,} images" if result.budget is not None else ""
    return Grid(f"By {title}{after}", head, tuple(rows), "", tuple(range(1, len(head))))


def make_grids(study: Study, result: StudyResult) -> list[Grid]:
    """Return a table an encoder, and one of the orderings.

    An encoder's has every arm's means over seeds, the gap between seeds, and the real images.
    """
    by_title: dict[str, list[FigureName]] = defaultdict(list)
    for metric in study.shown:
        for name in list_figures(result.groups, metric):
            by_title[name.space].append(name)
    made = [_encoder_grid(study, result, title, names) for title, names in by_title.items()]
    rows = tuple(
        (one.claim, one.outcome, f"{one.held} of {one.seeds}", figure(one.difference), figure(one.floor))
        for one in result.verdicts
    )
    head = ("Expected", "Outcome", "Seeds that hold", "Mean difference", "Noise floor")
    return [*made, Grid("Orderings", head, rows, "No ordering has two seeds on both sides.", (2, 3, 4))]
