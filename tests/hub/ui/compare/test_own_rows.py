"""Own pictures in rows: by prompt and seed, in their order where no seed is known, and as many as a grid holds."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eval.picture_records.picture_set import read_picture_set
from hub.errors import RequestError
from hub.generators import GENERATORS
from hub.language.sentence import Sentence
from hub.schema import Request
from hub.ui.compare import MOST_PICTURES, MOST_PROMPTS, MOST_SEEDS
from hub.ui.compare.added_pictures import OwnBatch, OwnPicture, OwnSet
from hub.ui.compare.comparison_files import make_contact_sheet, pack_folder
from hub.ui.compare.comparison_request import ComparisonRequest, parse_comparison
from hub.ui.compare.own_rows import OwnColumn, choose_rows, list_columns, match_rows
from tests.hub.ui import fakes
from tests.hub.ui.compare.own_given import FREE, png

THERE = tuple(GENERATORS[name] for name in fakes.NAMES)


def column(*pictures: tuple[str, int | None], title: str = "mine") -> OwnColumn:
    """A column of pictures of these prompts and seeds, named in their order."""
    made = (OwnPicture(f"{at}.png", png(at), *one, title) for at, one in enumerate(pictures))
    return OwnColumn(title, title, tuple(made))


def places(rows: list[tuple[str, int]], of: OwnColumn) -> dict[int, tuple[str, int | None]]:
    """Which picture stands in which row, and its number where it has no seed."""
    found = match_rows([Request(prompt=prompt, seed=seed) for prompt, seed in rows], of)
    return {at: (cell.picture.name.removesuffix(".png"), cell.number) for at, cell in found.items()}


def test_pictures_stand_where_their_prompt_and_seed_are_and_the_others_fill_what_is_left_in_order() -> None:
    own = column(("cat", 2), ("cat", None), ("dog", 1), ("cat", None), ("cat", 2), ("cat", 2**63), ("cat", -1))
    rows = [("cat", 1), ("cat", 2), ("dog", 1), ("dog", 2), ("cat", 3), ("cat", 4), ("cat", 5), ("cat", 6)]
    assert places(rows, own) == {0: ("1", 1), 1: ("0", None), 2: ("2", None), 4: ("3", 2), 5: ("5", 3), 6: ("6", 4)}


def test_columns_are_generators_and_what_names_none_and_no_entry_is_taken_for_one() -> None:
    picture = OwnPicture("a.png", b"", "cat", 1)
    one = OwnBatch((picture, picture.fill("cat", 1, "galip"), OwnPicture("b.png", b"")), Sentence("x"), title="Yours")
    other = OwnBatch((picture, picture.fill("dog", 1, "galip")), Sentence("x"), title="Yours 2")
    found = list_columns(OwnSet((one, other)), {"galip", "scad"})
    assert [(made.title, made.name, len(made.pictures)) for made in found] == [
        ("Yours", "Yours", 1), ("galip", "galip (yours)", 2), ("Yours 2", "Yours 2", 1)]  # fmt: skip


def test_a_whole_grid_is_taken_over_as_it_is_and_a_sparse_one_is_said_to_be() -> None:
    whole = choose_rows([column(*((prompt, seed) for prompt in ("cat", "dog") for seed in (3, 1)))], 2)
    assert (whole.prompts, whole.seeds, whole.sparse, whole.left) == (("cat", "dog"), (3, 1), False, 0)
    sparse = choose_rows([column(("cat", 1), ("dog", 2))], 0)
    assert (sparse.prompts, sparse.seeds, sparse.sparse) == (("cat", "dog"), (1, 2), True)
    counted = choose_rows([column(("cat", None), ("cat", None), ("cat", 0)), column(("cat", 7))], 0)
    assert (counted.seeds, counted.counted) == ((0, 7, 1), True)


SEEDS = st.none() | st.integers(-1, 20)


@given(st.lists(st.lists(st.tuples(st.sampled_from([f"p{n}" for n in range(20)]), SEEDS), max_size=60), max_size=4),
       st.integers(0, 8))  # fmt: skip
def test_what_is_taken_over_fits_and_shows_a_picture_in_every_row(given: list[Any], drawn: int) -> None:
    columns = [OwnColumn(str(at), str(at), tuple(OwnPicture(str(n), b"", *one) for n, one in enumerate(those)))
               for at, those in enumerate(given) if those]  # fmt: skip
    found = choose_rows(columns, drawn)
    assert len(found.prompts) <= MOST_PROMPTS
    assert len(found.seeds) <= MOST_SEEDS
    rows = [Request(prompt=prompt, seed=seed) for prompt in found.prompts for seed in found.seeds]
    filled = {at for one in columns for at in match_rows(rows, one)}
    kept = [row for at, row in enumerate(rows) if at in filled] if found.sparse else rows
    assert len(kept) * (len(columns) + drawn) <= MOST_PICTURES or not found.prompts
    assert bool(columns) == bool(found.prompts) or len(columns) + drawn > MOST_PICTURES
    known = [(at, made.prompt, made.seed) for at, one in enumerate(columns) for made in one.pictures
             if made.seed is not None and made.seed >= 0]  # fmt: skip
    without = sum(len(one.pictures) - len(match_rows(rows, one)) for one in columns)
    assert found.left == without - (len(known) - len({*known}))


def test_own_pictures_need_no_generator_and_count_for_the_limit() -> None:
    own = (column(("cat", 1), ("dog", 2)),)
    alone = parse_comparison([], "cat\ndog", "1, 2", THERE, FREE, own=own)
    assert (alone.width, len(alone.rows), len(alone.own_cells), alone.without_row) == (1, 4, 2, 0)
    beside = parse_comparison([*fakes.NAMES], "cat\ndog", "1, 2", THERE, FREE, own=own, own_rows=True)
    assert [(row.prompt, row.seed) for row in beside.rows] == [("cat", 1), ("dog", 2)]
    assert {number: cell.picture.prompt for number, cell in beside.own_cells.items()} == {2: "cat", 5: "dog"}
    with pytest.raises(RequestError, match="None of your pictures is of these prompts and seeds"):
        parse_comparison([], "a house", "1", THERE, FREE, own=own)
    with pytest.raises(RequestError, match="No generator is chosen"):
        parse_comparison([], "a house", "1", THERE, FREE)
    with pytest.raises(RequestError, match=r"These are 63 pictures: at most 60"):
        parse_comparison([*fakes.NAMES], "\n".join("abc"), "0-6", THERE, FREE, own=own)
    japanese = parse_comparison([], "赤いりんご\n静物", "1", THERE, FREE, own=(column(("赤いりんご", 1)),))
    assert [row.read_as for row in japanese.rows] == ["red apple", ""]


def test_the_folder_has_own_pictures_as_metadata_and_the_sheet_has_them_whole(tmp_path: Path) -> None:
    own = (column(("cat", 2**40), ("赤いりんご", None), title="mine"),)
    rows = (Request(prompt="cat", seed=2**40), Request(prompt="赤いりんご", seed=5, read_as="red apple"))
    asked = ComparisonRequest((), rows, own=own)
    with zipfile.ZipFile(io.BytesIO(pack_folder(asked, {}))) as packed:
        packed.extractall(tmp_path)
    lines = (tmp_path / "comparison" / "yours" / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"file_name": "01.png", "prompt": "cat", "generator": "mine", "original": "0.png", "seed": 2**40},
        {
            "file_name": "02.png",
            "prompt": "赤いりんご",
            "generator": "mine",
            "original": "1.png",
            "read_as": "red apple",
        },
    ]
    read = read_picture_set(str(tmp_path / "comparison"))
    assert [(one.seed, one.read_as) for one in read.merged.records.values()] == [(2**40, ""), (None, "red apple")]
    buffer = io.BytesIO()
    Image.new("RGB", (200, 100), "red").save(buffer, "png")
    wide = ComparisonRequest(
        (), rows[:1], own=(OwnColumn("我", "我", (OwnPicture("a", buffer.getvalue(), "cat", 2**40),)),)
    )
    sheet = Image.open(io.BytesIO(make_contact_sheet(wide, {0: buffer.getvalue()})))
    cell = sheet.crop((sheet.width - 204, sheet.height - 204, sheet.width - 4, sheet.height - 4))
    assert (cell.getpixel((100, 20)), cell.getpixel((100, 100))) == ((255, 255, 255), (255, 0, 0))
