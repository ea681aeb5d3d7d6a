"""Pseudonyms, cookies and the secret they are made with."""

import hashlib
import hmac
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import BattleError, StorageError
from hub.raters import Rater, identify, load_secret, make_cookie, read_cookie
from hub.settings import Settings

SECRET = "a secret of the tests"  # noqa: S105
ROOT = Path(__file__).parents[2]
ADDRESS = "203.0.113.77"


def rater(**known: str | None) -> Rater:
    """A rater known by what is given."""
    return identify(SECRET, **({"cookie": None, "page": None, "login": None, "address": None} | known))


def test_an_id_is_of_the_login_else_of_the_cookie_else_of_the_page() -> None:
    for text, known in (
        ("hf:ada", {"login": "ada", "cookie": "c", "page": "p"}),
        ("cookie:c", {"cookie": "c", "page": "p"}),
        ("page:p", {"page": "p"}),
    ):
        assert rater(**known).id == hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()[:16]


def test_a_session_is_of_the_browser_whoever_is_logged_in() -> None:
    assert rater(cookie="c", login="ada").session == rater(cookie="c", page="p").session
    sessions = [rater(cookie="c").session, rater(cookie="d").session, rater(page="c").session, rater(page="d").session]
    assert len({*sessions, rater(cookie="c").id}) == 5


def test_another_secret_gives_other_pseudonyms() -> None:
    known = {"cookie": "c", "page": None, "login": None, "address": ADDRESS}
    one, other = identify(SECRET, **known), identify(SECRET + "!", **known)
    assert not {one.id, one.session, one.network} & {other.id, other.session, other.network}


def test_without_cookie_and_page_there_is_no_rater() -> None:
    with pytest.raises(BattleError, match="reload the page"):
        rater(login="ada", address=ADDRESS)


def test_what_came_in_is_nowhere_in_a_rater() -> None:
    text = repr(rater(cookie="the-cookie", page="the-page", login="the-login", address=ADDRESS))
    assert not [word for word in ("the-", ADDRESS, "203") if word in text]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.77", ADDRESS, True),
        ("203.0.113.77", "203.0.113.78", False),
        ("unix-socket", "unix-socket", True),
    ],
)
def test_the_network_is_what_counts_of_an_address(one: str, other: str, same: bool) -> None:
    assert (rater(page="p", address=one).network == rater(page="q", address=other).network) is same


def test_no_address_is_no_pseudonym() -> None:
    assert rater(page="p").network == ""


@given(st.text(min_size=1))
def test_a_cookie_is_read_back_and_no_other_text_is(text: str) -> None:
    cookie = make_cookie(SECRET)
    value = read_cookie(SECRET, cookie)
    assert value
    assert cookie != make_cookie(SECRET)
    assert read_cookie(SECRET + "!", cookie) is None
    assert read_cookie(SECRET, text) is None
    assert read_cookie(SECRET, cookie + text) in (None, value)  # base64 skips what it does not know


def test_a_cookie_in_half_characters_is_no_cookie() -> None:
    assert read_cookie(SECRET, "\ud800") is None


def test_the_secret_of_the_settings_comes_first_and_makes_no_file(tmp_path: Path) -> None:
    assert load_secret(Settings.from_env({"HUB_DATA": str(tmp_path), "HUB_SECRET": SECRET})) == SECRET
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_made_once_for_the_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, link, modes = Settings(data=tmp_path / "new"), os.link, []

    def noting(source: Path, target: Path) -> None:
        modes.append(source.stat().st_mode & 0o777)
        link(source, target)

    monkeypatch.setattr(os, "link", noting)
    before = os.umask(0)
    try:
        secret = load_secret(settings)
    finally:
        os.umask(before)
    path = tmp_path / "new" / "secret"
    assert len(secret) >= 32
    assert modes == [path.stat().st_mode & 0o777] == [0o600]  # never another, not even for a moment
    assert load_secret(settings) == secret
    assert [file.name for file in path.parent.iterdir()] == ["secret"]
    path.chmod(0o644)
    assert load_secret(settings) == secret
    assert path.stat().st_mode & 0o777 == 0o600


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from hub.raters import load_secret; from hub.settings import Settings\n"
        "folder = Path(sys.argv[1]); print('up', flush=True); sys.stdin.readline()\n"
        "print(load_secret(Settings(data=folder / 'data')))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    secrets = {process.communicate()[0] for process in processes}
    assert len(secrets) == 1
    assert [process.returncode for process in processes] == [0] * 4
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["secret"]


def test_a_process_that_saw_no_file_takes_the_one_that_came_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All threads are held just before the file appears: the worst interleaving there is."""
    barrier, link, found = threading.Barrier(8), os.link, []

    def late(source: Path, target: Path) -> None:
        barrier.wait()
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    threads = [threading.Thread(target=lambda: found.append(load_secret(Settings(data=tmp_path)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 40])
def test_a_damaged_secret_is_told_and_its_content_is_not(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(StorageError, match="HUB_SECRET") as caught:
        load_secret(Settings(data=tmp_path))
    assert "short" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StorageError, match=r"can't be used: .*HUB_SECRET"):
        load_secret(Settings(data=tmp_path / "file"))
