"""No entry's pictures have a mark that tells who drew them."""

import numpy as np
import pytest

from hub.generators import roster
from tests.attacks.corners import draw, strongest

COUNT = {"diffusion": 8, "unclip": 8}  # pictures of the slow ones; the others draw thirty-two
RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (32, 1, 1, 3)) + RNG.normal(0, 20, (32, 16, 16, 3))


@pytest.mark.parametrize("name", [entry.name for entry in roster()])
def test_no_entry_has_a_mark_that_is_the_same_in_all_its_pictures(name: str) -> None:
    mark = strongest(draw(name, COUNT.get(name, 32)))
    assert not mark.seen, mark


@pytest.mark.parametrize("place", [(0, 0), (0, 15), (15, 0), (15, 15), (0, 7), (9, 15), (8, 8)])
def test_a_mark_in_a_corner_on_the_border_or_inside_is_seen(place: tuple[int, int]) -> None:
    assert not strongest(PICTURES).seen
    white = np.full_like(PICTURES, 250.0)
    for pictures in (PICTURES * 0.1 + 200, white):
        marked = pictures.copy()
        marked[:, place[0], place[1]] += (-40, -28, -30)
        mark = strongest(marked)
        assert (mark.row, mark.column, mark.seen) == (*place, True)
        assert not strongest(pictures).seen
