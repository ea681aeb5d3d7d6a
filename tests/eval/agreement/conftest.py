"""A judge of voted pictures that needs no weights."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from eval.agreement.voted_pictures import Compared, Voted
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore as Features
from hub.votes import Pictures
from tests.eval.agreement.made import PixelEncoder


@pytest.fixture
def judged(tmp_path: Path) -> Callable[[Path], Voted]:
    """The pictures of a data folder, judged by coarse pixels against real ones that are bright."""

    def open_(data: Path) -> Voted:
        kept = Features(tmp_path / "features.sqlite")
        pixels, judge = PixelEncoder(), PixelEncoder("pixel judge", "pixel judge", True)
        real = np.random.default_rng(0).normal(0.9, 0.02, (40, 48))
        space = Compared(FeatureSpace(pixels, kept), real)
        return Voted(Pictures(data), (space,), FeatureSpace(judge, kept))

    return open_
