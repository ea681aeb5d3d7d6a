"""Pictures by address: who has no address sees none, and what no page shows any more is gone."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from hub.ui import picture_addresses
from hub.ui.picture_addresses import PREFIX, PictureAddresses, PictureDoor
from hub.votes import ContentStore
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, FILES, PICTURE, Page, served
from tests.hub.votes.made import DIGEST, PNG

SOON = 60.0  # seconds in which what a closed page held is freed


@pytest.fixture
def addresses(tmp_path: Path) -> PictureAddresses:
    """Addresses that are good for a minute; the store has one picture."""
    store = ContentStore(tmp_path)
    store.write_image(PNG)
    return PictureAddresses(store, 60)


def answer(addresses: PictureAddresses, path: str, method: str = "GET", root: str = "") -> list[Any]:
    """What the door answers; nothing of it where it passes a request on."""
    sent: list[Any] = []

    async def inside(scope: Any, receive: Any, send: Any) -> None:
        """The app behind the door."""

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "method": method, "headers": [], "root_path": root}
    asyncio.run(PictureDoor(inside, addresses)(scope, None, send))  # type: ignore[arg-type]
    return sent


def test_a_picture_is_at_its_address_from_memory_and_from_the_store_alike(addresses: PictureAddresses) -> None:
    kept, held = addresses.hang("w", "p", DIGEST), addresses.hang("w", "p", PNG)
    assert addresses.read(kept) == addresses.read(held) == PNG
    assert kept != held
    assert answer(addresses, f"/{kept}") == answer(addresses, f"/{held}")
    start, body = answer(addresses, f"/app/{kept}", root="/app")
    assert (start["status"], body["body"]) == (200, PNG)
    assert dict(start["headers"]) == {
        b"cache-control": b"private, no-store",
        b"x-content-type-options": b"nosniff",
        b"content-length": str(len(PNG)).encode(),
        b"content-type": b"image/png",
    }


def test_no_address_can_be_guessed_and_none_tells_anything(addresses: PictureAddresses) -> None:
    names = {addresses.hang("w", "p", DIGEST).removeprefix(PREFIX) for _ in range(100)}
    assert len(names) == 100
    assert {len(name) for name in names} == {32}  # 192 bits
    assert not [name for name in names if DIGEST[:6] in name]


@pytest.mark.parametrize("path", ["/picture/", "/picture/nobody", f"/picture/{DIGEST}", "/picture/../secret"])
def test_what_is_at_no_address_is_not_there(addresses: PictureAddresses, path: str) -> None:
    addresses.hang("w", "p", DIGEST)
    assert answer(addresses, path)[0]["status"] == 404


def test_other_requests_are_passed_on_and_a_picture_is_only_read(addresses: PictureAddresses) -> None:
    address = addresses.hang("w", "p", PNG)
    assert answer(addresses, "/config") == []
    assert answer(addresses, f"/{address}", "POST")[0]["status"] == 404
    assert answer(addresses, f"/{address}", "HEAD")[0]["status"] == 200


def test_a_picture_is_gone_when_its_wall_shows_another_or_its_page_is_closed(addresses: PictureAddresses) -> None:
    battle, side = addresses.hang("battle", "p", PNG), addresses.hang("side", "p", PNG)
    other = addresses.hang("battle", "q", PNG)
    addresses.clear("p", "battle")
    assert [addresses.read(one) for one in (battle, side, other)] == [None, PNG, PNG]
    addresses.clear("p")
    assert [addresses.read(one) for one in (battle, side, other)] == [None, None, PNG]
    assert len(addresses) == 1


def test_a_picture_is_gone_when_it_was_there_too_long(
    addresses: PictureAddresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, now = addresses.hang("w", "p", PNG), time.monotonic()
    monkeypatch.setattr("hub.ui.picture_addresses.time.monotonic", lambda: now + 61)
    assert addresses.read(address) is None
    addresses.hang("w", "q", PNG)
    assert len(addresses) == 1


def test_pictures_in_memory_are_bounded_and_those_of_the_store_take_none(
    addresses: PictureAddresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_addresses, "HELD", 2 * len(PNG))
    kept = addresses.hang("w", "p", DIGEST)
    held = [addresses.hang("w", "p", PNG) for _ in range(5)]
    assert [addresses.read(one) is not None for one in (kept, *held)] == [True, False, False, False, True, True]


def test_a_picture_that_was_taken_out_of_the_store_is_gone(addresses: PictureAddresses, tmp_path: Path) -> None:
    address = addresses.hang("w", "p", DIGEST)
    ContentStore(tmp_path).image(DIGEST).unlink()
    assert answer(addresses, f"/{address}")[0]["status"] == 404


@pytest.mark.parametrize("tab", ["battle", "compare"])
def test_no_event_holds_a_picture_and_a_closed_page_leaves_none(tmp_path: Path, tab: str) -> None:
    with served(tmp_path, FAKES, fakes.NAMES) as arena, Page(arena.url) as page, Page(arena.url) as other:
        with page.http.stream("GET", f"/gradio_api/heartbeat/{page.session}") as beats:
            alive = beats.iter_lines()  # as long as it is held, the page is open
            assert next(alive) == "data: ALIVE"
            sent, count = [], 2 + FILES * (tab == "compare")
            for seed in (7, 8):  # the very same, asked for at once again, would not be drawn
                sent.append(page.draw("a boat") if tab == "battle" else page.compare("a boat", seed))
                assert len(page.pictures(sent[-1])) == count
            for text in sent:
                assert "base64" not in text
                assert "iVBOR" not in text
            old, new = (PICTURE.findall(text) for text in sent)
            assert [page.http.get(f"/{address}").status_code for address in old] == [404] * count
            if tab == "battle":
                assert "your vote is saved" in page.vote("a")  # after it the page may still look
            assert [other.http.get(f"/{address}").status_code for address in new] == [200] * count
        end = time.monotonic() + SOON
        while time.monotonic() < end and any(other.http.get(f"/{address}").is_success for address in new):
            time.sleep(0.2)
        assert [other.http.get(f"/{address}").status_code for address in new] == [404] * count
