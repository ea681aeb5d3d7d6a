"""The paths of the leaderboard: what changed, views, files, and links that freeze a report."""

import asyncio
import csv
import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from eval.leaderboard.standings import Standings, make_standings, read_standings
from eval.render.votes_by_day import draw_days
from hub.language.catalogue import ENGLISH
from hub.schema import Criterion, Outcome, Vote
from hub.ui.leaderboard import board_door
from hub.ui.leaderboard.board_door import BoardDoor
from hub.ui.leaderboard.frozen_boards import APART, URL, FrozenBoards
from hub.ui.leaderboard.live_board import LiveBoard
from hub.ui.leaderboard.overall_view import read_weights, render_overall
from hub.votes import ReadVotes, VoteLog, make_table
from tests.eval.leaderboard.made import make_votes
from tests.hub.ui.middleware.asked import Inner, answer, asked
from tests.hub.votes.made import vote


class StillBoard(LiveBoard):
    """A board that counts nothing by itself."""

    def ask(self) -> None:
        """Start no process."""

    def show(self, standings: Standings) -> None:
        """Show these standings."""
        self._accept({"standings": standings.to_text()}, 0)


def rated(votes: Sequence[Vote]) -> Standings:
    """The standings of these votes."""
    return make_standings(ReadVotes(make_table(votes), ()), TITLES, {"galip": "CC-BY-SA-4.0"})


TITLES = {"galip": "GALIP-style <GAN>", "scad": "SCAD"}
FEW, MORE = rated(list(make_votes(60))), rated(list(make_votes(90)))


@pytest.fixture
def board(tmp_path: Path) -> StillBoard:
    found = StillBoard(tmp_path, VoteLog(tmp_path))
    found.show(FEW)
    return found


@pytest.fixture
def door(tmp_path: Path, board: StillBoard) -> BoardDoor:
    return BoardDoor(Inner(), board, FrozenBoards(tmp_path, "a secret"))


def got(door: BoardDoor, path: str, method: str = "GET", **more: Any) -> tuple[int, str]:
    """Status and text of an answer."""
    status, _, body = asked(door, method, path, **more)
    return status, body.decode()


def told(door: BoardDoor, path: str, method: str = "GET", **more: Any) -> Any:
    """The JSON of an answer."""
    return json.loads(got(door, path, method, **more)[1])


def test_other_paths_are_passed_on(door: BoardDoor) -> None:
    assert got(door, "/boards") == got(door, "/") == (200, "in")


def test_the_state_says_to_which_vote_is_counted_in_the_language_of_the_page(door: BoardDoor) -> None:
    state = told(door, "/board/state")
    assert state["said"].startswith("Counted to vote 60; given 2025-")
    assert [key for key, _ in state["views"]] == ["overall", "pair", *Criterion, "cost", "votes"]
    state = told(door, "/board/state", headers={"accept-language": "ja"})
    assert state["said"].startswith("60票目まで集計済み")
    assert dict(state["views"])["overall"] == "総合"


def test_a_page_that_has_the_board_of_now_is_answered_when_it_changes_and_not_before(
    door: BoardDoor, board: StillBoard
) -> None:
    async def waits() -> tuple[bool, Any]:
        mark = board.mark
        waiting = asyncio.create_task(answer(door, "GET", f"/board/state?after={mark}"))
        for _ in range(20):
            await asyncio.sleep(0)
        early = waiting.done()
        await asyncio.to_thread(board.show, MORE)  # from another thread, as the process's answers come
        return early, json.loads((await waiting)[2])

    early, state = asyncio.run(waits())
    assert not early
    assert state["said"].startswith("Counted to vote 90")


def test_a_page_that_waits_long_is_answered_with_what_it_has(
    door: BoardDoor, board: StillBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_door, "HOLD", 0.01)
    assert told(door, f"/board/state?after={board.mark}")["mark"] == board.mark


def test_a_board_that_is_not_counted_yet_says_so(tmp_path: Path) -> None:
    door = BoardDoor(Inner(), StillBoard(tmp_path, VoteLog(tmp_path)), FrozenBoards(tmp_path, "a secret"))
    state = told(door, "/board/state")
    assert (state["views"], state["said"]) == ([], "The votes are being counted: the board comes in some seconds.")
    assert got(door, "/board/view/quality")[0] == 404
    assert got(door, "/board/freeze", "POST")[0] == 404


def test_every_file_that_a_view_links_is_there_and_is_whole(door: BoardDoor) -> None:
    names = set()
    for key, _ in told(door, "/board/state")["views"]:
        status, html = got(door, f"/board/view/{key}")
        assert status == 200
        names |= set(re.findall(r'href="board/file/([^"]+)"', html))
    assert {"overall.csv", "quality-ratings.csv", "variety-pareto.svg", "beside.csv", "votes.csv"} <= names
    for name in names:
        status, headers, body = asked(door, "GET", f"/board/file/{name}")
        assert (status, headers["content-disposition"]) == (200, f'attachment; filename="{name}"')
        if name.endswith(".svg"):
            assert ElementTree.fromstring(body).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314
        else:
            assert len(list(csv.reader(body.decode().splitlines()))) > 1, name
    assert got(door, "/board/file/none.csv")[0] == got(door, "/board/view/none")[0] == 404


def test_a_questions_file_has_the_ratings_that_the_view_shows(door: BoardDoor) -> None:
    rows = list(csv.DictReader(got(door, "/board/file/quality-ratings.csv")[1].splitlines()))
    found = {row["generator"]: float(row["value"]) for row in rows if row["figure"] == "rating"}
    assert found == {one.generator: pytest.approx(one.rating, rel=1e-5) for one in FEW.ratings[Criterion.quality]}


def test_what_ranks_share_is_said_once_below_the_table_and_in_no_row(door: BoardDoor) -> None:
    for key in ("overall", *Criterion):
        html = got(door, f"/board/view/{key}")[1]
        table = re.search(r'<table class="figures rated".*?</table>', html, re.DOTALL)
        assert table is not None
        assert "underpowered" not in table[0]
        ranks = Counter(re.findall(r"<tr><td[^>]*>(\d+)</td>", table[0]))
        assert html.count("underpowered") == sum(number > 1 for number in ranks.values()), key


def test_the_view_of_all_questions_tells_seconds_an_image_and_licence_where_they_are_known(door: BoardDoor) -> None:
    html = got(door, "/board/view/overall")[1]
    assert "Seconds an image" in html
    assert html.count("CC-BY-SA-4.0") == 1  # the licence of one is known here, and nothing is invented for others
    rows = {row["generator"]: row for row in csv.DictReader(got(door, "/board/file/overall.csv")[1].splitlines())}
    assert float(rows["scad"]["seconds"]) > 0
    assert (rows["galip"]["licence"], rows["scad"]["licence"]) == ("CC-BY-SA-4.0", "")


def test_a_board_of_before_that_tells_neither_has_no_column_of_them(door: BoardDoor, board: StillBoard) -> None:
    board.show(replace(FEW, seconds={}, licences={}))
    html = got(door, "/board/view/overall")[1]
    assert "Seconds an image" not in html
    assert "Licence" not in html


def test_generators_are_shown_by_their_titles_and_are_in_files_by_their_names(door: BoardDoor) -> None:
    for language in ("en", "ja"):
        for key in ("overall", *Criterion, "cost"):
            html = got(door, f"/board/view/{key}", headers={"accept-language": language})[1]
            cells = {unescape(text) for text in re.findall(r">([^<>]+)</t[dh]>", html)}
            assert {"GALIP-style <GAN>", "SCAD", "diffusion"} <= cells, key
            assert not cells & {"galip", "scad"}, key
    for name in ("overall.csv", "quality-ratings.csv", "quality-wins.csv", "beside.csv", "quality-pareto.csv"):
        text = got(door, f"/board/file/{name}")[1]
        assert "galip" in text, name
        assert "GALIP-style" not in text, name
    drawn = got(door, "/board/file/quality-pareto.svg")[1]
    assert "GALIP-style &lt;GAN&gt;" in drawn
    assert ">galip<" not in drawn


def test_a_frozen_report_keeps_what_generators_were_called(door: BoardDoor, board: StillBoard) -> None:
    name = told(door, "/board/freeze", "POST")["report"]
    board.show(replace(FEW, entries={}))
    assert "GALIP-style" not in got(door, "/board/view/overall")[1]
    assert "GALIP-style" in got(door, f"/board/view/overall?report={name}")[1]


def test_a_report_that_was_frozen_before_titles_were_kept_shows_names(board: StillBoard) -> None:
    old = {key: value for key, value in json.loads(FEW.to_text()).items() if key != "entries"}
    assert read_standings(json.dumps(old)) == replace(FEW, entries={})


def test_two_that_are_chosen_are_compared_by_what_was_said_of_them(door: BoardDoor) -> None:
    votes = [one for one in make_votes(60) if {one.a[0].generator, one.b[0].generator} == {"scad", "galip"}]
    assert votes
    sides = {"one": "scad", "other": "galip"}
    text = got(door, f"/board/file/pair.csv?{urlencode(sides)}")[1]
    for row in csv.DictReader(text.splitlines()):
        these = [one for one in votes if one.criterion == row["criterion"]]
        won = {name: sum(name == winner(one) for one in these) for name in sides.values()}
        said = Counter(one.outcome for one in these)
        counted = [won["scad"], said[Outcome.tie], said[Outcome.both_bad], won["galip"]]
        assert [int(row[name]) for name in ("won", "tie", "both_bad", "lost")] == counted
        points = {one.generator: one.rating for one in FEW.ratings[Criterion(row["criterion"])]}
        odds = 10 ** ((points["scad"] - points["galip"]) / 400)
        assert float(row["expected"]) == pytest.approx(odds / (1 + odds), rel=1e-4)
    back = list(csv.DictReader(got(door, "/board/file/pair.csv?one=galip&other=scad")[1].splitlines()))
    assert [(row["lost"], row["won"]) for row in back] == [
        (row["won"], row["lost"]) for row in csv.DictReader(text.splitlines())
    ]
    html = unescape(got(door, f"/board/view/pair?{urlencode(sides)}")[1])
    assert "<h2>SCAD against GALIP-style <GAN></h2>" in html
    assert 'href="?tab=gallery&entry=scad&against=galip"' in html


def winner(vote: Vote) -> str:
    """Who won a vote; nobody: empty."""
    return {Outcome.a: vote.a[0].generator, Outcome.b: vote.b[0].generator}.get(vote.outcome, "")


def test_without_names_the_two_that_met_most_are_compared(door: BoardDoor) -> None:
    met = Counter(tuple(sorted((one.a[0].generator, one.b[0].generator))) for one in make_votes(60))
    chosen = re.findall(r'<option value="([\w-]+)" selected>', got(door, "/board/view/pair")[1])
    assert met[chosen[0], chosen[1]] == max(met.values())


@pytest.mark.parametrize("side", ["one", "other"])
def test_beside_one_that_is_named_stands_the_one_that_it_met_most(door: BoardDoor, side: str) -> None:
    met = Counter(frozenset((one.a[0].generator, one.b[0].generator)) for one in make_votes(60))
    for name in sorted({name for pair in met for name in pair}):
        chosen = re.findall(r'<option value="([\w-]+)" selected>', got(door, f"/board/view/pair?{side}={name}")[1])
        assert chosen[("one", "other").index(side)] == name
        assert met[frozenset(chosen)] == max(votes for pair, votes in met.items() if name in pair)
    status, text = got(door, "/board/view/pair?one=scad&other=scad")
    assert (status, text.count("<select"), "No generator meets itself" in text) == (200, 2, True)  # and can be mended
    assert "data-examples" not in text


def test_a_name_that_is_not_on_the_board_is_told_as_such_and_is_no_markup(door: BoardDoor) -> None:
    status, text = got(door, "/board/view/pair?one=%3Cimg%3E&other=scad")
    assert (status, json.loads(text)["error"]) == (400, "No battle of a generator '<img>' is on this board.")


def test_a_cell_of_the_win_matrix_leads_to_the_battles_of_these_two(door: BoardDoor) -> None:
    html = unescape(got(door, "/board/view/variety")[1])
    links = re.findall(r'<a href="\?tab=gallery&entry=([\w-]+)&against=([\w-]+)&question=variety">', html)
    sides = [(one.a[0].generator, one.b[0].generator) for one in make_votes(60) if one.criterion is Criterion.variety]
    assert set(links) == {*sides, *((right, left) for left, right in sides)}


def test_votes_a_day_are_counted_in_utc(board: StillBoard, door: BoardDoor) -> None:
    day = 86_400.0
    times = (0.0, day - 1, day, day + 5, 400 * day)
    board.show(rated([vote(str(number), time=time) for number, time in enumerate(times)]))
    rows = list(csv.reader(got(door, "/board/file/votes-by-day.csv")[1].splitlines()))
    assert rows == [["day", "votes"], ["1970-01-01", "2"], ["1970-01-02", "2"], ["1971-02-05", "1"]]
    bars = re.findall(r"<title>(\S+)(?: to (\S+))?: (\d+) votes?</title>", got(door, "/board/view/votes")[1])
    assert sum(int(votes) for *_, votes in bars) == 5
    assert (bars[0][0], bars[0][2], bars[-1][2]) == ("1970-01-01", "4", "1")


def test_bars_of_several_days_say_so() -> None:
    assert "each bar is" not in draw_days({0: 1, 119: 5}, ENGLISH)
    said = draw_days({0: 1, 1: 2, 300: 5}, ENGLISH)
    assert ("each bar is 3 days" in said, "1970-01-01 to 1970-01-03: 3 votes" in said) == (True, True)


def test_a_frozen_report_says_how_it_is_cited(door: BoardDoor) -> None:
    assert told(door, "/board/state")["citation"] == ""
    name = told(door, "/board/freeze", "POST")["report"]
    text = told(door, f"/board/state?report={name}")["citation"]
    assert text.startswith(f"@misc{{vernissage-{name[:12]},")
    assert "60 votes on 6 text-to-image generators, given until 2025-" in text
    assert f"\\url{{{URL}}}" in text
    assert text.count("{") == text.count("}")


def test_weights_are_shown_and_change_the_order_of_all_questions_together(door: BoardDoor) -> None:
    status, html = got(door, "/board/view/overall?quality=1&alignment=0&variety=0")
    assert status == 200
    assert re.findall(r'name="(\w+)" value="([\d.]+)"', html) == [
        ("quality", "1"),
        ("alignment", "0"),
        ("variety", "0"),
    ]
    quality = [one.generator for one in FEW.ratings[Criterion.quality]]
    titles = [TITLES.get(name, name) for name in quality]
    assert [name for name in map(unescape, re.findall(r"<td>([^<]+)</td>", html)) if name in titles] == titles
    text = got(door, "/board/file/overall.csv?quality=1&alignment=0&variety=0")[1]
    assert [row["generator"] for row in csv.DictReader(text.splitlines())] == quality


@pytest.mark.parametrize("weight", ["x", "-1", "nan", "inf", "101", ""])
def test_a_weight_that_is_none_is_refused_in_a_sentence(door: BoardDoor, weight: str) -> None:
    status, text = got(door, f"/board/view/overall?quality={weight}")
    assert (status, json.loads(text)["error"]) == (400, "A weight is a number from 0 to 100: change it.")


def test_votes_that_rate_nobody_yet_are_told_without_weights() -> None:
    for votes, said in ((1, "after 1 vote: the view Votes says what became of it."), (7, "after 7 votes")):
        none = replace(FEW, votes=votes, ratings={Criterion.quality: ()})
        html = render_overall(none, read_weights({}, none), ENGLISH)
        assert said in html
        assert "<input" not in html


def test_weights_that_give_no_order_keep_their_boxes_and_say_why(door: BoardDoor) -> None:
    status, html = got(door, "/board/view/overall?quality=0")
    assert status == 200
    assert "All weights are 0" in html
    assert "<input" in html


def test_a_frozen_report_shows_the_same_figures_whatever_is_voted_later(
    tmp_path: Path, door: BoardDoor, board: StillBoard
) -> None:
    name = told(door, "/board/freeze", "POST")["report"]
    before = [got(door, f"/board/view/{key}") for key in ("overall", "quality", "votes")]
    board.show(MORE)
    again = BoardDoor(
        Inner(), StillBoard(tmp_path, VoteLog(tmp_path)), FrozenBoards(tmp_path, "a secret")
    )  # after a restart
    for asked_at in (door, again):
        frozen = [got(asked_at, f"/board/view/{key}?report={name}") for key in ("overall", "quality", "votes")]
        assert frozen == before
        state = told(asked_at, f"/board/state?report={name}")
        assert state["said"].startswith("Counted to vote 60")
        assert "frozen" in state["said"]
    assert got(door, "/board/view/quality") != before[1]
    assert got(door, f"/board/file/quality-ratings.csv?report={name}")[1] == FEW.files["quality-ratings.csv"]


def test_a_link_is_made_at_most_once_a_minute(
    tmp_path: Path, door: BoardDoor, board: StillBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = told(door, "/board/freeze", "POST")["report"]
    board.show(MORE)
    assert told(door, "/board/freeze", "POST")["report"] == first
    now = time.monotonic() + APART
    monkeypatch.setattr("hub.ui.leaderboard.frozen_boards.time.monotonic", lambda: now + 1)
    second = told(door, "/board/freeze", "POST")["report"]
    assert second != first
    assert len(list((tmp_path / "boards").iterdir())) == 2


@pytest.mark.parametrize("name", ["0" * 32, "../secret", "A" * 32, "%2e%2e", "0" * 31])
def test_an_address_of_no_report_is_told_as_such(door: BoardDoor, name: str) -> None:
    for path in ("state", "view/quality", "file/votes.csv"):
        status, text = got(door, f"/board/{path}?report={name}")
        assert (status, json.loads(text)["error"][:24]) == (404, "No report was frozen her")


@pytest.mark.parametrize("change", ["content", "torn", "plain"])
def test_a_frozen_report_whose_file_was_changed_is_not_shown(tmp_path: Path, door: BoardDoor, change: str) -> None:
    name = told(door, "/board/freeze", "POST")["report"]
    path = tmp_path / "boards" / f"{name}.json.gz"
    kept = path.read_bytes()
    other = {
        "content": gzip.compress(gzip.decompress(kept).replace(b"galip", b"<img>")),
        "torn": kept[:-9],
        "plain": b"x",
    }
    path.write_bytes(other[change])
    status, text = got(door, f"/board/view/quality?report={name}")
    assert (status, json.loads(text)["error"][:26]) == (400, "The report of this address")


def test_names_of_generators_are_text_and_no_markup(door: BoardDoor, board: StillBoard) -> None:
    evil = "<img src=x onerror=alert(1)>"
    votes = [vote(str(i), left=evil, right="b", outcome=Outcome("ab"[i % 2]), time=float(i)) for i in range(20)]
    board.show(rated(votes))
    for key, _ in told(door, "/board/state")["views"]:
        html = got(door, f"/board/view/{key}")[1]
        assert "<img" not in html
    assert evil in unescape(got(door, "/board/view/quality")[1])


def test_before_the_first_vote_every_view_says_what_to_do(door: BoardDoor, board: StillBoard) -> None:
    board.show(rated([]))
    for key in ("overall", *Criterion, "votes"):
        assert "the tab Battle" in got(door, f"/board/view/{key}")[1]
    assert "diffusion" in got(door, "/board/view/cost")[1]
