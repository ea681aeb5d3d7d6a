"""Whose votes count over HTTP: not those of a client that sends no cookie back; logins alone where that is asked."""

from pathlib import Path

import pytest

from hub.votes import read_votes
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, Arena, Page, served
from tests.hub.ui.test_login import SPACE, logged_in


def reason(arena: Arena, prompt: str, *, cookies: bool = True, login: str = "") -> tuple[str, str | None]:
    """The rater that is stored with a vote of a fresh client, and why it is excluded."""
    with Page(arena.url) as page:
        if not cookies:
            page.http.cookies.clear()
        if login:
            page.http.headers["cookie"] = f"session={logged_in(login)}"
        page.draw(prompt)
        page.vote("a")
    row = next(row for row in read_votes(arena.data).table.to_pylist() if row["prompt"] == prompt)
    names = [name for name in (row["excluded"] or "").split("+") if name.startswith("no-")]
    return row["rater"], names[0] if names else None


def test_a_client_without_a_cookie_is_one_rater_whose_votes_do_not_count(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES) as arena:
        one, other = (reason(arena, prompt, cookies=False) for prompt in ("one", "two"))
        kept = reason(arena, "three")
    assert (one[1], other[1], kept[1]) == ("no-cookie", "no-cookie", None)
    assert one[0] == other[0] != kept[0]


def test_where_logins_alone_count_other_votes_are_kept_with_the_reason(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES, **SPACE, HUB_COUNT="logins") as arena:
        with Page(arena.url) as page:
            assert "Only votes given after logging in count here" in page.config
        assert reason(arena, "one", login="gwen")[1] is None
        assert reason(arena, "two")[1] == "no-login"


def test_outside_a_space_logins_alone_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), served(tmp_path, FAKES, fakes.NAMES, HUB_COUNT="logins"):
        pass
    said = (tmp_path / "log").read_text(encoding="utf-8")
    assert "HUB_COUNT can't be logins here" in said
    assert "Traceback" not in said
