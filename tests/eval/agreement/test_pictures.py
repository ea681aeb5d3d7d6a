"""Strips of test captions, thumbnails within their budget, and the battles that raters were divided on."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eval.agreement import strips as stripping
from eval.agreement.disputed import MOST, Disputed, find_disputed
from eval.agreement.evidence import QuestionVotes
from eval.agreement.strips import PROMPTS, choose_requests, find_strips
from eval.agreement.thumbnails import SIZES, make_thumbnail, make_thumbnails
from eval.features.reference_features import Reference
from eval.measure import group_by_concept, list_test_requests
from eval.ratings.counts import code_votes
from eval.sample import draw_requests
from eval.votes.ledger import read_ledger
from hub.engine.local_engine import LocalEngine
from hub.errors import DataError
from hub.schema import Criterion, Outcome, Vote
from hub.votes import ContentStore, Pictures, read_votes
from tests.eval.agreement.made import png, side, vote, write

list_test_requests.__test__ = False  # type: ignore[attr-defined]


def opened(content: bytes) -> Image.Image:
    """The picture of a thumbnail."""
    return Image.open(io.BytesIO(content)).convert("RGB")


def test_a_small_picture_keeps_its_pixels_and_a_large_one_is_shrunk_smoothly() -> None:
    small = png(0, size=64)
    assert np.array_equal(np.asarray(opened(make_thumbnail(small, 128))), np.asarray(opened(small)))
    stripes = np.zeros((300, 600, 3), np.uint8)
    stripes[:, ::2] = 255
    file = io.BytesIO()
    Image.fromarray(stripes).save(file, "PNG")
    shrunk = opened(make_thumbnail(file.getvalue(), 128))
    assert shrunk.size == (128, 64)
    assert np.asarray(shrunk)[:, 4:-4].std() < 16  # grey: without antialiasing black and white, 127
    assert make_thumbnail(file.getvalue(), 128) == make_thumbnail(file.getvalue(), 128)
    with pytest.raises(DataError, match="can't be read"):
        make_thumbnail(b"no picture", 128)


def test_thumbnails_fit_their_budget_and_the_first_rows_stay() -> None:
    rows = [[png(i, size=128)] for i in range(3)]
    sizes = {}
    for budget in (10**6, 60_000, 9_000, 1):
        small = make_thumbnails(rows, budget)
        taken = sum(len(content) for row in small for content in row)
        assert taken <= budget or len(small) == 1
        sizes[budget] = (len(small), opened(small[0][0]).width)
    assert sizes[10**6] == (3, SIZES[0])
    assert sizes[60_000][0] == 3
    assert sizes[60_000][1] < SIZES[0]
    assert sizes[9_000][1] == sizes[1][1] == SIZES[-1]
    assert 3 > sizes[9_000][0] > sizes[1][0] == 1
    assert make_thumbnails([], 1) == []


def test_captions_are_fixed_spread_over_the_styles_and_drawn_for_diversity(reference: Reference) -> None:
    jobs = choose_requests(reference)
    assert jobs == choose_requests(reference)
    assert len(jobs) == PROMPTS
    rows = [reference.captions.index(caption) for caption in jobs]
    place = {row: n for rows_ in group_by_concept(reference.concepts) for n, row in enumerate(rows_)}
    assert np.bincount([place[row] for row in rows]).tolist() == [PROMPTS // 2] * 2
    assert len({reference.concepts[row] for row in rows}) == PROMPTS
    assert all({request.prompt for request in these} == {caption} for caption, these in jobs.items())
    assert {len(these) for these in jobs.values()} == {4}
    assert {job for these in jobs.values() for job in these} <= set(list_test_requests(reference)[0])


def test_strips_show_every_generator_that_was_drawn(reference: Reference, tmp_path: Path) -> None:
    jobs = choose_requests(reference)
    entries = draw_requests(LocalEngine(), "mock", [job for these in jobs.values() for job in these], tmp_path)
    strips = find_strips(reference, ["mock", "galip"], tmp_path)
    assert strips.generators == ("mock",)
    assert [strip.caption for strip in strips.strips] == list(jobs)
    assert [[one.seed for one in strip.cells[0]] for strip in strips.strips] == [
        [request.seed for request in these] for these in jobs.values()
    ]
    assert {one.sha256 for strip in strips.strips for one in strip.cells[0]} == {entry.sha256 for entry in entries}
    ((name, reason),) = strips.left_out
    assert name == "galip"
    assert "was not drawn" in reason
    (tmp_path / entries[0].file).write_bytes(b"damaged")
    damaged = find_strips(reference, ["mock"], tmp_path)
    assert (damaged.strips, damaged.left_out[0][1].endswith("is damaged.")) == ((), True)
    (tmp_path / entries[0].file).unlink()
    assert "can't be read" in find_strips(reference, ["mock"], tmp_path).left_out[0][1]


def test_strips_keep_to_their_budget(reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = [job for these in choose_requests(reference).values() for job in these]
    draw_requests(LocalEngine(), "mock", jobs, tmp_path)
    monkeypatch.setattr(stripping, "BUDGET", 1000)
    strips = find_strips(reference, ["mock"], tmp_path).strips
    assert 1 <= len(strips) < PROMPTS
    assert all(len(strip.cells[0]) == 4 for strip in strips)


def disputed(data: Path, votes: list[Vote]) -> Disputed:
    """What is found in these votes, read back."""
    write(data, votes)
    table = read_votes(data).table
    ledger = read_ledger(table)
    asked = [
        QuestionVotes(criterion, source, code_votes(table, (ledger.question == number) & ledger.counts))
        for number, (source, criterion) in enumerate(ledger.questions)
    ]
    return find_disputed(table, asked, Pictures(data))


def battle(data: Path, number: int, outcomes: str, swap: tuple[int, ...] = ()) -> list[Vote]:
    """Votes on one battle, one an outcome (a letter); in those at ``swap`` the sides are swapped."""
    store = ContentStore(data)
    a = side(store, "one", f"prompt {number}", [png(2 * number)])
    b = side(store, "two", f"prompt {number}", [png(2 * number + 1)])
    words = {"a": Outcome.a, "b": Outcome.b, "t": Outcome.tie, "x": Outcome.both_bad}
    return [
        vote(100 * number + i, *((b, a) if i in swap else (a, b)), words[letter], Criterion.quality, rater=f"r{i}")
        for i, letter in enumerate(outcomes)
    ]


def test_the_most_divided_battles_come_first_whichever_side_they_stood_on(tmp_path: Path) -> None:
    votes = [
        *battle(tmp_path, 0, "aaa"),
        *battle(tmp_path, 1, "abt"),
        *battle(tmp_path, 2, "abab", swap=(2, 3)),
        *battle(tmp_path, 3, "ab", swap=(1,)),  # both for the same generator
        *battle(tmp_path, 4, "a"),
        *battle(tmp_path, 5, "tx"),
    ]
    found = disputed(tmp_path, votes)
    assert (found.shared, found.split) == (5, 2)
    assert [one.prompt for one in found.battles] == ["prompt 2", "prompt 1"]
    first, second = found.battles
    assert first.votes == (2, 2, 0)
    tally = dict(zip((*second.generators, "neither"), second.votes, strict=True))
    assert tally == {"one": 1, "two": 1, "neither": 1}
    for one in found.battles:
        for name, pictures in zip(one.generators, one.sides, strict=True):
            drawn = {s.sha256 for v in votes for s in (*v.a, *v.b) if (s.prompt, s.generator) == (one.prompt, name)}
            assert {picture.sha256 for picture in pictures} == drawn


def test_no_more_are_shown_than_fit_and_none_whose_pictures_are_lost(tmp_path: Path) -> None:
    votes = [v for number in range(MOST + 3) for v in battle(tmp_path, number, "ab")]
    whole = disputed(tmp_path, votes)
    assert (whole.split, len(whole.battles)) == (MOST + 3, MOST)
    lost = whole.battles[0].sides[0][0].sha256
    ContentStore(tmp_path).image(lost).unlink()
    fewer = disputed(tmp_path, votes)
    assert fewer.battles[: MOST - 1] == whole.battles[1:]
    assert replace(fewer, battles=()) == replace(whole, battles=())
