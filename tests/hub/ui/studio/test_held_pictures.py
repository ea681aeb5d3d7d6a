"""Pictures that pages gave: each page's own, in memory only, and gone with the page."""

import hashlib
import time

import pytest

from hub.errors import MissingFile, PictureError
from hub.ui.studio import held_pictures
from hub.ui.studio.held_pictures import HeldPictures
from tests.hub.votes.made import PNG

SHA = hashlib.sha256(PNG).hexdigest()


def test_a_picture_belongs_to_the_page_that_claimed_it() -> None:
    held = HeldPictures(60)
    name = held.offer(PNG)
    assert held.claim("p", name) == SHA
    assert held.of("p", SHA) == PNG
    for page in ("q", "", name):
        with pytest.raises(PictureError, match="no longer here"):
            held.of(page, SHA)
    with pytest.raises(PictureError):
        held.claim("q", name)  # a name is good once
    with pytest.raises(PictureError):
        held.claim("q", "p")  # and a page is no name of one that was offered


def test_the_engine_reads_what_any_page_holds_until_that_is_closed() -> None:
    held = HeldPictures(60)
    held.hold("p", PNG)
    held.hold("q", PNG)
    held.clear("p")
    assert held.read(SHA) == PNG
    held.clear("q")
    with pytest.raises(MissingFile):
        held.read(SHA)
    assert len(held) == 0


def test_nothing_is_held_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    held, now = HeldPictures(60), time.monotonic()
    held.hold("p", PNG)
    left = held.offer(PNG)
    monkeypatch.setattr("hub.ui.studio.held_pictures.time.monotonic", lambda: now + 61)
    with pytest.raises(PictureError):
        held.of("p", SHA)
    monkeypatch.setattr("hub.ui.studio.held_pictures.time.monotonic", lambda: now + 200)
    with pytest.raises(PictureError):
        held.claim("p", left)
    held.hold("q", PNG)
    assert len(held) == 1


def test_memory_is_bounded_and_the_oldest_leaves_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_pictures, "MOST", 25)
    held = HeldPictures(60)
    names = [held.hold(page, bytes([number]) * 10) for number, page in enumerate("abc")]
    with pytest.raises(PictureError):
        held.of("a", names[0])
    assert held.of("c", names[2]) == bytes([2]) * 10
