"""The figures of a drift watch, each with its 95 % interval over pictures.

Drift is KID's unbiased statistic of the pairs, as the metric ``drift`` has it: what is most alike on both sides, the
two pictures of one seed, is left out.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from PIL import Image

from eval.arrays import unit_rows
from eval.drift_watch.drawn_sets import DrawnSets, DriftPlan, open_pictures
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
from eval.features.feature_space import FeatureSpace
from eval.features.sources import Picture
from eval.metrics import Array, Measured
from eval.metrics.entries.image_text import image_text_scores
from eval.metrics.kernel_distance import paired_distance
from eval.statistics import check_enough, mean_interval, wilson
from hub.files import png_bytes

Embedded = dict[str, Array]  # pictures' features by set


def measure_watch(
    plan: DriftPlan, drawn: DrawnSets, references: Sequence[Image.Image], spaces: Sequence[FeatureSpace]
) -> list[DriftFigure]:
    """Return all figures in all spaces. Raises DataError with fewer than ten pictures of a set; MissingFile."""
    for requests in (plan.unrelated, plan.of_class):
        check_enough(len(requests))
    made = list[DriftFigure]()
    for space in spaces:
        own = encode(space, references)
        before, floor, after = (
            {name: encode(space, open_pictures(these)) for name, these in one.items() if these}
            for one in (drawn.before, drawn.floor, drawn.after)
        )
        if space.encoder.reads_text:
            made += _measure_text(space, plan, before, floor, after)
        else:
            made += _measure_drift(space, before, floor, after)
        made += measure_subject(space, before[CLASS], after[SUBJECT], own)
    return made


def encode(space: FeatureSpace, pictures: Sequence[Image.Image]) -> Array:
    """Return features (N, D) of pictures in a space."""
    read = [Picture(f"picture {row}", partial(png_bytes, one)) for row, one in enumerate(pictures)]
    return space.pictures(read, space.encoder.title).features.astype(np.float64)


def _measured(space: FeatureSpace, name: str, found: tuple[float, float, float], n: int) -> Measured:
    return Measured(name, *found, n, space.name, space=space.encoder.title)


def _measure_drift(space: FeatureSpace, before: Embedded, floor: Embedded, after: Embedded) -> list[DriftFigure]:
    made = []
    for name in (UNRELATED, CLASS):
        for role, other in ((AFTER, after[name]), (FLOOR, floor[name])):
            kid = paired_distance(other, before[name], matched=False)
            apart = 1 - (unit_rows(other) * unit_rows(before[name])).sum(1)
            n = len(other)
            made.append(DriftFigure(name, role, _measured(space, KID, (kid.value, kid.low, kid.high), n)))
            made.append(DriftFigure(name, role, _measured(space, PAIRED, mean_interval(apart, 0, 2), n)))
    return made


def _measure_text(
    space: FeatureSpace, plan: DriftPlan, before: Embedded, floor: Embedded, after: Embedded
) -> list[DriftFigure]:
    made, asked = [], {UNRELATED: plan.unrelated, CLASS: plan.of_class}
    for name, requests in asked.items():
        texts = space.texts([one.prompt for one in requests])
        scores = {
            role: image_text_scores(one[name], texts)
            for role, one in ((BEFORE, before), (FLOOR, floor), (AFTER, after))
        }
        for role, values in scores.items():
            made.append(DriftFigure(name, role, _measured(space, TEXT, mean_interval(values, -1, 1), len(values))))
        for role in (AFTER, FLOOR):
            change = mean_interval(scores[role] - scores[BEFORE], -2, 2)
            made.append(DriftFigure(name, role, _measured(space, TEXT_CHANGE, change, len(texts))))
    return made


def measure_subject(space: FeatureSpace, before: Array, after: Array, own: Array) -> list[DriftFigure]:
    """Return how near to the subject's pictures the class was drawn before, and the subject after."""
    made, references = [], unit_rows(own)
    among = references @ references.T
    np.fill_diagonal(among, np.nan)
    nearest_two = 1 - np.nanmax(among)
    for role, drawn in ((BEFORE, before), (AFTER, after)):
        cosines = unit_rows(drawn) @ references.T
        nearest = 1 - cosines.max(1)
        share = float((nearest < nearest_two).mean())
        told = {
            SIMILARITY: mean_interval(cosines.mean(1), -1, 1),
            NEAREST: mean_interval(nearest, 0, 2),
            NEARER: (share, *wilson(share, len(drawn))),
        }
        made += [DriftFigure(SUBJECT, role, _measured(space, name, found, len(drawn))) for name, found in told.items()]
    for name, values in ((SIMILARITY, np.nanmean(among, 1)), (NEAREST, 1 - np.nanmax(among, 1))):
        mean = float(values.mean())
        few = (mean, float(values.min()), float(values.max()))  # too few for an interval: the least and the most
        made.append(DriftFigure(SUBJECT, PICTURES, _measured(space, name, few, len(own))))
    return made
