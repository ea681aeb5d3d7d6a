"""Pushing a Space: whatever happens on the way, in the end it is what git tracks."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from hub.dataset import Patience
from hub.errors import HubError, RemoteError
from hub.space.tracked_files import list_tracked
from hub.space.upload import Uploaded, push_space
from tests.hub.dataset.server import READER, WRITER
from tests.hub.space.conftest import CLONE, SPACE, git
from tests.hub.space.server import SpaceHub

ROOT = Path(__file__).parents[3]
TOKEN = SecretStr(WRITER)


def sent(hub: SpaceHub) -> dict[str, bytes]:
    """The Space's files, but for the Hub's own."""
    return hub.repos[SPACE].files


def whole(repo: Path, *without: str) -> dict[str, bytes]:
    """What the Space should be."""
    names = ("README.md", "app.py", "requirements.txt", "hub/model.safetensors", "tests/shown.png")
    return {name: (repo / name).read_bytes() for name in names if name not in without}


def test_a_space_is_made_of_what_git_tracks(hub: SpaceHub, repo: Path, patience: Patience) -> None:
    reported: list[tuple[int, int]] = []
    pushed = push_space(
        SPACE, list_tracked(repo), TOKEN, private=True, patience=patience, report=lambda *now: reported.append(now)
    )
    assert sent(hub) == whole(repo)
    assert set(pushed.sent) == set(sent(hub))
    assert (pushed.gone, pushed.url) == ((), f"{hub.url}/spaces/{SPACE}")
    assert hub.repos[SPACE].private
    assert hub.states[SPACE].sdk == "gradio"
    assert hub.repos[SPACE].head.files["hub/model.safetensors"][1], "weights are kept apart"
    assert reported[-1] == (5, 5)
    assert [commit.title.partition(" ")[0] for commit in hub.repos[SPACE].commits] == ["initial", "Deploy"]


def test_again_sends_what_differs_and_deletes_what_is_gone(hub: SpaceHub, repo: Path, patience: Patience) -> None:
    push_space(SPACE, list_tracked(repo), TOKEN, patience=patience)
    assert push_space(SPACE, list_tracked(repo), TOKEN, patience=patience) == Uploaded(
        f"{hub.url}/spaces/{SPACE}", False, (), ()
    )
    (repo / "app.py").write_text("print('bye')\n")
    git(repo, "rm", "-q", "hub/model.safetensors")
    pushed = push_space(SPACE, list_tracked(repo), TOKEN, patience=patience)
    assert (pushed.sent, pushed.gone) == (("app.py",), ("hub/model.safetensors",))
    assert sent(hub) == whole(repo, "hub/model.safetensors")
    assert ".gitattributes" in hub.repos[SPACE].head.files
    assert len(hub.repos[SPACE].commits) == 3
    assert hub.repos[SPACE].head.title.endswith("changed since")


def test_tests_are_sent_when_asked_for(hub: SpaceHub, repo: Path, patience: Patience) -> None:
    push_space(SPACE, list_tracked(repo, tests=True), TOKEN, patience=patience)
    assert sent(hub) == whole(repo) | {"tests/test_app.py": b"assert True\n"}


@pytest.mark.parametrize(
    ("kind", "method", "path"),
    [
        ("status", "POST", "/commit/"),
        ("lost", "POST", "/commit/"),
        ("reset", "GET", "/tree/"),
        ("cut_upload", "PUT", "^/lfs/"),
        ("lost", "POST", "/api/repos/create"),
    ],
)
def test_faults_on_the_way_are_made_good(
    hub: SpaceHub, repo: Path, patience: Patience, kind: str, method: str, path: str
) -> None:
    if path == "/tree/":
        hub.space(SPACE)
    hub.fail(kind, method, path)  # type: ignore[arg-type]
    pushed = push_space(SPACE, list_tracked(repo), TOKEN, patience=patience)
    assert sent(hub) == whole(repo)
    assert len(pushed.sent) == 5
    assert len(hub.repos[SPACE].commits) == 2


def test_what_was_uploaded_before_a_cut_is_not_uploaded_again(hub: SpaceHub, repo: Path) -> None:
    hub.fail("status", "POST", "/commit/", times=100)
    with pytest.raises(RemoteError, match=r"could not serve someone/arena \(HTTP 503\)"):
        push_space(SPACE, list_tracked(repo), TOKEN, patience=Patience(attempts=1))
    hub.faults.clear()
    push_space(SPACE, list_tracked(repo), TOKEN, patience=Patience(attempts=1))
    assert sent(hub) == whole(repo)
    assert hub.count("PUT", "^/lfs/") == 1


def test_a_dry_run_sends_nothing(hub: SpaceHub, repo: Path, patience: Patience) -> None:
    pushed = push_space(SPACE, list_tracked(repo), None, dry_run=True, patience=patience)
    assert (len(pushed.sent), pushed.gone, hub.repos) == (5, (), {})
    hub.space(SPACE)
    hub.repos[SPACE].add("old", {"old.py": (b"", False)})
    assert push_space(SPACE, list_tracked(repo), TOKEN, dry_run=True, patience=patience).gone == ("old.py",)
    assert all(seen.method == "GET" for seen in hub.seen)


@pytest.mark.parametrize(
    ("token", "message"), [(None, "set HF_TOKEN"), (READER, "write access to that Space"), ("hf_x", "HTTP 401")]
)
def test_a_token_that_may_not_write_is_told(
    hub: SpaceHub, repo: Path, patience: Patience, token: str | None, message: str
) -> None:
    hub.space(SPACE)
    with pytest.raises(RemoteError, match=message) as caught:
        push_space(SPACE, list_tracked(repo), SecretStr(token) if token else None, patience=patience)
    assert (token or "no token") not in str(caught.value)
    assert sent(hub) == {}


def test_what_is_no_repository_or_not_whole_is_told(repo: Path, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="run this in a clone"):
        list_tracked(tmp_path)
    (repo / "app.py").unlink()
    with pytest.raises(HubError, match=r"app\.py is tracked by git and not there"):
        list_tracked(repo)


@CLONE
def test_the_command_of_this_repository(hub: SpaceHub) -> None:
    env = {"PATH": "/usr/bin:/bin", "HF_ENDPOINT": hub.url, "HF_TOKEN": WRITER, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "hub.space", "push", SPACE, "--dry-run"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert {"+ app.py", "+ README.md", "+ requirements.txt", "+ hub/ui/page.py"} <= set(lines)
    assert not [line for line in lines if line.endswith("test_push.py")]
    assert f"{hub.url}/spaces/{SPACE}: " in done.stderr
    refused = subprocess.run([*command[:-2], "nowhere"], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stderr) == (2, "'nowhere' is no Space's name: write it as owner/name.\n")
