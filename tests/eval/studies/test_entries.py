"""The entries' table and picture: rows, cells, the CSV, and the whole way with the mock; twice it is the same."""

import csv
import io
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from eval.features.reference_features import Reference
from eval.measure import REAL
from eval.metrics import METRICS
from eval.studies import entries
from eval.studies.entries import CAPTIONS, MARKS, list_captions, main, render_part
from eval.studies.entry_table import SHOWN, EntryRow, make_entry_csv, make_entry_grid
from eval.study.declaration import Figures
from eval.study.picture_sheet import GAP, HEAD, make_sheet
from eval.study.study_tables import FLOOR
from hub.command import make_command
from tests.eval.made import Pixels, figure

LITE2, WITNESS, JUDGE = "EfficientNet-Lite2", "witness", "embedded judge"


def figures(**values: float) -> Figures:
    """Figures by their metrics and spaces, such as ``FD_witness``."""
    spaces = {"lite2": f" ({LITE2})", "witness": f" ({WITNESS})", "judge": f" ({JUDGE})", "": ""}
    made = []
    for name, value in values.items():
        metric, _, space = name.rpartition("__")
        whole = metric.replace("_", " ").replace("image text", "image-text") + spaces[space]
        made.append(figure(whole, value, value - 0.1, value + 0.1, 800, "e@1"))
    return {one.name: one for one in made}


ROWS = {
    REAL: EntryRow(REAL, figures(PPD__lite2=0.41, PPD__witness=0.4086, image_text_score__judge=0.3492)),
    FLOOR: EntryRow(FLOOR, figures(FD__lite2=271.4, FD__witness=8.484)),
    "one": EntryRow(
        "one",
        figures(
            FD__lite2=300.0, FD__witness=9.0, PPD__witness=0.1, image_text_score__judge=0.3, seconds_an_image__=0.01
        ),
        2_314_764,
        7.14,
        "a GPU",
    ),
}


def test_a_row_has_both_spaces_in_a_cell_and_a_dash_for_what_is_not_there() -> None:
    grid = make_entry_grid(ROWS)
    assert grid.head[0] == "Entry"
    assert grid.head[1:4] == ("FD ↓", "KID ↓", "image-text score ↑")
    cells = [dict(zip(grid.head, row, strict=True)) for row in grid.rows]
    assert [row["Entry"] for row in cells] == [REAL, FLOOR, "one"]
    assert [row["FD ↓"] for row in cells] == ["-", "271.4 / 8.484", "300.0 / 9.000"]
    assert [row["PPD ↑"] for row in cells] == ["0.4100 / 0.4086", "-", "- / 0.1000"]
    assert [row["parameters"] for row in cells] == ["-", "-", "2,314,764"]
    assert [row["device-minutes"] for row in cells] == ["-", "-", "7.1 (a GPU)"]
    assert set(SHOWN) <= {metric.name for metric in METRICS}


def test_every_figure_is_in_the_csv_with_its_interval() -> None:
    lines = list(csv.DictReader(io.StringIO(make_entry_csv(ROWS))))
    assert len(lines) == sum(len(row.figures) for row in ROWS.values())
    (fd,) = [line for line in lines if (line["entry"], line["metric"], line["space"]) == ("one", "FD", WITNESS)]
    assert (fd["value"], fd["low"], fd["high"], fd["n"], fd["encoder"]) == ("9", "8.9", "9.1", "800", "e@1")


def test_the_part_tells_spaces_intervals_and_captions() -> None:
    part = render_part(ROWS, ["a cat", "a dog"])
    assert f"are by {LITE2} and by {WITNESS}" in part
    assert "(entries.csv)" in part and "![" in part and "(entries.png)" in part
    assert part.endswith("Down: a cat; a dog.")


def test_a_sheet_has_its_pictures_where_they_belong() -> None:
    colours = [["red", "green"], ["blue", "white"]]
    cells = [[Image.new("RGB", (64, 64) if colour != "blue" else (9, 9), colour) for colour in row] for row in colours]
    sheet = make_sheet(("real", "one"), cells)
    middle = [[sheet.getpixel((GAP + 68 * x + 32, HEAD + GAP + 68 * y + 32)) for x in (0, 1)] for y in (0, 1)]
    assert middle == [[(255, 0, 0), (0, 128, 0)], [(0, 0, 255), (255, 255, 255)]]
    head = sheet.crop((0, 0, sheet.width, HEAD))
    assert len(head.getcolors() or []) > 1


def arrange_study(monkeypatch: pytest.MonkeyPatch, reference: Reference, folder: Path) -> None:
    """Have the study read a made reference and red pictures, and keep what it makes in a folder."""
    monkeypatch.setattr(entries, "read_reference", lambda: reference)
    monkeypatch.setattr(entries, "cache_dir", lambda: folder / "cache")
    monkeypatch.setattr(entries, "load_rows", lambda split: [{"image": Image.new("RGB", (64, 64), "red")}] * 48)


def test_the_command_writes_the_same_twice_and_measures_once(
    reference: Reference, encoders: dict[str, Pixels], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrange_study(monkeypatch, reference, tmp_path)
    (tmp_path / "README.md").write_text(f"Before.\n{MARKS[0]}\nold\n{MARKS[1]}\nAfter.\n")
    call = ["--generators", "mock", "--out", str(tmp_path)]
    written, seen = [], []
    for _ in range(2):
        done = CliRunner().invoke(make_command(main, ""), call)
        assert done.exit_code == 0, done.output
        written.append([(tmp_path / name).read_bytes() for name in ("README.md", "entries.csv", "entries.png")])
        seen.append([one.seen for one in encoders.values()])
    assert written[0] == written[1]
    assert seen[0] == seen[1]
    page = (tmp_path / "README.md").read_text()
    assert page.startswith("Before.\n") and page.endswith("After.\n") and "old" not in page
    assert f"| {REAL} |" in page and f"| {FLOOR} |" in page and "| mock |" in page
    assert len(list_captions(reference)) == CAPTIONS
    sheet = Image.open(tmp_path / "entries.png")
    assert sheet.size == (GAP + 2 * 68, HEAD + GAP + CAPTIONS * 68)
    assert {sheet.getpixel((GAP + 32, HEAD + GAP + 68 * row + 32)) for row in range(CAPTIONS)} == {(255, 0, 0)}


def test_a_page_without_marks_is_said_before_anything_is_measured(
    reference: Reference, encoders: dict[str, Pixels], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrange_study(monkeypatch, reference, tmp_path)
    done = CliRunner().invoke(make_command(main, ""), ["--generators", "mock", "--out", str(tmp_path)])
    assert done.exit_code == 2
    (tmp_path / "README.md").write_text(f"{MARKS[1]} {MARKS[0]}")
    done = CliRunner().invoke(make_command(main, ""), ["--generators", "mock", "--out", str(tmp_path)])
    assert (done.exit_code, "write both marks" in done.output) == (2, True)
    assert [one.seen for one in encoders.values()] == [0, 0, 0]
