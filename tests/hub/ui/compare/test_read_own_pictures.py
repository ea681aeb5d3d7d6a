"""A visitor's own pictures, read as eval.score reads them: what is known, what is kept, what is left out and why."""

import io
import json
import struct
import tempfile
import zlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from eval.picture_records.picture_set import read_picture_set
from hub.errors import DataError, ModerationError, PictureError, PromptError
from hub.language.catalogue import ENGLISH, language
from hub.moderation import Moderation
from hub.ui.compare import MOST_PICTURES
from hub.ui.compare import read_own_pictures as reading
from hub.ui.compare.added_pictures import OwnBatch, OwnSet
from hub.ui.compare.own_report import render_report
from hub.ui.compare.picture_archive import LeftOutFile
from hub.ui.compare.read_own_pictures import read_own_pictures
from hub.ui.studio.upload_door import HELD_BACK
from hub.uploads import normalise_picture
from tests.eval.picture_records.made_pictures import comfy_folder, webui_folder
from tests.hub.ui.compare.own_given import FREE, png, set_of, webui, zipped


def read(files: dict[str, bytes], moderation: Moderation = FREE) -> OwnBatch:
    """What is read of these files."""
    return read_own_pictures(zipped(files), moderation)


def why(batch: OwnBatch) -> dict[str, str]:
    """Why files are left out."""
    return {one.name: one.why for one in batch.left_out}


@pytest.mark.parametrize("make", [webui_folder, comfy_folder])
def test_what_is_known_is_what_eval_score_reads_of_the_folder(tmp_path: Path, make: Any) -> None:
    folder = make(tmp_path / "given")
    batch, scored = read_own_pictures(set_of(folder), FREE), read_picture_set(str(folder))
    told = {one.name: (one.prompt, one.seed, one.generator) for one in batch.pictures}
    assert told == {name: (one.prompt, one.seed, one.generator) for name, one in scored.merged.records.items()}
    assert len(told) == 12
    assert f"{scored.merged.origins['prompt'].total()} pictures of one generator" in batch.said
    assert batch.said.endswith(f"from the pictures' own text ({'A1111' if make is webui_folder else 'ComfyUI'}).")


def test_lists_and_texts_are_believed_in_eval_scores_order_and_what_disagrees_is_told() -> None:
    table = b"file_name,prompt,seed,model\na.png,a red cat,1,one\nb.png,a red cat,1,two\ngone.png,x,2,one\n"
    batch = read({"metadata.csv": table, "a.png": webui(0, "a blue cat", 1), "b.png": png(1), "grid.png": png(2)})
    assert [(one.name, one.prompt, one.seed, one.generator) for one in batch.pictures] == [
        ("a.png", "a red cat", 1, "one"), ("b.png", "a red cat", 1, "two"), ("grid.png", None, None, "")]  # fmt: skip
    assert (
        batch.said == "Read 3 pictures of 2 generators (one and two): prompts, seeds and generators from metadata.csv."
    )
    assert "'a red cat'" in batch.differences[0]
    assert "'a blue cat'" in batch.differences[0]
    assert batch.pictures[2].lack == "metadata.csv does not name it"
    assert batch.lost == (LeftOutFile("gone.png", "metadata.csv names it, but there is no such picture"),)


def test_pictures_become_plain_and_those_that_can_not_be_are_left_out_with_the_reason() -> None:
    good, huge = png(0, parameters="secret\nSteps: 1, Seed: 3"), b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)), (b"IEND", b"")):
        huge += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    files = {"good.png": good, "huge.png": huge, "torn.png": good[:-40], "page.png": b"<script>alert(1)</script>"}
    batch = read(files | {f"{one.removesuffix('.png')}.txt": b"a cat" for one in files})
    assert [one.png for one in batch.pictures] == [normalise_picture(good)]
    assert b"secret" not in batch.pictures[0].png
    assert why(batch)["huge.png"].startswith("The picture has more than 25 million pixels")
    assert why(batch)["torn.png"].startswith("This picture is damaged")
    assert why(batch)["page.png"].startswith("This file is no picture that can be read")
    assert ENGLISH.tell(batch.said).startswith("Read 1 picture")


def test_pictures_of_which_none_can_be_used_are_refused_and_nothing_is_said_to_be_read() -> None:
    with pytest.raises(PictureError, match=r"None of these pictures can be used\. a\.png: This file is no picture"):
        read({"a.png": b"<script>", "b.png": b""})


def test_what_filters_or_the_rules_of_prompts_refuse_is_left_out_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Prudish(Moderation):
        def check_prompt(self, text: str) -> None:
            if "bad" in text:
                raise PromptError("The prompt has a word that is not drawn here: choose another.")

        def check_image(self, png: bytes) -> None:
            if Image.open(io.BytesIO(png)).getpixel((0, 0)) == (0, 0, 0):
                raise ModerationError("no")

    buffer = io.BytesIO()
    Image.new("RGB", (9, 9)).save(buffer, "png")
    texts = {"a": b"a cat", "b": b"a bad cat", "c": b"x" * 501, "d": b"a black cat"}
    files = {f"{name}.txt": text for name, text in texts.items()}
    files |= {"a.png": png(1), "b.png": png(2), "c.png": png(3), "d.png": buffer.getvalue()}
    batch = read(files, Prudish(("none",)))
    assert [one.name for one in batch.pictures] == ["a.png"]
    assert why(batch)["b.png"] == "The prompt has a word that is not drawn here: choose another."
    assert why(batch)["c.png"].startswith("The prompt has 501 characters")
    assert why(batch)["d.png"] == HELD_BACK


def test_of_many_the_first_of_each_prompt_and_generator_are_kept_and_the_others_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [
        {"file_name": f"{n:03}.png", "prompt": f"cat {n // 25}", "seed": n, "model": "ab"[n % 2]} for n in range(100)
    ]
    files = {f"{n:03}.png": png(n) for n in range(100)}
    table = "\n".join(json.dumps(one) for one in lines).encode()
    batch = read({"metadata.jsonl": table, **files})
    assert len(batch.pictures) == MOST_PICTURES
    counts = {(prompt, model): sum((one.prompt, one.generator) == (prompt, model) for one in batch.pictures)
              for prompt in ("cat 0", "cat 3") for model in "ab"}  # fmt: skip
    assert set(counts.values()) <= {7, 8}
    assert len({one.name for one in batch.pictures} | {*batch.over}) == 100
    assert {"000.png", "001.png", "025.png", "026.png", "075.png", "076.png"} <= {one.name for one in batch.pictures}
    monkeypatch.setattr(reading, "MOST_OF_PAGE", 3 * len(batch.pictures[0].png) + 1000)
    assert 2 <= len(read({"metadata.jsonl": table, **files}).pictures) <= 4


def test_a_list_with_a_fault_is_one_sentence_that_names_no_path_of_this_machine() -> None:
    with pytest.raises(DataError) as told:
        read({"a.png": png(), "metadata.csv": b"file_name,prompt,seed\na.png,a cat,three\n"})
    assert str(told.value) == (
        "metadata.csv, line 2: seed is 'three', which is no whole number of 64 bits. Mend it there."
    )
    with pytest.raises(DataError, match=r"^the folder has both metadata.csv and metadata.jsonl"):
        read({"a.png": png(), "metadata.csv": b"file_name,prompt\na.png,x\n", "metadata.jsonl": b"{}"})
    with pytest.raises(DataError) as told:
        read({"a.png": png(), "manifest.jsonl": b'{"file": "a.png"}\n'})
    assert tempfile.gettempdir() not in str(told.value)


def test_a_parquet_list_is_read_and_one_that_unpacks_to_far_more_is_refused() -> None:
    def table(rows: dict[str, list[object]], **how: Any) -> bytes:
        buffer = io.BytesIO()
        pq.write_table(pa.table(rows), buffer, **how)
        return buffer.getvalue()

    rows: dict[str, list[object]] = {"file_name": ["a.png"], "prompt": ["a cat"], "seed": [2**40]}
    batch = read({"a.png": png(), "metadata.parquet": table(rows)})
    assert [(one.prompt, one.seed) for one in batch.pictures] == [("a cat", 2**40)]
    for bomb in (
        table({"file_name": ["x"] * 20_000, "prompt": ["y"] * 20_000}),
        table({"file_name": ["a.png"], "prompt": ["y" * 10**6]}, compression="zstd"),
    ):
        assert len(bomb) < 100_000
        with pytest.raises(DataError, match=r"^metadata.parquet has more than 10,000 rows or is packed by other than"):
            read({"a.png": png(), "metadata.parquet": bomb})
    with pytest.raises(DataError, match=r"^metadata.parquet can't be read as Parquet"):
        read({"a.png": png(), "metadata.parquet": b"PAR1 no PAR1"})


def test_nothing_stays_on_the_disk_whatever_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    read({"a.png": webui(0, "a cat", 1)})
    for bad in (b"no zip", zipped({"notes.md": b"x"}), zipped({"a.png": png(), "metadata.csv": b"a,b\n1\n"})):
        with pytest.raises((PictureError, DataError)):
            read_own_pictures(bad, FREE)
    assert list(tmp_path.iterdir()) == []


def test_no_picture_among_the_files_is_told_with_what_was_there() -> None:
    with pytest.raises(PictureError, match=r"There is no picture among these files.*notes.md: it is no picture"):
        read({"notes.md": b"x"})


@pytest.mark.parametrize("code", ["en", "ja"])
def test_no_name_or_text_that_comes_with_pictures_is_markup_in_what_is_told(code: str) -> None:
    mark = "<b>x"
    line = {"file_name": f"{mark}.png", "prompt": mark, "generator": mark}
    lists = [line, {"file_name": f"{mark}2.png", "prompt": mark}, {"file_name": f"{mark}3.png"}]
    files = {f"{mark}.png": png(), f"{mark}3.png": png(1), f"{mark}.md": b"x"}
    packed = zipped(files | {"metadata.jsonl": "\n".join(map(json.dumps, lists)).encode()})
    found = OwnSet().add(read_own_pictures(packed, FREE), mark)
    told = render_report(found, lambda one: "picture/1", language(code))
    assert (told.count("&lt;b&gt;x"), "<b>" in told) == (4, False)
