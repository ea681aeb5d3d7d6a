"""A ZIP as anybody can have made it: what is written, what is left out and why, and what is refused whole."""

import io
import zipfile
from pathlib import Path

import pytest

from hub.errors import PictureError
from hub.ui.compare import picture_archive
from hub.ui.compare.picture_archive import (
    DAMAGED,
    LINK,
    LOCKED,
    MOST_ENTRIES,
    NO_KIND,
    OUTSIDE,
    TWICE,
    unpack_archive,
)
from tests.hub.ui.compare.own_given import linked, png, zipped


def written(folder: Path) -> set[str]:
    """The files of a folder, wherever in it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def left_out(content: bytes, folder: Path) -> dict[str, str]:
    """Why each file that is not used is left out."""
    folder.mkdir()
    return {one.name: one.why for one in unpack_archive(content, folder)}


def test_pictures_lists_and_texts_are_written_and_what_systems_add_is_passed_over(tmp_path: Path) -> None:
    kept = ("a/1.png", "a/1.txt", "2.JPG", "metadata.csv", "b/manifest.jsonl")
    added = ("__MACOSX/a/._1.png", ".DS_Store", "a/.hidden.png", "Thumbs.db")
    others = ("a/notes.md", "inner.zip", "model.safetensors", "metadata.json")
    files = dict.fromkeys((*kept, *added, *others), b"x")
    assert left_out(zipped(files), tmp_path / "out") == dict.fromkeys(others, NO_KIND)
    assert written(tmp_path) == {f"out/{name}" for name in kept}


@pytest.mark.parametrize(
    "name",
    ["../1.png", "a/../../1.png", "/etc/1.png", "..\\1.png", "C:\\1.png", "a//1.png", "a/./1.png", "a\n1.png",
     "a\u20281.png", "a/b/c/d/e/f/g/h/1.png", f"{'x' * 300}.png", "..", "..."],
)  # fmt: skip
def test_no_path_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    found = left_out(zipped({name: b"x", "good.png": b"x"}), tmp_path / "out")
    assert [*found.values()] in ([OUTSIDE], [NO_KIND])
    assert written(tmp_path) == {"out/good.png"}


def test_links_are_not_made(tmp_path: Path) -> None:
    content = linked("link.png", "/etc/passwd", {"good.png": b"x"})
    assert left_out(content, tmp_path / "out") == {"link.png": LINK}
    assert written(tmp_path) == {"out/good.png"}


def test_what_unpacks_to_too_much_is_refused_before_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = zipped({"1.png": b"\0" * (25 << 20), "metadata.csv": b"\0" * (5 << 20), "2.png": b"x"})
    assert len(bomb) < 40_000
    found = left_out(bomb, tmp_path / "out")
    assert found == {"1.png": "it is larger than 25,165,824 bytes", "metadata.csv": "it is larger than 4,194,304 bytes"}
    assert written(tmp_path) == {"out/2.png"}
    monkeypatch.setattr(picture_archive, "MOST_UNPACKED", 3000)
    with pytest.raises(PictureError, match="unpacks to more than"):
        left_out(zipped({f"{number}.png": b"\0" * 2000 for number in range(2)}), tmp_path / "other")


def test_the_size_that_a_head_tells_is_not_believed(tmp_path: Path) -> None:
    content = bytearray(zipped({"1.png": b"\0" * (25 << 20)}))
    at = content.index(b"PK\1\2")
    content[at + 24 : at + 28] = (5).to_bytes(4, "little")
    assert [*left_out(bytes(content), tmp_path / "out")] == ["1.png"]
    assert written(tmp_path) == set()


def test_what_is_left_out_uses_up_the_room_too_so_that_no_zip_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, read = list[int](), zipfile.ZipExtFile.read

    def count(file: zipfile.ZipExtFile, size: int | None = -1) -> bytes:
        taken.append(len(piece := read(file, size)))
        return piece

    monkeypatch.setattr(zipfile.ZipExtFile, "read", count)
    assert [*left_out(zipped({"a.txt": b"\0" * (20 << 20)}), tmp_path / "large")] == ["a.txt"]
    assert sum(taken) == 0
    monkeypatch.setattr(picture_archive, "MOST_UNPACKED", 3 << 20)
    content = bytearray(zipped({f"{number}.png": b"\0" * (1 << 20) for number in range(20)}))
    for at in [at for at in range(len(content)) if content.startswith(b"PK\1\2", at)]:
        content[at + 16] ^= 1  # of the sum that its bytes should have
    with pytest.raises(PictureError, match="unpacks to more than"):
        left_out(bytes(content), tmp_path / "damaged")
    assert sum(taken) < 5 << 20


@pytest.mark.parametrize(
    "name",
    ["Screenshot at 9.41.00\u202fAM.png", "my\u3000cat/1\u00a0.png", "a: cat.png", "\U0001f469\u200d\U0001f3a8.png"],
)
def test_names_with_any_blank_or_emoji_are_names(tmp_path: Path, name: str) -> None:
    assert left_out(zipped({name: b"x"}), tmp_path / "out") == {}
    assert written(tmp_path) == {f"out/{name}"}


def test_ten_thousand_entries_are_refused_before_their_list_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = zipped({f"{number}.png": b"" for number in range(10_000)}, zipfile.ZIP_STORED)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(PictureError, match=f"more than {MOST_ENTRIES:,} files"):
        unpack_archive(content, tmp_path)


def test_a_name_that_comes_twice_in_either_spelling_and_a_file_in_place_of_a_folder_are_left_out(
    tmp_path: Path,
) -> None:
    buffer = io.BytesIO()
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(buffer, "w") as packed:
        for name in ("1.png", "1.png", "caf\u00e9.png", "cafe\u0301.png", "a.png", "a.png/b.png"):
            packed.writestr(name, name)
    found = left_out(buffer.getvalue(), tmp_path / "out")
    assert found == dict.fromkeys(("1.png", "cafe\u0301.png", "a.png/b.png"), TWICE)


def test_what_is_locked_damaged_or_packed_otherwise_is_left_out(tmp_path: Path) -> None:
    content = bytearray(zipped({"1.png": png(), "2.png": png(1)}, zipfile.ZIP_STORED))
    at = content.index(b"PK\1\2")
    content[at + 8] |= 1
    assert left_out(bytes(content), tmp_path / "locked") == {"1.png": LOCKED}
    content = bytearray(zipped({"1.png": png(), "2.png": png(1)}, zipfile.ZIP_STORED))
    content[60] ^= 255
    assert left_out(bytes(content), tmp_path / "damaged") == {"1.png": DAMAGED}
    assert left_out(zipped({"1.png": png()}, zipfile.ZIP_LZMA), tmp_path / "lzma") == {"1.png": DAMAGED}


@pytest.mark.parametrize("content", [b"", b"no zip", png(), zipped({"1.png": png()})[:-30]])
def test_what_is_no_zip_is_told(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(PictureError, match="This is no ZIP"):
        unpack_archive(content, tmp_path)
