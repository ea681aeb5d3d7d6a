"""Sets of pictures of anyone's: metadata files, names, text files, columns; their order, and what is said of faults."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eval.picture_records.picture_record import PictureRecord
from eval.picture_records.picture_set import AskedRecords, PictureSet, read_picture_set
from hub.errors import DataError
from tests.eval.picture_records import made_pictures
from tests.eval.picture_records.made_pictures import PROMPTS, comfy_graph, save, webui_text

Rows = list[dict[str, Any]]
ROWS: Rows = [
    {"file_name": f"{name}/{n}.png", "text": f"prompt {n}", "seed": n, "model": name} for name in "ab" for n in range(3)
]


def read(folder: Path, **asked: str) -> dict[str, tuple[str | None, int | None, str | None]]:
    """Prompt, seed and generator of every picture that has a prompt."""
    found = read_picture_set(str(folder), AskedRecords(**asked)).merged.records
    return {name: (record.prompt, record.seed, record.generator) for name, record in found.items()}


def write(folder: Path, ending: str, rows: Rows) -> Path:
    """A folder of the rows' pictures with a metadata file of this kind."""
    for number, row in enumerate(rows):
        save(folder / row["file_name"], number)
    path = folder / f"metadata{ending}"
    if ending == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif ending == ".jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    else:
        lines = [",".join(rows[0]), *(",".join("" if v is None else str(v) for v in row.values()) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return folder


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_a_metadata_file_of_every_kind_says_prompt_seed_and_generator(ending: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "x", ending, ROWS)
    assert read(folder) == {row["file_name"]: (row["text"], row["seed"], row["model"]) for row in ROWS}
    said = "6 pictures of 2 generators (a, b): prompts, seeds and generators from metadata" + ending
    assert read_picture_set(str(folder)).describe() == said


def test_a_metadata_file_in_a_folder_below_names_the_pictures_there(tmp_path: Path) -> None:
    for name in "ab":
        write(tmp_path / "x" / name, ".jsonl", [{"file_name": "0.png", "caption": name, "seed": None}])
    assert read(tmp_path / "x") == {"a/0.png": ("a", None, None), "b/0.png": ("b", None, None)}


def test_another_column_is_the_prompts_where_it_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", ".csv", [{"file_name": "0.png", "prompt": "a", "title": "b"}])
    assert read(folder, prompt_column="title") == {"0.png": ("b", None, None)}
    with pytest.raises(DataError, match=r"has no nobody \(its fields are file_name, prompt, title\); --prompt-column"):
        read(folder, prompt_column="nobody")


def content(*lines: str) -> Callable[[Path], object]:
    """Writes a metadata.jsonl of these lines."""
    return lambda folder: (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n")


def table(text: str | bytes) -> Callable[[Path], object]:
    """Writes a metadata.csv."""
    written = text if isinstance(text, bytes) else text.encode()
    return lambda folder: (folder / "metadata.csv").write_bytes(written)


def broken_table(folder: Path) -> None:
    """Writes a metadata.parquet that is none."""
    (folder / "metadata.parquet").write_bytes(b"x")


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (content('{"prompt": "a"}'), "metadata.jsonl has no file_name or file (its fields are prompt): add it."),
        (content('{"file_name": "0.png"}'), "has no prompt or text or caption (its fields are file_name)"),
        (content('{"file_name": "0.png", "prompt": "a"}', "{"), "metadata.jsonl, line 2: it is no JSON ("),
        (content("[1]"), "metadata.jsonl, line 1: it is no JSON object"),
        (content("[" * 100_000), "metadata.jsonl, line 1: it is no JSON ("),
        (content('{"file_name": "0.png", "prompt": 7}'), "metadata.jsonl, line 1: prompt is 7, which is no text."),
        (content('{"file_name": "0.png", "prompt": "a", "seed": "x"}'), "line 1: seed is 'x', which is no whole"),
        (content('{"file_name": "0.png", "prompt": "a", "seed": 1.5}'), "line 1: seed is 1.5, which is no whole"),
        (content('{"file_name": null, "prompt": "a"}'), "metadata.jsonl, line 1: file_name is missing."),
        (content(*['{"file_name": "0.png", "prompt": "a"}'] * 2), "line 2: it names 0.png, as line 1 does: leave one"),
        (content('{"file_name": "0.png", "prompt": "' + "a" * (1 << 20)), "line 1: it is longer than 1,048,576 bytes."),
        (table("file_name,prompt\n0.png\n"), "metadata.csv, line 2: it has not the 2 cells of the first line."),
        (table("file_name,prompt\n0.png,a,b\n"), "metadata.csv, line 2: it has not the 2 cells"),
        (table('file_name,prompt\n0.png,"a\n'), "metadata.csv, line 2: it is no line of a CSV file ("),
        (table("file_name,prompt\n0.png,é\n".encode("latin-1")), "metadata.csv is no text in UTF-8 ("),
        (broken_table, "metadata.parquet can't be read as Parquet"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_metadata_file_is_named_with_its_line(
    put: Callable[[Path], object], said: str, tmp_path: Path
) -> None:
    save(tmp_path / "0.png")
    put(tmp_path)
    with pytest.raises(DataError, match=re.escape(said)):
        read(tmp_path)


def test_two_metadata_files_of_one_folder_are_refused(tmp_path: Path) -> None:
    for ending in (".csv", ".jsonl"):
        write(tmp_path, ending, [{"file_name": "0.png", "prompt": "a"}])
    with pytest.raises(DataError, match=r"has both metadata\.csv and metadata\.jsonl: leave one"):
        read(tmp_path)


def test_pictures_that_a_list_does_not_name_and_names_without_a_picture_are_listed(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", ".jsonl", [*ROWS, {"file_name": "blank.png", "text": None}])
    (folder / "a" / "0.png").unlink()
    save(folder / "stray.png", parameters=webui_text("a grid", 1))
    made = read_picture_set(str(folder))
    assert made.merged.problems == {
        "blank.png": "metadata.jsonl, line 7: the prompt is missing",
        "stray.png": "metadata.jsonl does not name it",
    }
    assert made.lost == (("a/0.png", "metadata.jsonl names it, but there is no such picture"),)
    assert len(made.merged.records) == 5


NAMES = [
    ("{prompt}_{seed}", "a red apple_0003", ("a red apple", 3, None)),
    ("{prompt}_{seed}", "a_red_apple_0003", ("a red apple", 3, None)),
    ("{generator}/{prompt}_{seed}", "sdxl/a red apple_3", ("a red apple", 3, "sdxl")),
    ("{generator}/{prompt}_{seed}", "runs/sdxl/a red apple_3", ("a red apple", 3, "sdxl")),
    ("{seed}-{prompt} [{generator}]", "3-a (red) apple [sd.1]", ("a (red) apple", 3, "sd.1")),
    ("{prompt}", "astronaut_rides_horse", ("astronaut rides horse", None, None)),
]


@pytest.mark.parametrize(("pattern", "name", "expected"), NAMES)
def test_a_name_says_what_its_pattern_has(pattern: str, name: str, expected: tuple[Any, ...], tmp_path: Path) -> None:
    save(tmp_path / "x" / f"{name}.png")
    assert read(tmp_path / "x", name_pattern=pattern) == {f"{name}.png": expected}


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{prompt}_{sed}", "has {sed}: its fields are {prompt}, {seed} and {generator}"),
        ("name", "has no field"),
        ("{prompt}_{prompt}", "has a field twice"),
        ("{prompt}{seed}", "has two fields with nothing between them"),
        ("{prompt}-{seed}", "fits no picture's name; the first one is 'a_1.png': mend the pattern."),
        ("{prompt}_{seed}}", "has no field"),
    ],
)
def test_a_pattern_that_is_none_or_fits_nothing_is_one_sentence(pattern: str, said: str, tmp_path: Path) -> None:
    save(tmp_path / "a_1.png")
    with pytest.raises(DataError, match=re.escape(said)):
        read(tmp_path, name_pattern=pattern)


def test_a_text_file_beside_a_picture_is_its_prompt_or_a_web_uis_text(tmp_path: Path) -> None:
    for name, text in (
        ("a", "a cat\n"),
        ("b", webui_text("a dog", 3)),
        ("c", "  \n"),
        ("d", "é"),
        ("e", "x" * 300_000),
    ):
        save(tmp_path / f"{name}.png")
        (tmp_path / f"{name}.txt").write_text(text, encoding="latin-1" if name == "d" else "utf-8")
    save(tmp_path / "f.png")
    made = read_picture_set(str(tmp_path))
    assert read(tmp_path) == {"a.png": ("a cat", None, None), "b.png": ("a dog", 3, "sd_xl_base_1.0")}
    assert made.merged.problems == {
        "c.png": "c.txt is empty",
        "d.png": "d.txt is no text in UTF-8",
        "e.png": "e.txt is larger than 262,144 bytes",
        "f.png": "no .txt file of its name is beside it",
    }
    assert made.describe().endswith("prompts, seeds and generators from NAME.txt files (A1111)")


@pytest.mark.parametrize(
    ("make", "asked", "tool", "model"),
    [
        (made_pictures.webui_folder, {}, "the pictures' own text (A1111)", "sd_xl_base_1.0"),
        (made_pictures.comfy_folder, {}, "the pictures' own text (ComfyUI)", "juggernaut"),
        (made_pictures.script_folder, {"name_pattern": "{prompt}_{seed}"}, "--name-pattern", None),
    ],
)
def test_folders_as_tools_leave_them_are_read(
    make: Callable[[Path], Path], asked: dict[str, str], tool: str, model: str | None, tmp_path: Path
) -> None:
    folder = make(tmp_path / "x")
    assert sorted(read(folder, **asked).values()) == sorted((text, 1000 + n, model) for n, text in enumerate(PROMPTS))
    fields = "prompts, seeds and generators" if model else "prompts and seeds"
    assert read_picture_set(str(folder), AskedRecords(**asked)).describe().endswith(f": {fields} from {tool}")


def test_the_first_source_that_knows_a_field_is_believed_and_others_that_disagree_are_told(tmp_path: Path) -> None:
    """In the order of manifest, metadata file, names, text files, own text."""
    order = ["manifest", "metadata", "names", "text", "own"]
    for left in range(5):
        folder = tmp_path / str(left)
        save(folder / "names_2.png", parameters=webui_text("own", 4))
        (folder / "names_2.txt").write_text(webui_text("text", 3))
        put = {"prompt": "metadata", "seed": 1}
        (folder / "metadata.jsonl").write_text(json.dumps({"file_name": "names_2.png", **put}))
        (folder / "manifest.jsonl").write_text(json.dumps({"file": "names_2.png", "prompt": "manifest", "seed": 0}))
        for name in (["manifest.jsonl", "metadata.jsonl", "", "names_2.txt"])[:left]:
            if name:
                (folder / name).unlink()
        asked = AskedRecords(None, "{prompt}_{seed}" if left < 3 else None)
        made = read_picture_set(str(folder), asked)
        (record,) = made.merged.records.values()
        assert (record.prompt, record.seed) == (order[left], left)
        assert len(made.merged.differences) == 2 * (4 - left)
    first = read_picture_set(str(tmp_path / "1"), AskedRecords(None, "{prompt}_{seed}")).merged.differences
    assert first[0] == (
        "Prompt of 1 picture: metadata.jsonl and --name-pattern disagree, and metadata.jsonl is believed "
        "(names_2.png: metadata.jsonl (line 1) says 'metadata', --name-pattern 'names')."
    )


def test_fields_come_from_different_sources_and_spaces_are_no_disagreement(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", ".csv", [{"file_name": "0.png", "prompt": "a  red cat"}])
    save(folder / "0.png", prompt=json.dumps(comfy_graph("a red cat", 5)))
    made = read_picture_set(str(folder))
    assert (read(folder), made.merged.differences) == ({"0.png": ("a  red cat", 5, "juggernaut")}, ())
    assert made.describe().endswith(
        "prompts from metadata.csv; seeds and generators from the pictures' own text (ComfyUI)"
    )


def data_set(path: Path, **columns: Any) -> Path:
    """A Parquet file of six pictures with these columns."""
    cells = [{"bytes": save(path.parent / "p.png", n).read_bytes(), "path": None} for n in range(6)]
    pq.write_table(pa.table({"image": cells, **columns}), path)
    return path


def test_a_data_sets_own_columns_are_read(tmp_path: Path) -> None:
    path = data_set(tmp_path / "x.parquet", text=[*"abcde", None], seed=range(6), model=["m"] * 6)
    assert read(path) == {f"row {n}": (text, n, "m") for n, text in enumerate("abcde")}
    made = read_picture_set(str(path))
    assert made.merged.problems == {"row 5": "its text is empty"}
    assert made.describe() == "6 pictures of 1 generator (m): prompts, seeds and generators from the column text"
    path = data_set(tmp_path / "y.parquet", title=[*"abcdef"])
    assert read(path) == {}
    assert read(path, prompt_column="title")["row 5"] == ("f", None, None)
    with pytest.raises(DataError, match="has no column nobody; its columns are image, title"):
        read(path, prompt_column="nobody")
    path = data_set(tmp_path / "z.parquet", text=[*"abcdef"], seed=[*"012345x"[:5], "x"])
    with pytest.raises(DataError, match="row 5: seed is 'x', which is no whole number"):
        read(path)


def half(folder: Path) -> PictureSet:
    """A folder of two pictures, one of which says its prompt, read as a reference."""
    save(folder / "a.png", parameters=webui_text("a cat", 1))
    save(folder / "b.png")
    return read_picture_set(str(folder), must=False)


def test_a_reference_of_which_only_some_say_a_prompt_is_one_without(tmp_path: Path) -> None:
    made = half(tmp_path / "x")
    assert (
        made.merged.records,
        made.unread.endswith("1 of the 2 pictures of " + str(tmp_path / "x") + " have none"),
    ) == ({}, True)
    listed = read_picture_set(str(tmp_path / "x"))
    assert listed.merged.problems == {"b.png": "its own text names no prompt"}
    assert listed.merged.records["a.png"] == PictureRecord("a cat", 1, "sd_xl_base_1.0")


def test_a_reference_need_not_have_what_is_asked_of_the_source(tmp_path: Path) -> None:
    labelled = write(tmp_path / "x", ".csv", [{"file_name": f"{n}.png", "label": "cat"} for n in range(3)])
    said = write(tmp_path / "y", ".csv", [{"file_name": f"{n}.png", "text": "a cat"} for n in range(3)])
    for asked in (AskedRecords(), AskedRecords(prompt_column="title", name_pattern="{seed}-{prompt}")):
        made = read_picture_set(str(labelled), asked, must=False)
        assert (len(made.pictures), made.merged.records) == (3, {})
        assert len(read_picture_set(str(said), asked, must=False).merged.records) == 3
    path = data_set(tmp_path / "z.parquet", text=[*"abcdef"])
    assert len(read_picture_set(str(path), AskedRecords(None, "{prompt}"), must=False).merged.records) == 6


def test_what_is_asked_of_a_source_that_cant_have_it_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "x" / "a.png", parameters=webui_text("a cat", 1))
    with pytest.raises(DataError, match=r"x has no metadata\.csv, \.jsonl or \.parquet for --prompt-column nope: add"):
        read(tmp_path / "x", prompt_column="nope")
    with pytest.raises(
        DataError, match=r"z\.parquet is no folder, so --name-pattern has no names to read: leave it out"
    ):
        read(data_set(tmp_path / "z.parquet", text=[*"abcdef"]), name_pattern="{prompt}")


def test_text_that_is_refused_is_the_reason_why_a_picture_has_no_prompt(tmp_path: Path) -> None:
    save(tmp_path / "a.png", parameters=webui_text("a cat", 1))
    save(tmp_path / "b.png", invokeai_metadata="{")
    (tmp_path / "c.png").write_bytes(b"no picture")
    assert (
        read_picture_set(str(tmp_path)).merged.problems["b.png"].startswith("its text 'invokeai_metadata' is no JSON")
    )
    (tmp_path / "a.png").unlink()
    assert "has none (b.png: its text 'invokeai_metadata' is no JSON" in read_picture_set(str(tmp_path)).unread


def test_a_manifest_that_names_a_picture_twice_in_two_ways_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    lines = [{"file": "a.png", "prompt": "a cat", "seed": 1}] * 2
    (tmp_path / "manifest.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert read(tmp_path) == {"a.png": ("a cat", 1, None)}
    for field, value in (("prompt", "a dog"), ("seed", 2), ("generator", "x")):
        other = json.dumps(lines[0] | {field: value, "file": "./a.png"})
        (tmp_path / "manifest.jsonl").write_text(f"{json.dumps(lines[0])}\n{other}\n")
        with pytest.raises(DataError, match=rf"names \./a\.png twice, with another {field}: leave one"):
            read(tmp_path)
