"""A Hub with Spaces on loopback, and a small repository to push."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.dataset import Patience
from tests.hub.dataset.conftest import naps
from tests.hub.space.server import ROUTES, SpaceHub

__all__ = ["naps"]
SPACE = "someone/arena"
CLONE = pytest.mark.skipif(not (Path(__file__).parents[3] / ".git").exists(), reason="this is no clone of git")
README = """---
title: Arena
emoji: 🖼️
colorFrom: indigo
colorTo: pink
sdk: gradio
sdk_version: 6.31.0
python_version: "3.11"
app_file: app.py
hf_oauth: true
suggested_hardware: cpu-basic
license: apache-2.0
short_description: Battles
---
![A picture](tests/shown.png)
"""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[SpaceHub]:
    """The Hub that the client talks to."""
    monkeypatch.setattr("tests.hub.dataset.server.ROUTES", ROUTES)
    server = SpaceHub()
    with server:
        monkeypatch.setattr("hub.dataset.repository.ENDPOINT", server.url)
        yield server


@pytest.fixture
def patience() -> Patience:
    """Many attempts, and no time between them."""
    return Patience(attempts=4, first=0.001, longest=0.002)


def git(root: Path, *arguments: str) -> None:
    """Run git as somebody."""
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)  # noqa: S607


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A committed repository."""
    root = tmp_path / "repo"
    files = {
        "README.md": README.encode(),
        "app.py": b"print('hello')\n",
        "requirements.txt": b"# pinned\ngradio==6.31.0\n",
        "hub/model.safetensors": b"weights" * 1000,
        "tests/test_app.py": b"assert True\n",
        "tests/shown.png": b"\x89PNG",
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    (root / "untracked").write_text("not to be sent")
    return root
