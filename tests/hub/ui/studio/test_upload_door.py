"""The way in for pictures: what is taken, what is refused, and how much of it."""

import json
from typing import Any

import pytest
from PIL import Image

from hub.errors import ModerationError
from hub.moderation import Moderation
from hub.ui.middleware import bodies
from hub.ui.middleware.bodies import Bodies
from hub.ui.studio import upload_door
from hub.ui.studio.held_pictures import HeldPictures
from hub.ui.studio.upload_door import UploadDoor
from hub.uploads import MOST_BYTES, normalise_picture
from tests.hub.test_uploads import halves, saved
from tests.hub.ui.middleware.asked import Inner, asked

PICTURE = saved(halves())


class Prudish(Moderation):
    """Holds every picture back."""

    def check_image(self, png: bytes) -> None:
        """Raise ModerationError."""
        raise ModerationError("no")


def door(moderation: Moderation | None = None) -> tuple[Bodies, HeldPictures, Inner]:
    """The door behind the layer that reads bodies, what it holds, and the app behind it."""
    held, inner = HeldPictures(60), Inner()
    return Bodies(UploadDoor(inner, held, moderation or Moderation(["none"]))), held, inner


def sent(app: Any, content: bytes, path: str = "/picture", **more: Any) -> tuple[int, dict[str, Any]]:
    """Status and JSON of the answer to a picture."""
    status, _, told = asked(app, "POST", path, body=[content], **more)
    return status, json.loads(told)


def test_a_picture_is_taken_and_its_name_is_good_for_whoever_has_it() -> None:
    app, held, inner = door()
    status, told = sent(app, PICTURE)
    assert status == 200
    assert held.of("p", held.claim("p", told["name"])) == normalise_picture(PICTURE)
    assert inner.scopes == []


def test_what_can_not_be_taken_is_told_in_the_language_of_the_page() -> None:
    app, held, _ = door()
    status, told = sent(app, b"no picture")
    assert (status, told["error"].startswith("This file is no picture")) == (400, True)
    _, told = sent(app, b"no picture", headers={"accept-language": "ja"})
    assert told["error"].startswith("このファイルは")
    status, told = sent(door(Prudish(["none"]))[0], PICTURE)
    assert (status, told["error"]) == (400, "The picture filter refuses this picture: give another.")
    assert len(held) == 0


@pytest.mark.parametrize(("method", "path"), [("GET", "/picture"), ("POST", "/pictures"), ("POST", "/")])
def test_other_requests_are_passed_on(method: str, path: str) -> None:
    app, _, inner = door()
    assert asked(app, method, path)[0] == 200
    assert len(inner.scopes) == 1


def test_a_large_body_is_read_where_pictures_come_and_nowhere_else() -> None:
    photograph = saved(Image.effect_noise((600, 600), 90))
    app, held, _ = door()
    assert len(photograph) > bodies.MOST
    assert sent(app, photograph)[0] == 200
    assert sent(app, photograph, "/gradio_api/queue/join")[0] == 413
    status, told = sent(app, b"", headers={"content-length": str(MOST_BYTES + 1)})
    assert (status, told["error"]) == (
        413,
        "The file is larger than 24 MB, which is the most: give a smaller picture.",
    )
    assert len(held) == 1


def test_one_address_sends_few_pictures_at_once_and_everybody_not_many() -> None:
    app, _, _ = door()
    app._sending["203.0.113.7"] = bodies.EACH
    assert sent(app, PICTURE)[0] == 503
    assert sent(app, PICTURE, peer="203.0.113.8")[0] == 200
    app._sending["203.0.113.9"] = bodies.AT_ONCE
    assert sent(app, PICTURE, peer="203.0.113.8")[0] == 503
    del app._sending["203.0.113.7"], app._sending["203.0.113.9"]
    assert sent(app, PICTURE)[0] == 200
    assert app._sending.total() == 0


def test_a_network_gives_so_many_pictures_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_door, "EACH", 2)
    app, _, _ = door()
    assert [sent(app, PICTURE)[0] for _ in range(3)] == [200, 200, 400]
    assert sent(app, PICTURE, peer="203.0.113.8")[0] == 200
