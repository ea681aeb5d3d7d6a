"""Rows of files: the same from every form, faults named with file and line, and any bytes."""

import json
import re
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import DataError
from hub.row_files import MOST_LINE, READERS, FileRow, read_rows, say_wrong_row

ROWS = [{"name": f"a {n}", "seed": str(n)} for n in range(3)]


def write(folder: Path, ending: str) -> Path:
    """A file of this kind with the rows."""
    path = folder / f"rows{ending}"
    if ending == ".parquet":
        table = pa.Table.from_pylist([row | {"image": {"bytes": b"x"}, "raw": b"y"} for row in ROWS])
        pq.write_table(table, path)
    elif ending == ".jsonl":
        path.write_text("\n\n".join(map(json.dumps, ROWS)), encoding="utf-8-sig")
    else:
        between = "," if ending == ".csv" else "\t"
        path.write_text("".join(f"{a}{between}{b}\n" for a, b in [ROWS[0], *(row.values() for row in ROWS)]))
    return path


@pytest.mark.parametrize(
    ("ending", "columns", "places"),
    [
        (".csv", ("name", "seed"), ["line 2", "line 3", "line 4"]),
        (".tsv", ("name", "seed"), ["line 2", "line 3", "line 4"]),
        (".jsonl", (), ["line 1", "line 3", "line 5"]),
        (".parquet", ("name", "seed", "image", "raw"), ["row 1", "row 2", "row 3"]),
    ],
)
def test_every_form_gives_the_same_rows_and_where_each_stands(
    ending: str, columns: tuple[str, ...], places: list[str], tmp_path: Path
) -> None:
    assert {*READERS} == {".csv", ".tsv", ".jsonl", ".parquet"}
    found = read_rows(write(tmp_path, ending))
    rows = list(found.rows)
    assert found.columns == columns
    assert rows == [FileRow(where, row) for where, row in zip(places, ROWS, strict=True)]  # pictures are not read


def test_a_line_that_lacks_its_last_cells_is_wrong_unless_lines_may_be_ragged(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1\n1,2,3\n1,2\n")
    told = "it has not the 2 cells of the first line"
    assert [row.problem for row in read_rows(path).rows] == [told, told, ""]
    assert [row.problem for row in read_rows(path, ragged=True).rows] == ["", told, ""]
    assert say_wrong_row(path, "line 2", told) == f"{path}, line 2: {told}. Mend it there."


def test_nothing_is_read_behind_a_line_that_is_too_long(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n{"a": "' + "x" * 2 * MOST_LINE + '"}\n{"a": 2}\n')
    assert [row.problem for row in read_rows(path).rows] == ["", "it is longer than 1,048,576 bytes"]


def test_a_file_that_can_not_be_read_is_one_sentence_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.csv can't be read \(No such file or directory\)"):
        read_rows(tmp_path / "gone.csv")
    (tmp_path / "a.csv").write_bytes(b"a\n" + b"x\n" * 100_000 + b"\xff\n")
    rows = read_rows(tmp_path / "a.csv").rows
    with pytest.raises(DataError, match=r"a\.csv is no text in UTF-8"):
        list(rows)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"a\.parquet can't be read as Parquet"):
        read_rows(tmp_path / "a.parquet")


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200), st.sampled_from(sorted(READERS)))
def test_any_bytes_are_rows_or_one_sentence(content: bytes, ending: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"any{ending}")
        path.write_bytes(content)
        try:
            assert all(re.fullmatch(r"(line|row) \d+", row.where) for row in read_rows(path).rows)
        except DataError as error:
            assert str(path) in str(error)
