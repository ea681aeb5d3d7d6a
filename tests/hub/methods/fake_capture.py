"""What stands for CUDA's graphs in tests on a CPU."""

from collections.abc import Callable, Sequence

import torch

from hub.methods.cuda_graph import Scores


class FakeCapture:
    """Recording computes nothing; a replay computes what was recorded, into the same scores each time."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error  # of recording
        self.warmed = self.recorded = self.replayed = 0
        self.generators: list[torch.Generator] = []

    def warm_up(self, run: Callable[[], Scores]) -> Scores:
        """Run it."""
        self.warmed += 1
        return run()

    def record(self, run: Callable[[], Scores], generators: Sequence[torch.Generator]) -> Callable[[], Scores]:
        """Keep it for later."""
        self.recorded += 1
        self.generators = list(generators)
        if self.error:
            raise self.error
        kept: Scores = {}

        def replay() -> Scores:
            self.replayed += 1
            for name, value in run().items():
                kept.setdefault(name, torch.empty_like(value)).copy_(value)
            return kept

        return replay
