"""What a page is told of its own pictures once they are gone, and what happens to them while it asks for something."""

from types import SimpleNamespace
from typing import Any

import pytest

from hub.errors import PictureError
from hub.language.sentence import Sentence
from hub.ui.compare import own_tray
from hub.ui.compare.added_pictures import HeldOwnSets, OwnBatch, OwnPicture
from hub.ui.compare.own_tray import OwnTray
from hub.ui.picture_addresses import PictureAddresses
from tests.hub.ui.compare.own_given import FREE, png

REQUEST: Any = SimpleNamespace(session_hash="p", request=None)  # of that page, in English


def add(held: HeldOwnSets, *names: str) -> None:
    """Add pictures without prompts to the page's."""
    batch = OwnBatch(tuple(OwnPicture(name, png()) for name in names), Sentence("read"))
    held.claim("p", held.offer(batch), "Yours")


@pytest.fixture
def held() -> HeldOwnSets:
    """A page's set of one picture."""
    held = HeldOwnSets(60)
    add(held, "1.png")
    return held


@pytest.fixture
def tray(held: HeldOwnSets) -> OwnTray:
    """The handlers of that page, without the components that they answer to."""
    store: Any = None
    made: Any = object.__new__(OwnTray)
    made._parts = SimpleNamespace(
        own=held, addresses=PictureAddresses(store, 60), moderation=FREE, live=SimpleNamespace(generators=())
    )
    for name in ("html", "title", "rows", "_lacking", "_naming", "_prompts", "_pattern"):
        setattr(made, name, name)
    return made  # type: ignore[no-any-return]


def test_pictures_that_are_gone_are_told_as_such_and_not_left_out_of_what_is_drawn(
    tray: OwnTray, held: HeldOwnSets
) -> None:
    with pytest.raises(Exception, match="None of your pictures has a prompt"):
        tray.use([], REQUEST)
    tray.give("a cat", "", REQUEST)
    assert [one.title for one in tray.list_own("mine", "p")] == ["mine"]
    held.clear("p")
    for title, rows in (("mine", False), (None, True)):
        with pytest.raises(PictureError, match="no longer here: add them again"):
            tray.list_own(title, "p", rows)
    assert tray.list_own("", "p") == ()
    with pytest.raises(Exception, match="no longer here"):
        tray.use([], REQUEST)
    with pytest.raises(Exception, match="no longer here"):
        tray.give("a cat", "", REQUEST)


@pytest.mark.parametrize("meanwhile", ["added", "removed"])
def test_prompts_that_are_given_undo_nothing_that_is_done_meanwhile(
    tray: OwnTray, held: HeldOwnSets, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    def look(prompt: str, moderation: object) -> str:
        add(held, "2.png") if meanwhile == "added" else tray.remove(REQUEST)
        return ""

    monkeypatch.setattr(own_tray, "explain_refusal", look)
    tray.give("a cat", "", REQUEST)
    told = [(one.name, one.prompt) for one in held.of("p").pictures]
    assert told == ([("1.png", "a cat"), ("2.png", None)] if meanwhile == "added" else [])
