"""Whose address a request is from: a proxy is believed where it is one that the settings name, and nobody else is."""

import ipaddress
from pathlib import Path

import httpx
import pytest

from hub.errors import HubError
from hub.settings import Settings
from hub.ui.middleware.proxies import Proxies
from tests.hub.ui import fakes
from tests.hub.ui.middleware.asked import PEER, Inner, asked
from tests.hub.ui.served import FAKES, Page, served

OURS = [ipaddress.ip_network(network) for network in ("10.0.0.0/8", "127.0.0.1/32", "2001:db8::/32")]


def visitor(peer: str, forwarded: str, trusted: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> str:
    """The address that an app behind the layer sees."""
    inner = Inner()
    asked(Proxies(inner, trusted), peer=peer, headers={"x-forwarded-for": forwarded} if forwarded else {})
    assert not [name for name, _ in inner.scopes[0]["headers"] if name == b"x-forwarded-for"]
    return str(inner.scopes[0]["client"][0])


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # whatever its sender wrote stands left of it
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 198.51.100.2", "198.51.100.2"),  # the last is no proxy of ours
        ("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("10.0.0.1", "6.6.6.6, nonsense, 10.2.2.2", "10.2.2.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("2001:db8::1", "[2001:4860::8]:80", "2001:4860::8"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        (PEER, "198.51.100.1", PEER),
    ],
)
def test_the_address_is_the_rightmost_that_no_trusted_proxy_has(peer: str, forwarded: str, seen: str) -> None:
    assert visitor(peer, forwarded, OURS) == seen


@pytest.mark.parametrize("peer", [PEER, "127.0.0.1", "10.0.0.1", "::1"])
def test_nobody_is_believed_unless_told(peer: str) -> None:
    assert visitor(peer, "198.51.100.1", []) == peer


def test_what_a_stranger_says_of_host_and_scheme_goes_no_further() -> None:
    told = {"x-forwarded-host": "evil.org", "x-forwarded-proto": "https", "forwarded": "for=1", "x-real-ip": "1.1.1.1"}
    inner = Inner()
    asked(Proxies(inner, OURS), headers=told | {"host": "arena.org"})
    asked(Proxies(inner, OURS), headers=told, peer="10.0.0.1")
    assert (inner.scopes[0]["headers"], inner.scopes[0]["scheme"]) == ([(b"host", b"arena.org")], "http")
    assert (b"x-forwarded-host", b"evil.org") in inner.scopes[1]["headers"]
    assert inner.scopes[1]["scheme"] == "https"


def test_trusted_proxies_are_a_setting_off_by_default_and_on_inside_a_space() -> None:
    assert Settings.from_env({}).proxies == ()
    given = Settings.from_env({"HUB_TRUSTED_PROXIES": "127.0.0.1, 2001:db8::/32"}).proxies
    assert given == (ipaddress.ip_network("127.0.0.1/32"), ipaddress.ip_network("2001:db8::/32"))
    assert any(
        ipaddress.ip_address("10.1.2.3") in network for network in Settings.from_env({"SPACE_ID": "a/b"}).proxies
    )
    with pytest.raises(HubError, match="HUB_TRUSTED_PROXIES can't be 'nginx'"):
        Settings.from_env({"HUB_TRUSTED_PROXIES": "nginx"})


def joins(url: str, count: int) -> list[int]:
    """The answers to so many drawings, each asked for by a page of its own that says it is at an address of its own."""
    codes = []
    for number in range(count):
        with Page(url) as page:
            page.http.headers["x-forwarded-for"] = f"198.51.100.{number}"
            body = page.body("draw", ["a boat", "quality"], {})
            codes.append(page.http.post("/gradio_api/queue/join", json=body).status_code)
    return codes


@pytest.mark.parametrize(("proxies", "refused"), [("", True), ("127.0.0.1", False)])
def test_one_machine_is_one_network_whatever_it_says(tmp_path: Path, proxies: str, refused: bool) -> None:
    limits = {"HUB_BATTLES_PER_MINUTE": "1", "HUB_ADDRESS_FACTOR": "2", "HUB_TRUSTED_PROXIES": proxies}
    with served(tmp_path, FAKES, fakes.NAMES, **limits) as arena:
        assert joins(arena.url, 3) == [200, 200, 429 if refused else 200]
        told = httpx.get(arena.url, headers={"x-forwarded-host": "evil.org"}).text
        assert ("evil.org" in told) is not refused  # the page's own address, which Gradio makes of it
