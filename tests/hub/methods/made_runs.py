"""Declared runs that only pretend. Their process imports no torch, so that it starts at once; this module does."""

from hub.methods.training_runs import TrainingRun
from tests.hub.methods.pretend_run import Recipe, UntimedRecipe


def pretend(name: str, *arguments: str, timed: bool = True) -> TrainingRun:
    """A declared run of the module that pretends."""
    config = Recipe(name) if timed else UntimedRecipe(name)
    return TrainingRun(name, "tests.hub.methods.pretend_run", (name, *arguments), config, ("training", "arm"))
