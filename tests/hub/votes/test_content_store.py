"""Pictures and setups: stored once under their digest, whole or not at all, and never handed out damaged."""

import errno
import hashlib
import os
import threading
from pathlib import Path

import pytest

from hub.errors import MissingFile, StorageError
from hub.votes import ContentStore, VoteLog
from hub.votes.disk import PartialFile
from tests.hub.votes.made import DIGEST, PNG, SETUP, setup


def files(data: Path) -> list[Path]:
    """All the files below a folder."""
    return [path for path in data.rglob("*") if path.is_file()]


def test_pictures_are_stored_once_under_their_digest(tmp_path: Path) -> None:
    store = ContentStore(tmp_path)
    threads = [threading.Thread(target=store.write_image, args=(b"a picture",)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    digest = hashlib.sha256(b"a picture").hexdigest()
    assert files(tmp_path) == [tmp_path / "images" / digest[:2] / f"{digest}.png"]
    assert store.image(digest) == files(tmp_path)[0]
    assert store.read_image(digest) == b"a picture"


def test_setups_come_back_as_they_were(tmp_path: Path) -> None:
    store = ContentStore(tmp_path)
    other = setup(scheduler="DDIM", guidance_scale=7.5, steps=50, libraries={"b": "1", "a": "2"})
    assert store.write_setup(setup()) == SETUP
    assert store.read_setup(SETUP) == setup()
    assert store.read_setup(store.write_setup(other)) == other
    assert set(files(tmp_path)) == {store.setup(SETUP), store.setup(other.digest)}


def test_what_is_missing_or_damaged_is_said_and_written_again(tmp_path: Path) -> None:
    store = ContentStore(tmp_path)
    for read in (store.read_image, store.read_setup):
        with pytest.raises(MissingFile, match=r"can't be read .*hub\.dataset pull"):
            read("0" * 64)
    store.write_image(PNG)
    store.write_setup(setup())
    store.image(DIGEST).write_bytes(PNG[:-1])
    with pytest.raises(MissingFile, match="damaged"):
        store.read_image(DIGEST)
    for text in ("{", setup(steps=2).model_dump_json()):
        store.setup(SETUP).write_text(text)
        with pytest.raises(MissingFile, match="damaged"):
            store.read_setup(SETUP)
    store.write_image(PNG)
    store.write_setup(setup())
    assert store.read_image(DIGEST) == PNG
    assert store.read_setup(SETUP) == setup()


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_picture_that_does_not_fit_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    ContentStore(tmp_path).write_setup(setup())  # the folders are there

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(StorageError, match=r"The picture was not saved: the disk is full"):
            ContentStore(tmp_path).write_image(PNG)
    assert files(tmp_path) == [ContentStore(tmp_path).setup(SETUP)]


def test_parts_of_dead_processes_are_swept_and_those_of_the_living_are_not(tmp_path: Path) -> None:
    from_dead = tmp_path / ".parts" / "dead"
    from_dead.parent.mkdir()
    from_dead.write_bytes(b"half")
    with PartialFile(tmp_path) as part:
        VoteLog(tmp_path).close()
        assert part.path.exists()
        assert not from_dead.exists()
        part.write(b"whole")
        part.place(tmp_path / "file")
    assert files(tmp_path) == [tmp_path / "file"]
