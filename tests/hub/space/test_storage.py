"""A Space's persistent storage: the data folder is on it where it is mounted."""

from pathlib import Path

import pytest

from hub import settings
from hub.settings import Settings


@pytest.mark.parametrize(
    ("environ", "mounted", "data"),
    [
        ({"SPACE_ID": "someone/arena"}, True, "storage/vernissage"),
        ({"SPACE_ID": "someone/arena"}, False, "data"),
        ({}, True, "data"),
        ({"SPACE_ID": "someone/arena", "HUB_DATA": "elsewhere"}, True, "elsewhere"),
        ({"SPACE_ID": "someone/arena", "HUB_DATA": ""}, True, "storage/vernissage"),
    ],
)
def test_the_data_folder_is_on_the_storage_of_a_space(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], mounted: bool, data: str
) -> None:
    monkeypatch.setattr(settings, "STORAGE", Path("storage"))
    monkeypatch.setattr(Path, "is_mount", lambda path: mounted and path == Path("storage"))
    assert Settings.from_env(environ).data == Path(data)
