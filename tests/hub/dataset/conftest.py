"""A Hub on loopback, settings that point to it, and data folders with votes."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from hub.dataset import Patience
from hub.settings import Settings
from tests.hub.dataset.made import fill
from tests.hub.dataset.server import WRITER, FakeHub

DATASET = "someone/votes"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """The Hub that the client talks to."""
    with FakeHub() as server:
        monkeypatch.setattr("hub.dataset.repository.ENDPOINT", server.url)
        yield server


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses of the client's own retries, which are not slept."""
    slept: list[float] = []
    clock = SimpleNamespace(sleep=slept.append)
    monkeypatch.setattr("huggingface_hub.utils._http.time", clock)
    monkeypatch.setattr("huggingface_hub.file_download.time", clock)
    return slept


@pytest.fixture
def patience() -> Patience:
    """Many attempts, and no time between them."""
    return Patience(attempts=4, first=0.001, longest=0.002)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that is copied and never changed."""
    folder = tmp_path_factory.mktemp("filled")
    fill(folder, "first", "second")
    fill(folder, "third")
    return folder


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    """A data folder with three votes, in two shards of votes."""
    return shutil.copytree(filled, tmp_path / "data")


@pytest.fixture
def settings_of() -> Callable[..., Settings]:
    """Settings with the data set, a token that may write, and this folder."""

    def make(data: Path, token: str | None = WRITER, **more: Any) -> Settings:
        secret = SecretStr(token) if token else None
        return Settings(data=data, dataset=DATASET, token=secret, **more)

    return make
