"""A page's own pictures in memory: whose they are, how many, how long; prompts that they are given; their door."""

import json
import time
from typing import Any

import pytest

from hub.errors import DataError, PictureError, PromptError
from hub.language.sentence import Sentence
from hub.ui.compare import MOST_PICTURES, added_pictures
from hub.ui.compare.added_pictures import MOST_BATCHES, HeldOwnSets, OwnBatch, OwnPicture
from hub.ui.compare.own_prompts import read_by_names, share_out
from hub.ui.compare.picture_archive import NO_KIND, LeftOutFile
from hub.ui.compare.read_own_pictures import OwnPicturesDoor
from hub.ui.middleware import bodies
from hub.ui.middleware.bodies import MOST_OF_SET, Bodies
from tests.hub.ui.compare.own_given import FREE, png, webui, zipped
from tests.hub.ui.middleware.asked import Inner, asked


def batch(count: int = 2, size: int = 10) -> OwnBatch:
    """Pictures without prompts or generators."""
    return OwnBatch(tuple(OwnPicture(f"{n}.png", bytes(size)) for n in range(count)), Sentence("read"))


def test_a_batch_is_claimed_once_by_one_page_and_is_gone_when_that_is_closed() -> None:
    held = HeldOwnSets(60)
    name = held.offer(batch())
    others = (LeftOutFile("a.md", NO_KIND),)
    found = held.claim("one", name, "Yours", 7, others)
    assert (len(found.pictures), found.batches[0].unsent, found.batches[0].left_out) == (2, 7, others)
    assert (held.of("one"), held.of("two").pictures) == (found, ())
    for stolen in (name, "", "one", f"offered {name}"):
        with pytest.raises(PictureError, match="no longer here"):
            held.claim("two", stolen, "Yours")
    held.clear("one")
    assert (held.of("one").pictures, len(held)) == ((), 0)


def test_what_a_page_adds_has_a_limit_and_each_batch_a_title_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    held = HeldOwnSets(60)
    held.claim("p", held.offer(batch(MOST_PICTURES - 1)), "Yours")
    found = held.claim("p", held.offer(batch(3)), "Yours")
    assert (len(found.pictures), found.batches[1].over) == (MOST_PICTURES, ("1.png", "2.png"))
    assert [one.title for one in found.batches] == ["Yours", "Yours 2"]
    assert [one.title for one in found.rename("mine").batches] == ["Yours", "mine"]
    with pytest.raises(PictureError, match="No more pictures fit"):
        held.claim("p", held.offer(batch(1)), "Yours")
    assert held.of("p") == found
    for _ in range(MOST_BATCHES):
        held.claim("q", held.offer(batch(1)), "Yours")
    with pytest.raises(PictureError, match="No more pictures fit"):
        held.claim("q", held.offer(batch(1)), "Yours")
    monkeypatch.setattr(added_pictures, "MOST_OF_PAGE", 25)
    assert len(held.claim("r", held.offer(batch(3)), "Yours").pictures) == 2


def test_sets_are_gone_after_their_time_and_the_oldest_where_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = HeldOwnSets(60)
    held.claim("old", held.offer(batch()), "Yours")
    monkeypatch.setattr(added_pictures, "MOST", 30)
    held.claim("new", held.offer(batch(1)), "Yours")
    assert held.of("old").pictures
    held.claim("newer", held.offer(batch(1)), "Yours")
    assert (len(held.of("old").pictures), len(held.of("newer").pictures)) == (0, 1)
    now = time.monotonic()
    offered = held.offer(batch(1))
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)
    assert held.of("newer").pictures == ()
    monkeypatch.setattr(time, "monotonic", lambda: now + 121)
    with pytest.raises(PictureError, match="no longer here"):
        held.claim("p", offered, "Yours")


def test_prompts_are_given_by_names_one_for_all_or_one_each() -> None:
    pictures = [
        OwnPicture("x/a_red_cat_3.png", b""),
        OwnPicture("x/a_dog_4.png", b"", seed=9),
        OwnPicture("b.png", b""),
    ]
    named = read_by_names(pictures, "{prompt}_{seed}")
    told = [(one.prompt, one.seed) for one in named.values()]
    assert told == [("a red cat", 3), ("a dog", 9)]  # what is known already is believed
    assert [one.generator for one in read_by_names(pictures[:1], "{generator}/{prompt}_{seed}").values()] == ["x"]
    with pytest.raises(DataError, match="fits no picture's name"):
        read_by_names(pictures, "{generator}+{prompt}")
    assert [one.prompt for one in share_out(["  a  cat "], pictures).values()] == ["a cat"] * 3
    assert [one.prompt for one in share_out(["a", "", "b", "c"], pictures).values()] == ["a", "b", "c"]
    with pytest.raises(PromptError, match="There are 2 prompts for 3 pictures"):
        share_out(["a", "b"], pictures)
    assert share_out([], pictures) == read_by_names(pictures, "") == {}


def door() -> tuple[Bodies, HeldOwnSets, Inner]:
    """The door behind the layer that reads bodies, what it holds, and the app behind it."""
    held, inner = HeldOwnSets(60), Inner()
    return Bodies(OwnPicturesDoor(inner, held, FREE)), held, inner


def sent(app: Any, content: bytes, path: str = "/pictures", **more: Any) -> tuple[int, dict[str, Any]]:
    """Status and JSON of the answer to what is sent."""
    status, _, told = asked(app, "POST", path, body=[content], **more)
    return status, json.loads(told)


def test_the_door_takes_a_zip_and_tells_of_one_that_it_can_not_take(caplog: pytest.LogCaptureFixture) -> None:
    app, held, inner = door()
    status, told = sent(app, zipped({"a.png": webui(0, "a cat", 3)}))
    assert status == 200
    assert held.claim("p", told["name"], "Yours").pictures[0].prompt == "a cat"
    status, told = sent(app, b"no zip", headers={"accept-language": "ja"})
    assert (status, told["error"].startswith("読み込めるZIPではありません")) == (400, True)
    with caplog.at_level("INFO"):
        secret = {"a.png": png(), "metadata.csv": b"file_name,prompt,seed\na.png,a secret,so secret\n"}
        status, told = sent(app, zipped(secret))
    assert (status, "so secret" in told["error"], "secret" in caplog.text) == (400, True, False)
    assert sent(app, b"", headers={"content-length": str(MOST_OF_SET + 1)})[0] == 413
    assert inner.scopes == []


def test_a_network_sends_one_zip_at_a_time_and_everybody_few() -> None:
    app, _, _ = door()
    content = zipped({"a.png": png()})
    app._sets["203.0.113.7"] = bodies.SEVERAL.each
    assert (sent(app, content)[0], sent(app, content, peer="203.0.113.8")[0]) == (503, 200)
    app._sets["203.0.113.9"] = bodies.SEVERAL.at_once
    assert sent(app, content, peer="203.0.113.8")[0] == 503
    del app._sets["203.0.113.7"], app._sets["203.0.113.9"]
    assert (sent(app, content)[0], app._sets.total()) == (200, 0)
