"""Image guidance beside SDEdit where both are equally far from the guide."""

import re

import numpy as np

from eval.metrics import FigureName
from eval.metrics.entries.image_text import ImageText
from eval.metrics.entries.ppd import PerPromptDiversity
from eval.render import Grid, figure
from eval.studies.unclip_arms import DISTANCE
from eval.study.declaration import StudyResult
from eval.study.orderings import list_figures

GUIDED, EDITED = re.compile(r"guided-w([\d.]+)"), re.compile(r"sdedit-s([\d.]+)")
NONE = "-"


def read_curve(result: StudyResult, pattern: re.Pattern[str], name: FigureName) -> dict[float, float]:
    """Return a figure's mean over seeds by the number that is varied, in its order."""
    found = {
        float(match[1]): float(np.mean([figures[name].value for figures in seeds.values()]))
        for arm, seeds in result.groups.items()
        if (match := pattern.fullmatch(arm))
    }
    return dict(sorted(found.items()))


def match_distances(result: StudyResult) -> Grid:
    """Return the table of guided arms, each figure beside that of SDEdit at the same distance.

    SDEdit's is read off the line between its two nearest strengths; without one on both sides it is a dash.
    """
    near = list_figures(result.groups, DISTANCE)[0]
    names = [
        name for metric in (ImageText.name, PerPromptDiversity.name) for name in list_figures(result.groups, metric)
    ]
    guided, edited = (read_curve(result, pattern, near) for pattern in (GUIDED, EDITED))
    rows = []
    for weight, distance in guided.items():
        cells = [f"{weight:g}", figure(distance)]
        for name in names:
            own = read_curve(result, GUIDED, name)[weight]
            cells.append(f"{figure(own)} / {_read_off(edited, read_curve(result, EDITED, name), distance)}")
        rows.append(tuple(cells))
    head = ("w", DISTANCE, *(f"{name}, guided / SDEdit" for name in names))
    return Grid("Image guidance beside SDEdit at the same distance", head, tuple(rows), "", tuple(range(len(head))))


def _read_off(distances: dict[float, float], values: dict[float, float], distance: float) -> str:
    order = np.argsort(list(distances.values()))
    x, y = np.array(list(distances.values()))[order], np.array(list(values.values()))[order]
    return figure(float(np.interp(distance, x, y))) if x[0] <= distance <= x[-1] else NONE
