"""Pages of other sites: they neither ask in a visitor's name, nor read an answer, nor show the arena in a frame."""

import pytest

from hub.ui.middleware.origins import Origins
from tests.hub.ui.middleware.asked import Inner, asked

OWN = {"host": "arena.org:7860"}
CORS = {"Access-Control-Allow-Origin": "http://evil.org", "Access-Control-Allow-Credentials": "true", "Vary": "Origin"}
SPACE = "someone-arena.hf.space"


def status(method: str, headers: dict[str, str], local: bool = False, space: str = "") -> int:
    """The status of the answer to a request to the arena."""
    return asked(Origins(Inner(), space, local, bool(space)), method, "/gradio_api/queue/join", headers=OWN | headers)[
        0
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.org"},
        {"origin": "http://arena.org"},  # another port
        {"origin": "http://arena.org:7861"},
        {"origin": "http://sister.arena.org:7860"},
        {"origin": "http://arena.org:7860.evil.org"},
        {"origin": "http://arena.org:7860@evil.org"},
        {"origin": "null"},
        {"origin": "file://arena.org:7860"},
        {"origin": "http://[arena.org:7860"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://arena.org:7860", "sec-fetch-site": "same-site"},
        {"referer": "http://evil.org/page"},
        {"origin": "https://huggingface.co"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_what_another_sites_page_asks_is_refused(headers: dict[str, str], method: str) -> None:
    assert status(method, headers) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},  # no browser
        {"origin": "http://arena.org:7860"},
        {"origin": "http://arena.org:7860", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"referer": "http://arena.org:7860/?__theme=dark"},
        {"host": "arena.org", "origin": "https://arena.org"},
        {"host": "arena.org:443", "origin": "https://ARENA.org"},
        {"host": "127.0.0.1:7860", "origin": "https://arena.org", "x-forwarded-host": "arena.org"},
    ],
)
def test_what_our_own_page_asks_is_taken(headers: dict[str, str]) -> None:
    assert status("POST", headers) == 200


def test_a_space_takes_its_own_origin_and_not_the_site_that_frames_it() -> None:
    assert status("POST", {"origin": f"https://{SPACE}", "host": "10.0.0.1:7860"}, space=SPACE) == 200
    assert status("POST", {"origin": "https://huggingface.co"}, space=SPACE) == 403
    assert status("POST", {"origin": "https://someone-else.hf.space"}, space=SPACE) == 403


@pytest.mark.parametrize(("space", "frames"), [("", "'self'"), (SPACE, "'self' https://huggingface.co")])
def test_answers_carry_no_cors_and_say_who_may_frame_them(space: str, frames: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        told = asked(Origins(Inner(CORS), space, False, bool(space)), method, headers=OWN)[1]
        assert not [name for name in told if name.startswith("access-control")]
        assert told["content-security-policy"] == f"frame-ancestors {frames}"
        assert (told["x-content-type-options"], told["referrer-policy"]) == ("nosniff", "same-origin")
    strict = {"Content-Security-Policy": "frame-ancestors 'none'", "Referrer-Policy": "no-referrer"}
    told = asked(Origins(Inner(strict), space, False, bool(space)), headers=OWN)[1]
    assert told["content-security-policy"] == "frame-ancestors 'none'"
    assert told["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("127.0.0.1:7860", 200),
        ("localhost:80", 200),
        ("arena.localhost", 200),
        ("[::1]:7860", 200),
        ("127.1.2.3", 200),
        ("evil.org:7860", 421),
        ("localhost.evil.org", 421),
        ("10.0.0.1", 421),
        ("", 421),
        ("[nonsense", 421),
    ],
)
def test_an_arena_for_this_machine_alone_answers_to_no_other_name(host: str, code: int) -> None:
    assert status("GET", {"host": host}, local=True) == code
    assert status("GET", {"host": host}) == 200
