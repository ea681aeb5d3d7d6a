"""What a scoring tells of prompts of a set: figures by category, and what a rule sees in pictures of compositions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from eval.composition.measure_composition import BY_RULE, measure_composition
from eval.features.feature_store import FeatureStore
from eval.metrics import METRICS, Features, Measured, OfEachPrompt, Takes, Unmeasured, figures
from eval.picture_records.picture_set import PictureSet
from eval.scored_sets import ScoredSet


@dataclass(frozen=True)
class CategoryFigure:
    """A figure of the pictures of one category of a prompt set alone."""

    prompt_set: str
    category: str
    figure: Measured


def score_categories(made: ScoredSet, drawn: Features, title: str, takes: Sequence[Takes]) -> Iterator[CategoryFigure]:
    """Yield what can be told of the pictures of each category of the prompts' sets, where there are several.

    A category of too few prompts for an interval has no figure.
    """
    origins = [record.origin for record in made.records or ()]
    known = [one for one in dict.fromkeys(origins) if one.prompt_category]
    only = [metric.name for metric in METRICS if isinstance(metric, OfEachPrompt)]
    for origin in known if len({*origins}) > 1 else ():
        part = drawn.at(np.flatnonzero([one == origin for one in origins]))
        for one in figures(part, None, title, takes, only=only):
            if isinstance(one, Measured):
                yield CategoryFigure(*origin, one)


def score_composition(
    read: PictureSet, generator: str, store: FeatureStore, needed: str
) -> Iterator[Measured | Unmeasured]:
    """Yield what a rule sees in a generator's pictures of the compositional set, or that there are none: ``needed``."""
    own = {name: one for name, one in read.merged.records.items() if (one.generator or "") == generator}
    pictures = [one for one in read.pictures if one.name in own]
    prompts = {name: one.prompt or "" for name, one in own.items()}
    made, _ = measure_composition(pictures, prompts, store, f"Looking at {read.source}")
    if made is None:
        yield from (Unmeasured(one.name, needed) for one in METRICS if one.takes is Takes.composition)
    else:
        nothing = Features(np.arange(0), np.empty((0, 0)), "", composition=made)
        yield from figures(nothing, None, BY_RULE, (Takes.composition,))
