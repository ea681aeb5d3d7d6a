"""An image and a parameter reach a generator by every way there is, and what it can't take is refused first."""

import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PIL import Image

from eval.sample import draw_requests, read_manifest
from hub.dataset.shard_check import check_shard, unpack_shard
from hub.engine import DrawnSample
from hub.engine.local_engine import LocalEngine
from hub.engine.zero import OnZero
from hub.errors import GenerationError, MissingFile, RequestError
from hub.generators import GENERATORS, Accepts, Placement, ignore_progress
from hub.generators.contract import MakePreview
from hub.generators.entries.mock import Mock
from hub.log_entries import Drawing
from hub.receipt import read_receipt, receipt
from hub.receipt.replay import replay
from hub.schema import Criterion, Outcome, Request, Sample, Side, Term, Vote
from hub.votes import SAMPLES, VOTES, ContentStore, VoteLog, find_vote
from tests.asking import asking
from tests.hub.space.test_zero import Forking

T = TypeVar("T")
PLAIN = asking("a cat", 3)


def unwatched(items: Sequence[T], description: str) -> Iterable[T]:
    """Progress that nobody watches."""
    return items


def red() -> bytes:
    """A red picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(buffer, "png")
    return buffer.getvalue()


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    """A store with a red picture."""
    store = ContentStore(tmp_path / "data")
    store.write_image(red())
    return store


@pytest.fixture
def wanted(store: ContentStore) -> Request:
    """A request that names it, and a parameter."""
    return asking("a cat", 3, image=store.write_image(red()), parameters={"turn": 90.0})


@pytest.fixture
def mixed(store: ContentStore) -> Request:
    """A request for a mix of a prompt and that picture."""
    return asking("", 3, mix=(Term(weight=2.0, prompt="a cat"), Term(weight=-1.0, image=store.write_image(red()))))


def pixels(png: bytes) -> bytes:
    """What is in a PNG."""
    return Image.open(io.BytesIO(png)).tobytes()


def by_hand(request: Request) -> bytes:
    """The pixels that the mock draws for it on the red picture."""
    draw = Mock().load(Placement("cpu"))
    return draw(request, {str(request.image): Image.new("RGB", (32, 32), "red")}, ignore_progress).tobytes()


def test_both_reach_the_generator_in_this_process_and_stand_in_the_sample(store: ContentStore, wanted: Request) -> None:
    engine = LocalEngine("cpu", read=store.read_image)
    drawn = engine.draw("mock", wanted, ignore_progress)
    turned = engine.draw("mock", asking("a cat", 3, parameters={"turn": 90}), ignore_progress)
    plain = engine.draw("mock", PLAIN, ignore_progress)
    assert pixels(drawn.png) == by_hand(wanted)
    assert len({drawn.png, turned.png, plain.png}) == 3
    assert drawn.sample.request == wanted
    assert drawn.setup == plain.setup
    assert [one.png for one in engine.draw_all("mock", [wanted])] == [drawn.png]
    assert {"image", "parameters"} & json.loads(plain.sample.model_dump_json()).keys() == set()


def test_a_mix_reaches_the_generator_with_its_pictures(store: ContentStore, mixed: Request) -> None:
    engine = LocalEngine("cpu", read=store.read_image)
    drawn = engine.draw("mock", mixed, ignore_progress)
    (sha256,) = mixed.pictures
    by_hand = Mock().load(Placement("cpu"))(mixed, {sha256: Image.new("RGB", (32, 32), "red")}, ignore_progress)
    assert pixels(drawn.png) == by_hand.tobytes()
    assert drawn.sample.request == mixed
    other = asking("", 3, mix=(mixed.mix[0].model_copy(update={"weight": 1.0}), mixed.mix[1]))
    assert engine.draw("mock", other, ignore_progress).png != drawn.png
    with pytest.raises(MissingFile, match=f"The picture {sha256[:12]}"):
        LocalEngine("cpu").draw("mock", mixed, ignore_progress)


def test_a_preview_is_made_by_whoever_looks_and_by_nobody_else(store: ContentStore, wanted: Request) -> None:
    seen: list[Image.Image] = []

    def look(share: float, preview: MakePreview | None = None) -> None:
        assert preview
        seen.append(preview())

    drawn = LocalEngine("cpu", read=store.read_image).draw("mock", wanted, look)
    assert [one.size for one in seen] == [(64, 64)]
    assert pixels(drawn.png) == by_hand(wanted)


def test_all_reach_the_generator_on_a_lent_gpu(
    store: ContentStore, wanted: Request, mixed: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert GENERATORS["mock"]
    lent = OnZero(Mock(), Forking())
    lent.load(Placement("cuda"))
    monkeypatch.setitem(GENERATORS._items, "mock", lent)
    engine = LocalEngine("cpu", read=store.read_image)
    assert pixels(engine.draw("mock", wanted, ignore_progress).png) == by_hand(wanted)
    assert engine.draw("mock", mixed, ignore_progress).sample.request == mixed


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("galip", {"image": "0" * 64}, "GALIP-style GAN can't start from an image: leave it out"),
        ("galip", {"mix": (Term(weight=1.0, prompt="a"),)}, "GALIP-style GAN can't mix prompts and pictures: ask for"),
        ("galip", {"parameters": {"turn": 1.0}}, r"takes no parameter 'turn' \(it takes none\): leave it out"),
        ("mock", {"parameters": {"size": 1}}, r"Mock takes no parameter 'size' \(it takes turn\): leave it out"),
        ("mock", {"parameters": {"turn": "left"}}, "Mock takes a parameter 'turn' that is a float, not 'left'"),
        ("mock", {"parameters": {"turn": True}}, "that is a float, not True"),
    ],
)
def test_what_a_generator_cannot_take_is_refused_before_anything_is_drawn(
    name: str, more: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def load(self: object, place: Placement) -> Any:
        raise AssertionError("it was loaded")

    monkeypatch.setattr(type(GENERATORS[name]), "load", load)
    engine, request = LocalEngine("cpu"), asking("a cat", 1, **more)
    with pytest.raises(RequestError, match=message):
        engine.ask(name, request, ignore_progress, "", "")
    with pytest.raises(RequestError, match=message):
        draw_requests(engine, name, [PLAIN, request], tmp_path)
    assert read_manifest(tmp_path) == []


def test_a_picture_that_is_not_there_or_is_none_is_said(store: ContentStore, wanted: Request, tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=f"The picture {str(wanted.image)[:12]} that the request names"):
        LocalEngine("cpu").draw("mock", wanted, ignore_progress)
    with pytest.raises(MissingFile, match="can't be read"):
        LocalEngine("cpu", read=ContentStore(tmp_path / "none").read_image).draw("mock", wanted, ignore_progress)
    with pytest.raises(MissingFile, match="can't be read as one"):
        LocalEngine("cpu", read=lambda sha256: b"no picture").draw("mock", wanted, ignore_progress)


def test_samples_are_told_apart_by_all_that_was_asked(store: ContentStore, wanted: Request, tmp_path: Path) -> None:
    engine = LocalEngine("cpu", read=store.read_image)
    turned = asking("a cat", 3, parameters={"turn": 90.0})
    entries = draw_requests(engine, "mock", [PLAIN, wanted, turned], tmp_path)
    assert [entry.request for entry in entries] == [PLAIN, wanted, turned]
    assert len({entry.file for entry in entries}) == 3
    assert read_manifest(tmp_path) == entries

    class Idle(LocalEngine):
        def draw(self, *_: Any) -> DrawnSample:
            raise GenerationError("it was drawn again")

        ask = draw  # type: ignore[assignment]

    assert draw_requests(Idle(), "mock", [turned, PLAIN, wanted], tmp_path) == [entries[2], entries[0], entries[1]]


def vote_of(samples: Sequence[Sample]) -> Vote:
    """A vote on two pictures of one request."""
    a, b = ((one,) for one in samples)
    return Vote(id="v", time=1.0, criterion=Criterion.quality, outcome=Outcome.a, a=a, b=b, rater="r", seconds=1.0)


def drawn_twice(store: ContentStore, request: Request) -> list[Sample]:
    """Two samples of a request, kept in the store."""
    engine = LocalEngine("cpu", read=store.read_image)
    drawn = [engine.draw("mock", request, ignore_progress) for _ in range(2)]
    for one in drawn:
        store.write_image(one.png)
        store.write_setup(one.setup)
    return [one.sample for one in drawn]


def test_a_receipt_tells_of_both_and_is_replayed(store: ContentStore, wanted: Request) -> None:
    made = receipt(vote_of(drawn_twice(store, wanted)), store)
    read = read_receipt(made.model_dump_json())
    assert read == made
    assert [sample.request for sample in read.pictures] == [wanted, wanted]
    engine = LocalEngine("cpu", read=store.read_image)
    assert [one.identical for one in replay(read, engine, store.image, unwatched)] == [True, True]
    (other,) = {one.differences for one in replay(read, LocalEngine("cpu"), store.image, unwatched)}
    assert other[0].startswith("it can't be drawn: The picture")


def test_votes_and_drawings_keep_both_in_the_log_and_in_shards(
    store: ContentStore, wanted: Request, tmp_path: Path
) -> None:
    samples = drawn_twice(store, wanted)
    vote, log = vote_of(samples), VoteLog(store.data)
    fields: dict[str, Any] = {"battle": "v", "time": 1.0, "criterion": Criterion.quality, "rater": "r"}
    drawing = Drawing(**fields, side=Side.a, result=samples[0])
    log.append(vote)
    log.append(drawing)
    assert find_vote(store.data, "v") == vote
    log.close()
    assert find_vote(store.data, "v") == vote
    for kind in (VOTES, SAMPLES):
        (shard,) = kind.shards(store.data)
        assert check_shard(f"data/{kind.name}/{shard.name}", shard).problems == []
        elsewhere = ContentStore(tmp_path / kind.name)
        unpack_shard(elsewhere.data, shard)
        assert elsewhere.read_image(str(wanted.image)) == red()


def test_sides_of_a_vote_drew_one_request(store: ContentStore, wanted: Request) -> None:
    one, other = drawn_twice(store, wanted)
    changes: list[dict[str, Any]] = [{"image": None}, {"parameters": {"turn": 80.0}}, {"parameters": {}}]
    for change in changes:
        with pytest.raises(ValueError, match="different prompts, images or parameters"):
            vote_of([one, Sample.model_validate({**other.model_dump(), **change})])


def test_an_entry_takes_nothing_more_unless_it_says_so() -> None:
    takes = {one.name: one.accepts for one in GENERATORS if not one.hidden and one.accepts != Accepts()}
    assert takes == {"unclip": Accepts(image=True, mix=True, parameters={"guidance": float})}
