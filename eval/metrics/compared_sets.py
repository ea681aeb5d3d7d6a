"""The two sets of images that a distance compares, each prompt by prompt."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eval.arrays import check_pair
from eval.metrics import Array, Features, Ints
from eval.statistics import check_enough
from hub.errors import DataError
from hub.language.sentence import Sentence

NONE = np.arange(0)


@dataclass(frozen=True, eq=False)
class PromptImages:
    """Images (N, D) of G prompts, those of one prompt one after the other.

    Prompts are what was drawn at random, images of one are alike: so every prompt counts alike, however many images it
    has, and what varies is prompts.
    """

    images: Array
    prompts: Ints  # (G,), the number of each
    starts: Ints  # (G,), the first row of each

    @classmethod
    def of(cls, images: Array, prompts: Ints | None = None) -> "PromptImages":
        """Group images in the order of their prompts, (N,); without these each image is one prompt's."""
        if prompts is None:
            rows = np.arange(len(images))
            return cls(images, rows, rows)
        if (np.diff(prompts) < 0).any():
            order = np.argsort(prompts, kind="stable")
            images, prompts = images[order], prompts[order]
        return cls(images, *np.unique(prompts, return_index=True))

    @property
    def several(self) -> bool:
        """Whether a prompt has more than one image."""
        return len(self.images) > len(self.prompts)

    @cached_property
    def sizes(self) -> Ints:
        """Number of images of each prompt, (G,)."""
        return np.diff(self.starts, append=len(self.images))

    @cached_property
    def groups(self) -> Ints:
        """The place of each image's prompt among the prompts, (N,)."""
        return np.repeat(np.arange(len(self.prompts)), self.sizes)

    @cached_property
    def weights(self) -> Array | None:
        """How often each image counts, (N,), in all N; None where all prompts have as many images."""
        if (self.sizes == self.sizes[0]).all():
            return None
        return np.asarray(len(self.images) / (len(self.prompts) * self.sizes[self.groups]))

    def means(self, values: Array) -> Array:
        """Return the mean by prompt, (G,), of a value of each image, (N,)."""
        return np.asarray(np.add.reduceat(values, self.starts) / self.sizes) if self.several else values

    def counted(self, times: Array) -> Array:
        """Return how often each image counts, (N,), where each prompt counts so many ``times``, (G,)."""
        each = times[self.groups]
        return each if self.weights is None else each * self.weights

    def part(self, chosen: Ints) -> "PromptImages":
        """Return all images of the prompts at these places."""
        sizes = self.sizes[chosen]
        starts = np.cumsum(sizes) - sizes
        rows = np.repeat(self.starts[chosen] - starts, sizes) + np.arange(sizes.sum())
        return PromptImages(self.images[rows], self.prompts[chosen], starts)


@dataclass(frozen=True, eq=False)
class ComparedSets:
    """The generated and the reference images that a distance compares.

    ``together``: both sides are of the same prompts in the same order, which vary with both. ``common``: the places, on
    each side, of the prompts that are on both.

    ``common``: the places, on each side, of the prompts that are on both.
    """

    generated: PromptImages
    reference: PromptImages
    together: bool
    common: tuple[Ints, Ints] = (NONE, NONE)

    @property
    def several(self) -> bool:
        """Whether a prompt has more than one image on a side."""
        return self.generated.several or self.reference.several


def find_own_prompts(reference: Features) -> Ints | None:
    """Return the prompts of a free reference's rows; None where row i is the image of prompt i."""
    return reference.prompts if reference.free else None


def pair_sides(generated: Features, reference: Features) -> ComparedSets:
    """Return the sides to compare: one image of every prompt, row by row, or of a free reference, all images.

    A number that a free reference has too is the same prompt there. Sides vary apart unless they have the very same
    prompts: with but some in common, intervals take these for different ones, and are the wider for it.

    Raises: DataError where a prompt of the reference has none, since distances of unequal numbers are not comparable;
    for too few prompts, NaN, or unequal dimensions.
    """
    if not reference.free:
        generated = generated.first()
        wanted = len(reference.images)
        if not np.array_equal(generated.prompts, np.arange(wanted)):
            raise DataError(
                Sentence(
                    "A distance needs an image of each of the {n} reference prompts: draw those missing.", n=wanted
                )
            )
    x, y = check_pair(generated.images, reference.images)
    drawn, real = PromptImages.of(x, generated.prompts), PromptImages.of(y, find_own_prompts(reference))
    check_enough(min(len(drawn.prompts), len(real.prompts)))
    _, mine, theirs = np.intersect1d(drawn.prompts, real.prompts, assume_unique=True, return_indices=True)
    return ComparedSets(drawn, real, np.array_equal(drawn.prompts, real.prompts), (mine, theirs))
