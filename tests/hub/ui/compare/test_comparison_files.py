"""A comparison as files: the sheet, and the folder, which ``eval.score`` reads."""

import io
import zipfile
from pathlib import Path

from PIL import Image

from eval.features.sources import list_pictures
from eval.manifest import match_lines, read_lines
from eval.sample import read_manifest
from eval.study.picture_sheet import GAP, SIDE
from hub.engine import DrawnSample
from hub.engine.local_engine import LocalEngine
from hub.generators import GENERATORS
from hub.schema import Request
from hub.ui.compare.comparison_files import make_contact_sheet, pack_folder
from hub.ui.compare.comparison_request import ComparisonRequest
from tests.hub.ui import fakes

ROWS = (Request(prompt="a cat", seed=1), Request(prompt="赤いりんご", seed=2))
ASKED = ComparisonRequest(tuple(GENERATORS[name] for name in fakes.GUIDED), ROWS)


def draw_all() -> dict[int, DrawnSample]:
    """Every picture of the grid, by the number of its cell."""
    engine = LocalEngine()
    try:
        columns = [list(engine.draw_all(one.name, ROWS)) for one in ASKED.generators]
    finally:
        engine.close()
    return {row * 2 + column: columns[column][row] for row in range(2) for column in range(2)}


def test_the_sheet_is_the_grid_and_the_folder_can_be_scored(tmp_path: Path) -> None:
    drawn = draw_all()
    last = drawn.pop(3)
    sheet = Image.open(io.BytesIO(make_contact_sheet(ASKED, {at: one.png for at, one in drawn.items()})))
    picture = Image.open(io.BytesIO(drawn[1].png)).convert("RGB")
    top = sheet.height - len(ROWS) * (picture.height + GAP)  # below the heads, which may take several lines
    at = (SIDE + GAP + picture.width + GAP, top)
    assert sheet.crop((*at, at[0] + picture.width, at[1] + picture.height)).tobytes() == picture.tobytes()
    assert sheet.getpixel((at[0] + 8, at[1] + picture.height + GAP + 8)) == (255, 255, 255)
    drawn[3] = last
    with zipfile.ZipFile(io.BytesIO(pack_folder(ASKED, drawn))) as packed:
        packed.extractall(tmp_path)
    entries = read_manifest(tmp_path / "comparison")
    assert [(one.generator, one.prompt, one.seed) for one in entries] == [
        (name, row.prompt, row.seed) for row in ROWS for name in fakes.GUIDED
    ]
    assert {(tmp_path / "comparison" / one.file).read_bytes() for one in entries} == {one.png for one in drawn.values()}
    pictures = [one.name for one in list_pictures(tmp_path / "comparison")]
    found, lost = match_lines(read_lines(tmp_path / "comparison"), pictures)
    assert found.keys() == {*pictures}
    assert lost == []


def test_a_link_asks_for_the_same() -> None:
    link = ASKED.link
    assert link.startswith("?tab=compare&prompt=a+cat&prompt=%E8%B5%A4")
    assert link.endswith("&seed=1%2C+2&entries=aquarelle-fake%2Cpastel-fake")
