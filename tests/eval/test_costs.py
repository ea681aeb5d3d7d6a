"""Cost: measured apart and in turns, kept for one machine, level within the noise."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.agreement.fronts import find_fronts
from eval.costs import Timed, cost_the_same, measure_costs
from eval.memory import measure_own_bytes
from eval.metrics import Measured
from eval.sample import draw_requests
from hub.engine import DrawnSample
from hub.engine.local_engine import LocalEngine
from hub.generators import GENERATORS, OnProgress
from hub.generators.entries.mock import Mock
from hub.generators.facts import facts
from hub.schema import Request
from tests.asking import asking
from tests.eval.agreement.test_fronts import KID, PPD, table

TURNS = [[asking(f"caption {number}", seed) for seed in range(3)] for number in range(8)]
WALL = "seconds an image"


class Clocked(LocalEngine):
    """An engine whose pictures say that they took so long; it notes who drew, in order."""

    def __init__(self, seconds: float = 0.01) -> None:
        super().__init__()
        self.seconds, self.drew = seconds, list[str]()

    def draw(self, name: str, request: Request, on_progress: OnProgress) -> DrawnSample:
        """As the local engine draws."""
        self.drew.append(name)
        drawn = super().draw(name, request, on_progress)
        return replace(drawn, sample=drawn.sample.model_copy(update={"seconds": self.seconds}))


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch) -> str:
    """A second entry that draws just as ``mock`` does."""
    other = Mock()
    other.name = "twin"
    monkeypatch.setitem(GENERATORS._items, "twin", other)
    return "twin"


def costs(engine: LocalEngine, names: Sequence[str], cache: Path, where: str = "here") -> dict[tuple[str, str], float]:
    """Figures of cost by generator and metric."""
    found = measure_costs(engine, names, TURNS, cache, where, {})
    return {(name, one.metric): one.value for name, one in found.figures if isinstance(one, Measured)}


def timed(scale: float, spread: float, seed: int) -> Timed:
    """Made-up seconds of 8 rounds of 4 pictures about ``scale``."""
    seconds = scale * np.random.default_rng(seed).lognormal(0, spread, 32)
    return Timed(np.repeat(np.arange(8), 4).tolist(), seconds.tolist(), seconds.tolist())


def test_generators_draw_in_turns_and_none_always_first(tmp_path: Path, twin: str) -> None:
    engine = Clocked()
    costs(engine, ["mock", twin], tmp_path)
    drew = engine.drew[2:]  # each warms up
    assert len(drew) == 2 * 24
    assert [drew[round * 6 : round * 6 + 3] for round in (0, 1)] == [["mock"] * 3, [twin] * 3]


def test_a_slow_generator_draws_one_picture_a_round(tmp_path: Path) -> None:
    slow, quick = Clocked(0.3), Clocked(0.01)
    costs(slow, ["mock"], tmp_path / "slow")
    costs(quick, ["mock"], tmp_path / "quick")
    assert [len(engine.drew) - 1 for engine in (slow, quick)] == [8, 24]


def test_other_works_wall_clock_is_never_taken_for_cost(tmp_path: Path) -> None:
    """The manifest's times are of pictures drawn beside whatever else ran."""

    class Slow(LocalEngine):
        def draw_all(self, name: str, requests: Sequence[Request]) -> Iterator[DrawnSample]:
            for one in super().draw_all(name, requests):
                yield replace(one, sample=one.sample.model_copy(update={"seconds": 100.0}))

    draw_requests(Slow(), "mock", [job for jobs in TURNS for job in jobs], tmp_path / "samples")
    assert costs(Clocked(0.01), ["mock"], tmp_path)["mock", WALL] == pytest.approx(0.01)


def test_costs_are_kept_for_one_machine_and_measured_again_on_another(tmp_path: Path, twin: str) -> None:
    first, again, elsewhere, more = Clocked(0.01), Clocked(0.02), Clocked(0.03), Clocked(0.04)
    assert costs(first, ["mock"], tmp_path)["mock", WALL] == pytest.approx(0.01)
    assert costs(again, ["mock"], tmp_path)["mock", WALL] == pytest.approx(0.01)
    assert not again.drew
    assert costs(elsewhere, ["mock"], tmp_path, "there")["mock", WALL] == pytest.approx(0.03)
    assert costs(more, ["mock", twin], tmp_path, "there")["mock", WALL] == pytest.approx(0.04)  # turns want all of them


def test_what_noise_could_make_is_level_and_what_it_could_not_is_none() -> None:
    same = [cost_the_same(timed(0.05, 0.2, 2 * i), timed(0.05, 0.2, 2 * i + 1)) for i in range(200)]
    assert sum(same) >= 180
    assert cost_the_same(timed(0.05, 0.001, 0), timed(0.052, 0.001, 1))  # within 5 %, told apart or not
    assert not cost_the_same(timed(0.05, 0.05, 0), timed(0.1, 0.05, 1))


def test_level_costs_put_no_generator_before_another_in_a_front() -> None:
    figures = {"one": (0.046, 1.0, 0.5), "two": (0.100, 1.0, 0.5), "better": (0.078, 0.9, 0.5), "dear": (0.9, 1.0, 0.5)}
    of_one_network = frozenset(frozenset(pair) for pair in (("one", "two"), ("one", "better"), ("two", "better")))
    found = replace(table((WALL, KID, PPD), figures), level=of_one_network)
    (front,) = find_fronts(found)
    beaten = {point.generator: point.beaten_by for point in front.points}
    assert beaten == {"one": ("better",), "two": ("better",), "better": (), "dear": ("better", "one", "two")}
    assert front.level == (("better", "one", "two"),)
    (apart,) = find_fronts(replace(found, level=frozenset()))
    assert {point.generator: point.beaten_by for point in apart.points}["two"] == ("better", "one")


def test_memory_is_the_generators_own_and_not_the_process() -> None:
    own, size = measure_own_bytes("galip"), facts(GENERATORS["galip"]).parameters
    assert size is not None
    assert own is not None
    assert 2 * size < own < 100 * 2**20  # its weights in half precision at least, and no library
    assert measure_own_bytes("mock") == 0
