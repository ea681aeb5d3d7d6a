"""Pushing: whatever happens on the way, in the end the data set is what the folder is."""

import logging
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from hub.dataset import Patience, push_shards
from hub.dataset.shard_names import CARD, list_local_shards
from hub.errors import HubError, RemoteError
from hub.huggingface.retry import retry_step
from hub.settings import Settings
from tests.hub.dataset.conftest import DATASET
from tests.hub.dataset.made import fill, published
from tests.hub.dataset.server import HANGS, READER, WRITER, FakeHub

Make = Callable[..., Settings]
LFS = r"^/lfs/.*X-Signature"
COMMIT = r"/commit/"


def test_all_shards_and_the_card_are_there_and_again_changes_nothing(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience
) -> None:
    reported: list[tuple[int, int]] = []
    pushed = push_shards(data, settings_of(data), patience=patience, report=lambda *now: reported.append(now))
    repo = hub.repos[DATASET]
    assert repo.files == published(data)
    assert len(repo.files) == 5
    assert set(pushed.files) == set(repo.files)
    assert not pushed.problems
    assert reported[-1] == (5, 5)
    commits = len(repo.commits)
    assert push_shards(data, settings_of(data), patience=patience).files == ()
    assert len(repo.commits) == commits == 2
    fill(data, "fourth")
    assert len(push_shards(data, settings_of(data), patience=patience).files) == 2
    assert repo.files == published(data)
    assert [commit.title for commit in repo.commits[1:]] == ["Add 4 shards", "Add 2 shards"]


@pytest.mark.parametrize("private", [True, False])
def test_private_is_as_the_settings_say(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience, private: bool
) -> None:
    push_shards(data, settings_of(data, private=private), patience=patience)
    assert hub.repos[DATASET].private is private


def test_nothing_private_goes_to_a_public_data_set(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience
) -> None:
    repo = hub.make(DATASET)
    with pytest.raises(RemoteError, match="is public"):
        push_shards(data, settings_of(data, private=True), patience=patience)
    assert repo.files == {}


def test_the_listing_is_read_to_its_end(hub: FakeHub, data: Path, settings_of: Make, patience: Patience) -> None:
    push_shards(data, settings_of(data), patience=patience)
    hub.page = 2
    assert push_shards(data, settings_of(data), patience=patience).files == ()
    assert hub.count("GET", r"/tree/.*cursor=6") == 1


def test_commits_are_bounded(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = push_shards.__globals__
    monkeypatch.setitem(module, "COMMIT_FILES", 2)
    push_shards(data, settings_of(data), patience=patience)
    assert [commit.title for commit in hub.repos[DATASET].commits[1:]] == ["Add 1 shard", "Add 2 shards", "Add 1 shard"]
    fill(data, "fourth", "fifth")
    monkeypatch.setitem(module, "COMMIT_BYTES", 10)
    push_shards(data, settings_of(data), patience=patience)
    assert [commit.title for commit in hub.repos[DATASET].commits[4:]] == ["Add 1 shard", "Add 1 shard"]
    assert hub.repos[DATASET].files == published(data)


def test_a_changed_card_is_pushed_alone(hub: FakeHub, data: Path, settings_of: Make, patience: Patience) -> None:
    push_shards(data, settings_of(data), patience=patience)
    assert push_shards(data, settings_of(data, consent="You were told."), patience=patience).files == (CARD,)
    assert b"> You were told." in hub.repos[DATASET].files[CARD]
    assert hub.repos[DATASET].head.title == "Update the card"


def test_a_damaged_shard_stays_here_and_is_told(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience
) -> None:
    name, path = next(iter(list_local_shards(data).items()))
    path.write_bytes(path.read_bytes() + b"!")
    pushed = push_shards(data, settings_of(data), patience=patience)
    assert len(pushed.problems) == 1
    assert "its SHA-256 is not its name" in pushed.problems[0]
    assert name not in pushed.files
    assert hub.repos[DATASET].files == {n: c for n, c in published(data).items() if n != name}


def test_a_wrong_file_in_the_data_set_is_mended(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience
) -> None:
    push_shards(data, settings_of(data), patience=patience)
    name = next(iter(list_local_shards(data)))
    hub.repos[DATASET].add("damage", {name: (b"something else", True)})
    assert push_shards(data, settings_of(data), patience=patience).files == (name,)
    assert hub.repos[DATASET].files == published(data)


FAULTS = {
    "busy at the listing": {"kind": "status", "method": "GET", "path": "/tree/", "status": 503, "times": 8},
    "busy at the making": {"kind": "status", "method": "POST", "path": "/repos/create", "status": 502, "times": 2},
    "busy at the check of the card": {"kind": "status", "method": "POST", "path": "/validate-yaml", "status": 502},
    "busy at the preupload": {"kind": "status", "method": "POST", "path": "/preupload/", "status": 500, "times": 8},
    "busy at the batch": {"kind": "status", "method": "POST", "path": "/objects/batch", "status": 504, "times": 8},
    "busy store": {"kind": "status", "method": "PUT", "path": LFS, "status": 500, "times": 8},
    "busy at the commit": {"kind": "status", "method": "POST", "path": COMMIT, "status": 503, "times": 3},
    "too many requests": {"kind": "status", "method": "GET", "path": "/tree/", "status": 429, "times": 3},
    "reset at the listing": {"kind": "reset", "method": "GET", "path": "/tree/", "times": 8},
    "reset at the commit": {"kind": "reset", "method": "POST", "path": COMMIT, "times": 2},
    "upload cut": {"kind": "cut_upload", "method": "PUT", "path": LFS, "after": 4096},
    "upload cut again and again": {"kind": "cut_upload", "method": "PUT", "path": LFS, "after": 4096, "times": 8},
    "commit cut": {"kind": "cut_upload", "method": "POST", "path": COMMIT, "after": 100},
    "upload's answer lost": {"kind": "lost", "method": "PUT", "path": LFS, "times": 3},
    "commit's answer lost": {"kind": "lost", "method": "POST", "path": COMMIT},
    "someone else committed": {"kind": "status", "method": "POST", "path": COMMIT, "status": 412},
    "someone else is committing": {"kind": "status", "method": "POST", "path": COMMIT, "status": 409, "times": 2},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_after_an_outage_the_data_set_is_the_folder(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience, fault: dict[str, object]
) -> None:
    planned: dict[str, object] = {"status": 503, **fault}
    hub.fail(**planned)  # type: ignore[arg-type]
    push_shards(data, settings_of(data), patience=patience)
    assert hub.faults[0].times == 0
    assert hub.repos[DATASET].files == published(data)
    assert [commit.title for commit in hub.repos[DATASET].commits] == ["initial commit", "Add 4 shards"]


def test_a_server_that_is_down_is_told_and_later_gets_all(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience, caplog: pytest.LogCaptureFixture
) -> None:
    hub.stop()
    with caplog.at_level(logging.INFO), pytest.raises(RemoteError, match=r"could not be reached.*try again later"):
        push_shards(data, settings_of(data), patience=patience)
    assert caplog.text.count("Trying again in") == 3
    hub.start()
    hub.fail("reset", "PUT", LFS, first=hub.stop)
    with pytest.raises(RemoteError, match="could not be reached"):
        push_shards(data, settings_of(data), patience=patience)
    assert hub.repos[DATASET].files == {}
    hub.start()
    push_shards(data, settings_of(data), patience=patience)
    assert hub.repos[DATASET].files == published(data)


def test_what_was_uploaded_is_not_uploaded_again(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience
) -> None:
    hub.fail("status", "POST", COMMIT, status=503, times=100)
    with pytest.raises(RemoteError, match="HTTP 503"):
        push_shards(data, settings_of(data), patience=patience)
    assert hub.count("PUT", LFS) == 4
    hub.faults.clear()
    push_shards(data, settings_of(data), patience=patience)
    assert hub.count("PUT", LFS) == 4
    assert hub.repos[DATASET].files == published(data)


def test_a_hanging_server_does_not_hold_a_push_for_ever(
    hub: FakeHub, data: Path, settings_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.dataset.repository.TIME_LIMITS", dict.fromkeys(("connect", "read", "write", "pool"), 0.05))
    hub.fail("hang", "GET", "/tree/", times=100)
    start = time.monotonic()
    with pytest.raises(RemoteError, match="no answer in time"):
        push_shards(data, settings_of(data), patience=Patience(attempts=1))
    assert time.monotonic() - start < HANGS / 2


@pytest.mark.parametrize("headers", [{"Retry-After": "7"}, {"RateLimit": '"api";r=0;t=7'}])
def test_the_hub_is_left_alone_for_as_long_as_it_asks(
    hub: FakeHub,
    data: Path,
    settings_of: Make,
    monkeypatch: pytest.MonkeyPatch,
    naps: list[float],
    headers: dict[str, str],
) -> None:
    pauses: list[float | None] = []
    patience = Patience(first=0.001, longest=0.002)
    monkeypatch.setattr(patience.stopping, "wait", lambda timeout=None: pauses.append(timeout))
    hub.fail("status", "GET", "/tree/", status=429, headers=headers)  # the client's own retry
    hub.fail("status", "POST", COMMIT, status=429, headers=headers)  # ours
    push_shards(data, settings_of(data), patience=patience)
    assert naps == [8.0]
    assert pauses == [7.0]
    assert hub.repos[DATASET].files == published(data)


def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between the attempts of a step that never succeeds."""
    found: list[float] = []
    patience = Patience(attempts=5, first=1.0, longest=60.0)
    monkeypatch.setattr(patience.stopping, "wait", lambda timeout=0.0: found.append(timeout))

    def fail() -> None:
        raise httpx2.ConnectError("away")

    with pytest.raises(RemoteError):
        retry_step(fail, patience, lambda error: RemoteError("away"))
    return found


def test_pauses_grow_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without jitter, hubs that lost the server at one time would come back at one time."""
    one, other = pauses(monkeypatch), pauses(monkeypatch)
    assert len(one) == 4
    assert all(2**n <= pause <= 2**n + 1 for n, pause in enumerate(one))
    assert one != other


@pytest.mark.parametrize("token", ["hf_ForgedTokenThatNobodyMaySee", READER])
@pytest.mark.parametrize("made", [True, False])
def test_a_refused_token_is_not_tried_again_and_says_how_to_mend_it(
    hub: FakeHub,
    data: Path,
    settings_of: Make,
    patience: Patience,
    token: str,
    made: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if made:
        hub.make(DATASET)
    told = r"refused the token for someone/votes \(HTTP 40[13]\)\. Set HF_TOKEN"
    with caplog.at_level(logging.DEBUG), pytest.raises(RemoteError, match=told):
        push_shards(data, settings_of(data, token), patience=patience)
    assert len(hub.seen) <= 4
    assert token not in caplog.text
    assert all(not repo.files for repo in hub.repos.values())


def test_without_a_token_or_a_name_nothing_is_asked(hub: FakeHub, data: Path, settings_of: Make) -> None:
    with pytest.raises(RemoteError, match="set HF_TOKEN"):
        push_shards(data, settings_of(data, None))
    with pytest.raises(HubError, match="set HUB_DATASET"):
        push_shards(data, Settings(data=data))
    assert not hub.seen


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 500])
def test_the_token_is_never_told(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """Not even when the server's answer repeats it."""
    body = f'{{"error": "Bearer {WRITER} is not liked"}}'.encode()
    hub.fail("status", "POST", COMMIT, status=status, body=body, times=99, headers={"X-Error-Message": WRITER})
    with caplog.at_level(logging.INFO), pytest.raises(HubError) as caught:
        push_shards(data, settings_of(data), patience=patience)
    told = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(caught.value.__dict__)
    assert WRITER not in told
    assert caught.value.__context__ is None
    assert WRITER.encode() not in b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    storage = [seen for seen in hub.seen if seen.path.startswith(("/lfs/", "/cdn/")) and seen.method == "PUT"]
    assert storage
    assert all(seen.authorization is None for seen in storage)


def test_two_hubs_do_not_lose_one_anothers_shards(
    hub: FakeHub, tmp_path: Path, settings_of: Make, patience: Patience
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    fill(one, "of one")
    fill(other, "of the other")
    hub.make(DATASET)

    def meanwhile() -> None:
        threading.Thread(target=push_shards, args=(other, settings_of(other)), kwargs={"patience": patience}).start()
        while len(hub.repos[DATASET].commits) < 2:
            time.sleep(0.01)

    hub.fail("status", "POST", COMMIT, status=412, first=meanwhile)
    push_shards(one, settings_of(one), patience=patience)
    both = {name: path.read_bytes() for folder in (one, other) for name, path in list_local_shards(folder).items()}
    assert len(both) == 4
    assert {name: content for name, content in hub.repos[DATASET].files.items() if name != CARD} == both


def test_pushes_at_one_time_agree(hub: FakeHub, tmp_path: Path, settings_of: Make, patience: Patience) -> None:
    folders = [tmp_path / str(number) for number in range(4)]
    for folder in folders:
        fill(folder, f"vote of {folder.name}")
    threads = [
        threading.Thread(target=push_shards, args=(folder, settings_of(folder)), kwargs={"patience": patience})
        for folder in folders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {name: path.read_bytes() for folder in folders for name, path in list_local_shards(folder).items()}
    assert {name: content for name, content in hub.repos[DATASET].files.items() if name != CARD} == expected


def test_a_hub_that_takes_files_and_forgets_them_is_told(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = hub.make(DATASET)
    monkeypatch.setattr(repo, "add", lambda title, files: None)
    with pytest.raises(RemoteError, match="does not list it"):
        push_shards(data, settings_of(data), patience=patience)
