"""A Space's login: one person is one rater in every browser, and their name is stored nowhere."""

import base64
import hashlib
import json
import time
from pathlib import Path

import itsdangerous

from hub.votes import read_votes
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, Arena, Page, served

SECRET = "client-secret"  # noqa: S105 - of a login that is not there
SPACE = {
    "SYSTEM": "spaces",
    "SPACE_ID": "gallery/arena",
    "SPACE_HOST": "gallery-arena.hf.space",
    "OAUTH_CLIENT_ID": "client",
    "OAUTH_CLIENT_SECRET": SECRET,
    "OAUTH_SCOPES": "openid profile",
    "OPENID_PROVIDER_URL": "http://127.0.0.1:1",
}


def logged_in(name: str) -> str:
    """The session cookie that gradio gives to a user who has logged in."""
    user = {"sub": "1", "name": name, "preferred_username": name, "profile": "", "picture": ""}
    info = {"access_token": "t", "scope": "openid profile", "expires_at": time.time() + 600, "userinfo": user}
    signer = itsdangerous.TimestampSigner(hashlib.sha256(f"{SECRET}-v4".encode()).hexdigest())
    return signer.sign(base64.b64encode(json.dumps({"oauth_info": info}).encode())).decode()


def rater_of(arena: Arena, login: str | None, prompt: str) -> str:
    """The id stored with a vote that a fresh browser gave."""
    with Page(arena.url) as page:
        if login:
            page.http.headers["cookie"] = f"session={logged_in(login)}"
        page.draw(prompt)
        assert "your vote is saved" in page.vote("a")
    table = read_votes(arena.data).table.to_pylist()
    return str(next(row["rater"] for row in table if row["prompt"] == prompt))


def test_the_link_logs_in_and_for_who_is_inside_out_in_their_language(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES, **SPACE) as arena, Page(arena.url) as page:
        assert "Sign in with Hugging Face" in page.config
        assert "Sign in with Hugging Face" in page.ask("greet")
        page.http.headers["cookie"] = f"session={logged_in('gwen-artlover')}; vernissage_language=ja"
        told = page.ask("greet")
        assert "ログアウト（gwen-artlover）" in told
        assert "logout?_target_url=/" in told
        assert page.http.get("/login/huggingface").status_code != 404


def test_a_login_is_one_rater_in_every_browser_and_nobody_is_named(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES, **SPACE) as arena:
        asked = [("gwen-artlover", "one"), ("gwen-artlover", "two"), ("otto-artlover", "three"), (None, "four")]
        ids = [rater_of(arena, login, prompt) for login, prompt in asked]
        assert ids[0] == ids[1]
        assert len(set(ids)) == 3
        assert "There is no HUB_SECRET on this Space" in arena.said
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 4
    for path in files:
        assert b"artlover" not in path.read_bytes(), path
