"""Figures by category of a prompt set, and what a rule sees in pictures of compositions."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from eval.composition.measure_composition import BY_RULE, measure_composition
from eval.features.feature_store import FeatureStore
from eval.metrics import (
    METRICS,
    Features,
    FigureName,
    Measured,
    OfEachPrompt,
    Takes,
    Unmeasured,
    figures,
    name_by_category,
)
from eval.picture_records.picture_set import PictureSet
from eval.scored_sets import ScoredSet
from hub.prompt_sets import NO_SET, PromptOrigin
from hub.prompt_sets.own_sets import OWN_SETS, load_own_origins


@dataclass(frozen=True)
class CategoryFigure:
    """A figure of the pictures of one category of a prompt set alone; ``lacking`` says why there is none."""

    prompt_set: str
    category: str
    prompts: int
    pictures: int
    figure: Measured | None
    lacking: Unmeasured | None = None

    @property
    def origin(self) -> PromptOrigin:
        """The set and the category."""
        return PromptOrigin(self.prompt_set, self.category)

    @property
    def told(self) -> Measured | Unmeasured:
        """The figure, or what there is instead."""
        found = self.figure or self.lacking
        assert found is not None
        return found

    @property
    def metric(self) -> str:
        """The figure's metric."""
        return self.told.metric

    @property
    def space(self) -> str:
        """The figure's space."""
        return self.told.space

    @property
    def name(self) -> FigureName:
        """The figure's metric and space together."""
        return self.told.name


def find_origins(prompts: Sequence[str], told: Sequence[PromptOrigin] = ()) -> list[PromptOrigin]:
    """Return where prompts are from: as is ``told`` of each, else the set of our own that has it word for word."""
    own = load_own_origins()
    said = told or [NO_SET] * len(prompts)
    return [own.get(text, NO_SET) if one == NO_SET else one for text, one in zip(prompts, said, strict=True)]


def sort_categories(origins: Iterable[PromptOrigin]) -> list[PromptOrigin]:
    """Return origins, each once: our own sets first, with their categories in their order, then others by name.

    So the order is that of no files, whose names say nothing.
    """
    sets = [*OWN_SETS]
    places = {origin: place for place, origin in enumerate(dict.fromkeys(load_own_origins().values()))}
    own = {one: (sets.index(one.prompt_set), place) for one, place in places.items()}
    return sorted({*origins}, key=lambda one: (own.get(one, (len(sets), 0)), one))


def measure_categories(
    origins: Sequence[PromptOrigin],
    drawn: Features,
    title: str,
    takes: Collection[Takes],
    real: bool = False,
    only: Collection[str] | None = None,
) -> Iterator[CategoryFigure]:
    """Yield what can be told of the pictures of each category of the prompts' sets, where there are several.

    ``origins`` are those of the pictures, row by row. Of a metric that can be had of all pictures it is told of every
    category, and where one has too few prompts for an interval, that it has. ``only``: names by category, as of
    :func:`eval.metrics.name_by_category`.
    """
    known = [one for one in sort_categories(origins) if one.prompt_category] if len({*origins}) > 1 else []
    able = [metric for metric in METRICS if isinstance(metric, OfEachPrompt) and metric.takes in takes]
    names = [metric.name for metric in able if only is None or name_by_category(metric) in only]
    whole = figures(drawn, None, title, takes, real, names) if known and names else ()
    names = [one.metric for one in whole if isinstance(one, Measured)]
    for origin in known if names else ():
        part = drawn.at(np.flatnonzero([one == origin for one in origins]))
        size = (len(np.unique(part.prompts)), len(part.images))
        for one in figures(part, None, title, takes, real, names):
            if isinstance(one, Measured):
                yield CategoryFigure(*origin, *size, one)
            else:
                yield CategoryFigure(*origin, *size, None, one)


def score_categories(made: ScoredSet, drawn: Features, title: str, takes: Sequence[Takes]) -> Iterator[CategoryFigure]:
    """Yield what can be told of the pictures of each category of the prompts' sets, where there are several."""
    origins = find_origins(made.texts or (), [record.origin for record in made.records or ()])
    return measure_categories(origins, drawn, title, takes)


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
