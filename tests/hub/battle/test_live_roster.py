"""The roster of a running arena: what is added meets the others, what is removed nobody, and battles under way end."""

import random
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from hub.battle.live_roster import LiveRoster
from hub.battle.pairing import Pairs
from hub.engine.local_engine import LocalEngine
from hub.errors import BattleError, HubError, UnknownName
from hub.generators import GENERATORS, NamedPictures, OnProgress, ignore_progress, roster
from hub.generators.former import label_of
from hub.generators.kinds.pretended import PretendedModel
from hub.generators.model_store import ModelStore
from hub.schema import Criterion, Outcome, Request
from tests.asking import asking
from tests.hub.battle.fakes import ADA, Hall
from tests.hub.generators.models import write_model


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """Take the entries that a test registers away again."""
    before = {one.name for one in GENERATORS}
    yield
    for name in {one.name for one in GENERATORS} - before:
        GENERATORS.remove(name)


@pytest.fixture
def arena(tmp_path: Path) -> Any:
    """Battles between two generators, an engine, and the roster that joins them."""
    hall, engine = Hall(tmp_path / "data", names=("galip", "mock")), LocalEngine("cpu")
    generators = roster(("galip", "mock"), hall.data)
    gone: list[str] = []
    live = LiveRoster(generators, hall.data, engine, hall.battles.change_roster, gone.append)
    return SimpleNamespace(hall=hall, engine=engine, live=live, store=ModelStore(hall.data), gone=gone)


def names_met(hall: Hall, battles: int = 12) -> set[str]:
    """Everyone who meets somebody in the next battles."""
    return {job.name for _ in range(battles) for job in hall.battles.jobs(hall.start(), ADA).values()}


def battle_of(hall: Hall, name: str) -> str:
    """The token of a battle that this one is in."""
    while True:
        token = hall.start()
        if name in {job.name for job in hall.battles.jobs(token, ADA).values()}:
            return token


def test_an_added_model_meets_the_others_and_a_removed_one_nobody(arena: Any, tmp_path: Path) -> None:
    assert arena.live.look() == []
    assert names_met(arena.hall) == {"galip", "mock"}
    arena.store.add(write_model(tmp_path / "mine"))
    assert arena.live.look() == ["mine"]
    assert arena.live.look() == []
    assert names_met(arena.hall) == {"galip", "mock", "mine"}
    assert [one.name for one in arena.live.generators] == ["galip", "mock", "mine"]
    arena.store.remove("mine")
    assert arena.live.look() == []
    assert names_met(arena.hall) == {"galip", "mock"}
    assert arena.gone == ["mine"]
    with pytest.raises(UnknownName):
        arena.engine.ask("mine", asking("a cat", 0), ignore_progress, "", "")


def test_a_battle_that_is_drawn_is_voted_on_though_its_generator_was_removed(arena: Any, tmp_path: Path) -> None:
    arena.store.add(write_model(tmp_path / "mine", title="My Own"))
    arena.live.look()
    token = battle_of(arena.hall, "mine")
    arena.hall.draw(token)
    arena.store.remove("mine")
    arena.live.look()
    vote = arena.hall.battles.vote(token, ADA, Outcome.a)
    assert "mine" in {vote.a[0].generator, vote.b[0].generator}
    assert label_of("mine").title == "My Own"


def test_a_battle_that_waits_for_a_removed_one_is_said_to_be_undrawn(arena: Any, tmp_path: Path) -> None:
    arena.store.add(write_model(tmp_path / "mine"))
    arena.live.look()
    token = battle_of(arena.hall, "mine")
    arena.store.remove("mine")
    arena.live.look()
    for slot, job in arena.hall.battles.jobs(token, ADA).items():
        try:
            arena.hall.battles.record(token, ADA, slot, arena.engine.draw(job.name, job.request, ignore_progress))
        except HubError as error:
            arena.hall.battles.fail(token, ADA, slot, error)
    with pytest.raises(BattleError, match="could not be drawn whole"):
        arena.hall.battles.vote(token, ADA, Outcome.a)


def test_another_model_of_the_same_name_is_loaded_anew(arena: Any, tmp_path: Path) -> None:
    arena.store.add(write_model(tmp_path / "mine"))
    arena.live.look()
    first = arena.engine.draw("mine", asking("a cat", 0), ignore_progress)
    arena.store.remove("mine")
    arena.store.add(write_model(tmp_path / "mine", 1))
    assert arena.live.look() == ["mine"]
    second = arena.engine.draw("mine", asking("a cat", 0), ignore_progress)
    assert first.sample.sha256 != second.sample.sha256
    assert first.sample.revision != second.sample.revision


def test_a_picture_that_is_being_drawn_is_finished_and_the_model_is_not_kept(
    arena: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arena.store.add(write_model(tmp_path / "mine"))
    arena.live.look()
    load = PretendedModel.load_draw

    def loaded(self: PretendedModel, place: Any) -> Any:
        inside = load(self, place)

        def draw(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
            arena.store.remove("mine")
            arena.live.look()
            return inside(request, pictures, on_progress)

        return draw

    monkeypatch.setattr(PretendedModel, "load_draw", loaded)
    assert arena.engine.draw("mine", asking("a cat", 0), ignore_progress).png
    table = arena.engine._rooms.placement
    assert "mine" not in table.held("cpu"), "its memory is given back"
    assert not arena.engine._loaded


def test_an_idle_models_memory_is_given_back(arena: Any, tmp_path: Path) -> None:
    arena.store.add(write_model(tmp_path / "mine"))
    arena.live.look()
    arena.engine.draw("mine", asking("a cat", 0), ignore_progress)
    assert "mine" in arena.engine._rooms.placement.held("cpu")
    arena.store.remove("mine")
    arena.live.look()
    assert "mine" not in arena.engine._rooms.placement.held("cpu")
    assert not arena.engine._loaded


def test_a_folder_that_can_t_be_used_is_said_once_and_joins_when_it_is_mended(
    arena: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    arena.store.add(write_model(tmp_path / "mine"))
    entry = arena.store.folder / "mine" / "entry.toml"
    fine = entry.read_text()
    entry.write_text("kind = 3")
    for _ in range(3):
        assert arena.live.look() == []
    assert caplog.text.count("mine can't be an entry") == 1
    entry.write_text(fine)
    assert arena.live.look() == ["mine"]


def test_pairs_keep_how_often_they_met_while_one_is_away() -> None:
    pairs = Pairs(("ink", "oil"), random.Random(0), {("ink", "oil"): 5, ("ink", "wax"): 9})
    pairs.change(("ink", "oil", "wax"))
    assert {tuple(sorted(pairs.next(Criterion.quality).names)) for _ in range(5)} == {("oil", "wax")}
    pairs.change(("ink",))
    with pytest.raises(BattleError, match="Fewer than two"):
        pairs.next(Criterion.quality)
