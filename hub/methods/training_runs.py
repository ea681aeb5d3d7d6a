"""What a method declares of its trainings: each of its runs in the ``RUNS`` of a module ``runs`` in its folder.

So a run's name, its command and its recipe stand in one place, where the method is, and whoever trains or lists all of
them finds them here.
"""

import importlib.util
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from hub import methods
from hub.errors import UnknownName

MODULE = "runs"


@dataclass(frozen=True)
class TrainingRun:
    """One training: the command that runs it, and the recipe that its checkpoint must have been trained by.

    ``arguments`` follow ``python -m MODULE``, without ``--out``, ``--pack`` and ``--minutes``. ``config`` is today's
    recipe, a dataclass; a checkpoint's metadata holds its own under the keys ``stored``. ``networks`` are the frozen
    ones that it reads; ``minilm`` is that for a pack's tokens, ``minilm-whole`` that for any text. ``reads`` are the
    parts of a pack that it reads beside captions, styles and splits (``hub.methods.data.slim_pack``).
    """

    name: str
    module: str
    arguments: tuple[str, ...]
    config: Any
    stored: tuple[str, str]
    networks: tuple[str, ...] = ()
    reads: tuple[str, ...] = ("images", "texts")
    shared: bool = False  # others are trained or measured with its checkpoint, which must not change beneath them

    @property
    def timed(self) -> bool:
        """Return whether its command takes ``--minutes``, which its recipe says; another one is asked to stop."""
        return any(one.name == "minutes" for one in fields(self.config))


@cache
def list_runs() -> dict[str, TrainingRun]:
    """Return the declared runs of all methods by name.

    Raises: ValueError for a name that two have.
    """
    found: dict[str, TrainingRun] = {}
    for method in pkgutil.iter_modules(methods.__path__):
        if method.ispkg and importlib.util.find_spec(f"{methods.__name__}.{method.name}.{MODULE}"):
            for run in importlib.import_module(f"{methods.__name__}.{method.name}.{MODULE}").RUNS:
                if run.name in found:
                    raise ValueError(f"two runs are named {run.name!r}")
                found[run.name] = run
    return found


def choose_runs(names: Sequence[str], runs: dict[str, TrainingRun]) -> dict[str, TrainingRun]:
    """Return the runs of these names, in their order.

    Raises: UnknownName, which names those there are.
    """
    if unknown := [name for name in names if name not in runs]:
        raise UnknownName(f"There is no run {', '.join(unknown)}; there are {', '.join(sorted(runs))}.")
    return {name: runs[name] for name in names}
