"""Shared by the tests of configured generators: a registry that forgets, and one small pipeline of each family."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import torch

from hub.generators import GENERATORS, Generator, register_file
from tests.hub.generators import made

Add = Callable[[str], Generator]


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads wait longer for one another than so small a model takes."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """Take the entries that a test registers away again."""
    before = {generator.name for generator in GENERATORS}
    yield
    for name in {generator.name for generator in GENERATORS} - before:
        del GENERATORS._items[name]


@pytest.fixture
def add(tmp_path: Path) -> Add:
    """Registers one entry by its line."""

    def added(line: str) -> Generator:
        file = tmp_path / "models.toml"
        file.write_text(line)
        (name,) = register_file(file)
        return GENERATORS[name]

    return added


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Folder of the small pipeline of a family, written once."""
    root = tmp_path_factory.mktemp("pipelines")
    return cache(lambda family: made.WRITERS[family](root / family))
