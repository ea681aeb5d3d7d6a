"""A pack of a few drawn pictures in the real form, with random text embeddings."""

from pathlib import Path

import datasets
import pytest

from hub.methods.data.pack import write_pack
from hub.progress import track_items
from tests.hub.methods.made import fake_encoder, made_rows


@pytest.fixture(scope="session")
def rows() -> datasets.Dataset:
    """See :func:`made_rows`."""
    return made_rows()


@pytest.fixture(scope="session")
def pack(rows: datasets.Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pictures as a pack."""
    path = tmp_path_factory.mktemp("pack") / "pack.safetensors"
    write_pack(rows, path, fake_encoder, track_items)
    return path
