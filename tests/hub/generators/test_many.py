"""Pictures drawn many at once are those drawn one by one, but for rounding."""

import numpy as np
import pytest

from hub.generators import GENERATORS, DrawsMany, Placement, ignore_progress, roster
from hub.schema import Request

PROMPTS = ("a red apple", "a small blue boat beside a castle, at night", "cat", "a house")


@pytest.mark.parametrize("name", [entry.name for entry in roster()])
def test_many_pictures_at_once_are_those_of_one_by_one_within_one_level(name: str) -> None:
    drawing = GENERATORS[name].load(Placement("cpu"))
    if not isinstance(drawing, DrawsMany):
        return
    requests = [Request(prompt=prompt, seed=seed) for prompt in PROMPTS for seed in range(4)]
    many = np.stack([np.asarray(one, dtype=np.int64) for one in drawing.draw_many(requests)])
    alone = np.stack([np.asarray(drawing(one, {}, ignore_progress), dtype=np.int64) for one in requests])
    apart = np.abs(many - alone)
    assert apart.max() <= 1
    assert (apart > 0).mean() < 0.001


def test_an_entry_draws_many_at_once() -> None:
    assert isinstance(GENERATORS["galip"].load(Placement("cpu")), DrawsMany)
