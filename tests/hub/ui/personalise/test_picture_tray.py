"""The tray: pictures of a page's own, each once, not too few and not too many."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from PIL import Image

from hub.errors import HubError, PictureError
from hub.subjects.subject_pictures import MOST
from hub.ui.middleware.bodies import MOST as MOST_BYTES
from hub.ui.personalise.keeping_slider import LAMBDAS, read_lambda
from hub.ui.personalise.picture_tray import PictureTray
from hub.ui.picture_addresses import PictureAddresses
from hub.ui.studio.held_pictures import HeldPictures
from hub.uploads import normalise_picture
from hub.votes import ContentStore
from tests.hub.ui.personalise.test_personalisation_runs import picture

REQUEST: Any = SimpleNamespace(session_hash="page", request=None)
PAGE: Any = SimpleNamespace(build=lambda *given, **more: MagicMock())  # whose components nobody sees


def sent(**said: Any) -> Any:
    """An event that came with this."""
    return SimpleNamespace(_data=said)


class Given:
    """A tray, and a page that gives it pictures."""

    def __init__(self, data: Path) -> None:
        self.held = HeldPictures(60)
        self.tray = PictureTray("t", self.held, PictureAddresses(ContentStore(data), 60), PAGE)
        self.value: dict[str, Any] = {"pictures": [], "html": ""}

    def give(self, *pngs: bytes) -> str:
        """Give pictures, and return the HTML of the tray."""
        names = [self.held.offer(normalise_picture(png)) for png in pngs]
        (self.value,) = self.tray.take(self.value, sent(pictures=names, said=""), REQUEST).values()
        return str(self.value["html"])

    def read(self, page: str = "page") -> list[bytes]:
        """What a run would get."""
        return self.tray.read(self.value, page)


@pytest.fixture
def given(tmp_path: Path) -> Given:
    return Given(tmp_path)


def test_pictures_come_in_are_taken_away_and_are_no_other_pages(given: Given) -> None:
    html = given.give(*(picture(number) for number in range(3)))
    assert "With fewer than 4" in html
    assert "With fewer" not in given.give(picture(3))
    assert len(given.read()) == 4
    with pytest.raises(PictureError, match="no longer here"):
        given.read("another page")
    (given.value,) = given.tray.remove(given.value, sent(sha256=given.value["pictures"][0]), REQUEST).values()
    assert len(given.read()) == 3
    (given.value,) = given.tray.remove(given.value, sent(sha256=""), REQUEST).values()
    for few in (0, 1):
        with pytest.raises(PictureError, match="at least 2 pictures, and 4 or more are better"):
            given.read()
        given.give(picture(few))


def test_one_picture_twice_is_told_were_it_another_file(given: Given) -> None:
    image = Image.open(io.BytesIO(picture(0)))
    again = io.BytesIO()
    image.crop((4, 0, 44, 40)).save(again, "bmp")  # the square that the training takes of it
    assert "in the tray already" in given.give(picture(0), picture(0), again.getvalue())
    assert len(given.value["pictures"]) == 1


def test_five_hundred_pictures_are_not_taken_and_a_full_tray_fits_into_a_request(given: Given) -> None:
    html = given.give(*(picture(number) for number in range(MOST + 1)))
    assert "at most 20 pictures" in html
    assert len(given.read()) == MOST
    assert len(str(given.value).encode()) < MOST_BYTES / 1.4
    given.value["pictures"] = [f"{number:064x}" for number in range(500)]
    with pytest.raises(PictureError, match="at most 20 pictures"):
        given.read()


@pytest.mark.parametrize("value", [None, 3, {"pictures": 3}, {"pictures": [{}, None]}, {"step": "2"}, {"step": -1}])
def test_what_no_page_of_ours_sends_is_a_sentence(given: Given, value: Any) -> None:
    with pytest.raises(PictureError):
        given.tray.read(value, "page")
    with pytest.raises(HubError):
        read_lambda(value)
    assert read_lambda({"step": 0}) == LAMBDAS[0]
