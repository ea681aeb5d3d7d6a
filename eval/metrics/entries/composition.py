"""Shares of pictures that a rule finds to be composed as their prompts ask, task by task.

The tasks are those of GenEval (arXiv 2310.11513); in place of its detector a rule looks for things that stand apart on
a plain background (``eval/composition/layout.py``), which knows their number, colours and places, and not what they
are. How often it is right: ``python -m tests.benchmarks.compositional``.
"""

import numpy as np

from eval.metrics import METRICS, Features, Measured, Takes
from eval.metrics.entries.recall import count_independent
from eval.statistics import WILSON, check_enough, wilson
from hub.language.sentence import Sentence
from hub.prompt_sets.compositional import Task

NUMBERS = Sentence("things that touch are one to the rule, and what they are is not looked at")
COLOURS = Sentence("the colour of the largest thing, whatever that is")
PLACES = Sentence("two things, told by their colours, whatever they are; things that touch are one to the rule")


class _TaskShare:
    """The mean over a task's prompts of the share of their pictures that are as asked, with Wilson's interval."""

    takes, interval = Takes.composition, WILSON
    better = "higher"
    of_real = False
    needs = ("composition",)
    name: str
    task: Task
    note: Sentence

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure the pictures of this task's prompts; the reference is not looked at. Raises DataError for too few."""
        assert generated.composition is not None
        made = generated.composition
        rows = np.flatnonzero(np.array(made.tasks) == self.task)
        numbers = np.unique(made.prompts[rows], return_inverse=True)[1]
        images = np.bincount(numbers)
        check_enough(len(images))
        shares = np.bincount(numbers, made.seen[rows]) / images
        share = float(shares.mean())
        between = wilson(share, count_independent(shares, len(rows)))
        return Measured(self.name, share, *between, len(images), made.rule, self.note)


@METRICS.register
class CountAccuracy(_TaskShare):
    """Share of pictures with as many things as their prompt names."""

    name, task, note = "count accuracy", Task.counting, NUMBERS


@METRICS.register
class ColourAccuracy(_TaskShare):
    """Share of pictures whose largest thing has the colour that their prompt names."""

    name, task, note = "colour accuracy", Task.colour, COLOURS


@METRICS.register
class PositionAccuracy(_TaskShare):
    """Share of pictures with two things of the colours that their prompt names, the one where it should be."""

    name, task, note = "position accuracy", Task.position, PLACES


@METRICS.register
class TwoThingsApart(_TaskShare):
    """Share of pictures of two named objects that show two things."""

    name, task, note = "two things apart", Task.two_objects, NUMBERS
