"""A set of pictures scored against another by any encoders: what ``python -m eval.score`` does.

The pictures of several generators are scored apart, and their figures compared by prompt.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from eval.features.feature_space import FeatureSpace
from eval.features.reference_features import read_reference
from eval.features.stream import Broken
from eval.metrics import METRICS, Features, Measured, Takes, Unmeasured, figures
from eval.metrics.nearest_training import find_training
from eval.paired_differences import PairedDifference, PromptDifferences
from eval.protocol import NO_REFERENCE, PictureProtocol, describe_prompts, describe_reference, describe_seeds
from eval.score_categories import CategoryFigure, score_categories, score_composition
from eval.score_pairs import NearestImage, list_nearest
from eval.scored_sets import (
    ScoredSet,
    are_pairs,
    encode_reference,
    encode_set,
    find_common_texts,
    make_features,
    number_prompts,
)
from eval.scored_sides import Sides
from eval.stored_figures import describe_pictures
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.prompt_sets.compositional import NAME as COMPOSITIONAL

OF_PICTURES = (Takes.images, Takes.embeddings)  # what pictures cost is told where they are drawn
ENCODED = {*OF_PICTURES, Takes.pairs}  # what an encoder gives
NEEDED = {  # by what a metric takes, or what it needs beside
    Takes.images.value: "An encoder of images is needed: name one with --encoders, such as witness.",
    Takes.embeddings.value: "An encoder that embeds texts is needed: name one with --encoders, such as judge.",
    Takes.pairs.value: "An encoder of a picture with its prompt is needed: "
    "name one with --encoders, such as imagereward.",
    "reference": "Images to compare with are needed: name them with --reference.",
    "before": "Pictures drawn before are needed: name their folder with --before.",
    "composition": f"Prompts of the {COMPOSITIONAL} set are needed: name it with eval.sample --prompts.",
    "training": "Training images are needed: name them with --train.",
    "wordings": "Pictures of the prompts in other words are needed: eval.report draws them.",
}


@dataclass(frozen=True)
class GeneratorScores:
    """The figures of one generator's pictures, and those that could not be measured; ``name`` is empty if not known."""

    name: str
    figures: tuple[Measured, ...]
    by_category: tuple[CategoryFigure, ...]  # of the metrics that are means over prompts
    missing: tuple[Unmeasured, ...]


@dataclass(frozen=True)
class ImageScores:
    """All figures by generator, their differences, what was read, and the pictures of each side that can't be used.

    ``nearest``: every picture with its nearest training picture, by the first encoder that has features.
    """

    generators: tuple[GeneratorScores, ...]
    differences: tuple[PairedDifference, ...]
    read: tuple[str, ...]
    broken: tuple[Broken, ...]
    broken_reference: tuple[Broken, ...]
    broken_before: tuple[Broken, ...]
    broken_training: tuple[Broken, ...]
    protocol: PictureProtocol
    nearest: tuple[NearestImage, ...] = ()

    @property
    def figures(self) -> list[Measured]:
        """The figures of all generators."""
        return [figure for one in self.generators for figure in one.figures]


def _list_unmet(
    space: FeatureSpace, takes: Sequence[Takes], drawn: Features, real: Features | None, needed: Mapping[str, str]
) -> Iterator[Unmeasured]:
    """Yield every figure that nothing was there for, with what it needs: ``needed``, by the need."""
    there = {**vars(drawn), "reference": real}
    for metric in METRICS:
        lacking = [needed[need] for need in metric.needs if metric.takes in takes and there[need] is None]
        if lacking:
            yield Unmeasured(metric.name, lacking[0], space.encoder.title)


def _list_takes(space: FeatureSpace) -> tuple[Takes, ...]:
    """Return what there is to be measured in a space."""
    if space.of_pairs:
        return (Takes.pairs,)
    return OF_PICTURES if space.encoder.reads_text else (Takes.images,)


class _SpaceScores:
    """Scores all generators by one encoder.

    ``other``: what they are compared with, where it is encoded already. ``lists``: each picture's nearest training
    picture is listed, too. ``needed``: what is said of a figure that nothing was there for.
    """

    def __init__(
        self, space: FeatureSpace, sides: Sides, other: ScoredSet | None, lists: bool, needed: Mapping[str, str]
    ) -> None:
        self.lists, self.needed, self.space, self.title = lists, needed, space, space.encoder.title
        self.made = encode_set(space, sides.made)
        self.other = other or encode_reference(space, sides.reference, sides.real_test)
        self.old = encode_reference(space, sides.before, real_test=False)
        self.known = encode_reference(space, sides.training, real_test=False)
        self.nearest: list[NearestImage] = []
        self.by_name = self.made.by_generator()
        self.paired = {name: are_pairs(one, self.other) for name, one in self.by_name.items()}
        order = (self.other, self.made) if any(self.paired.values()) else (self.made, self.other)
        self.numbers = number_prompts(*order, self.old)
        self.takes = _list_takes(space)
        self.differences = PromptDifferences(
            self.title, [self.numbers[text] for text in find_common_texts(self.by_name)]
        )

    @cached_property
    def _real(self) -> Features | None:
        """The features of the reference."""
        own = len(self.numbers) + len(self.made.encoded.names)
        return make_features(self.space, self.other, self.numbers, own) if self.other else None

    @cached_property
    def _free_real(self) -> Features | None:
        """The features of the reference as a set of its own."""
        return replace(self._real, free=True) if self._real else None

    @cached_property
    def _training(self) -> Features | None:
        """The features of the training images."""
        return make_features(self.space, self.known, self.numbers, 0) if self.known else None

    def list_broken(self) -> tuple[tuple[Broken, ...], tuple[Broken, ...], tuple[Broken, ...], tuple[Broken, ...]]:
        """Return the pictures that can't be used of those made, the reference, those of before and the training."""
        made, other, old, known = (
            one.encoded.broken if one else () for one in (self.made, self.other, self.old, self.known)
        )
        return made, other, old, known

    def score(self, name: str) -> GeneratorScores:
        """Return every figure of a generator; keep what compares it with the others, and its nearest pairs."""
        one, real = self.by_name[name], self._real if self.paired[name] else self._free_real
        drawn = make_features(self.space, one, self.numbers, len(self.numbers))
        if one.texts and self.space.encoder.reads_text:
            drawn = replace(drawn, texts=self.space.texts(one.english))
        if drawn.texts is not None or drawn.scores is not None:
            drawn = replace(drawn, cut=self.space.cut(one.english))
        own = len(self.numbers) + len(self.made.encoded.names)
        old = make_features(self.space, self.old, self.numbers, own) if self.old else None
        drawn = replace(drawn, before=old, training=self._training)
        if self.lists and self.known and drawn.training:
            pairs = find_training(drawn, drawn.training)
            self.nearest += list_nearest(pairs, one.encoded.names, self.known.encoded.names, self.space.name)
        found = [*figures(drawn, real, self.title, self.takes)]
        prompts = f"These need the prompts, but {self.made.unread}."
        needed = {**self.needed, "texts": prompts, "scores": prompts}
        found += _list_unmet(self.space, self.takes, drawn, real, needed)
        measured = tuple(figure for figure in found if isinstance(figure, Measured))
        if len(self.by_name) > 1:
            self.differences.add(name, drawn, real, measured)
        parts = tuple(score_categories(one, drawn, self.title, self.takes))
        return GeneratorScores(name, measured, parts, tuple(one for one in found if isinstance(one, Unmeasured)))


def _join_spaces(
    name: str, parts: Sequence[GeneratorScores], others: Sequence[Measured | Unmeasured]
) -> GeneratorScores:
    """Return a generator's scores by all encoders, and ``others`` that no encoder is asked for."""
    figures_of = [figure for one in parts for figure in one.figures]
    missing = [lacking for one in parts for lacking in one.missing]
    return GeneratorScores(
        name,
        (*figures_of, *(one for one in others if isinstance(one, Measured))),
        tuple(figure for one in parts for figure in one.by_category),
        (*missing, *(one for one in others if isinstance(one, Unmeasured))),
    )


def _describe_sets(made: ScoredSet, other: ScoredSet | None, real_test: bool) -> PictureProtocol:
    """Return of which pictures figures are, and what these were compared with."""
    compared = describe_reference(other.encoded.sha256) if other else NO_REFERENCE
    return PictureProtocol(
        Sentence("not known, each picture counts by itself") if made.texts is None else describe_prompts(made.texts),
        describe_seeds(made.seeds),
        describe_pictures(read_reference()).reference if real_test else compared,
    )


def score_sides(
    sides: Sides,
    spaces: Sequence[FeatureSpace],
    references: Sequence[ScoredSet | None] = (),
    needed: Mapping[str, str] = NEEDED,
) -> ImageScores:
    """Score pictures by every encoder and metric, those of each generator apart.

    They are measured against those of the reference where there is one, their drift from those of before, and how near
    they are to training pictures. Where source and reference have the same prompts, one reference picture each, prompts
    are pairs; else the reference is a set of its own. ``references``: it by every encoder, where it is encoded already.
    ``needed``: what is said of a figure that nothing was there for, by what its metric takes or needs.

    Raises: DataError, StorageError, MissingFile.
    """
    if not spaces:
        raise DataError("Name at least one encoder.")
    others = references or [None] * len(spaces)
    leads = next((space for space in spaces if not space.of_pairs), spaces[0])
    parts = [
        _SpaceScores(space, sides, other, space is leads, needed) for space, other in zip(spaces, others, strict=True)
    ]
    there = {takes for part in parts for takes in part.takes}
    lacking = [Unmeasured(one.name, needed[one.takes]) for one in METRICS if one.takes in ENCODED - there]
    made, differences = dict[str, list[GeneratorScores]](), list[PairedDifference]()
    for part in parts:
        for name in part.by_name:
            made.setdefault(name, []).append(part.score(name))
        differences += part.differences.subtract()
    generators = tuple(
        _join_spaces(
            name, those, [*lacking, *score_composition(sides.made, name, spaces[0].store, needed["composition"])]
        )
        for name, those in made.items()
    )
    first = parts[spaces.index(leads)]
    protocol, read = _describe_sets(first.made, first.other, sides.real_test), tuple(sides.describe())
    nearest = sorted(first.nearest, key=lambda one: math.inf if one.ratio is None else one.ratio)
    return ImageScores(generators, tuple(differences), read, *first.list_broken(), protocol, tuple(nearest))
