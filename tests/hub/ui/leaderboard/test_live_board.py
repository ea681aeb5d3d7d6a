"""The leaderboard follows the votes that are told, by a process that may die and comes back."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eval.ratings.board import Rule
from eval.ratings.by_question import Cluster, Wanted, rate_questions
from hub.ui.leaderboard import live_board
from hub.ui.leaderboard.live_board import LiveBoard
from hub.votes import VoteLog, make_table
from tests.eval.leaderboard.made import make_votes

PATIENCE = 120.0  # seconds in which a process starts on a busy machine
VOTES = list(make_votes(40))


@pytest.fixture
def log(tmp_path: Path) -> VoteLog:
    return VoteLog(tmp_path, battle_seconds=3600)


@pytest.fixture
def board(tmp_path: Path, log: VoteLog) -> Iterator[LiveBoard]:
    found = LiveBoard(tmp_path, log)
    yield found
    found.close()


def wait(board: LiveBoard, comes: Callable[[], bool]) -> None:
    """Wait for a change of the board after which this is so."""
    changed = threading.Event()
    board.watch(changed.set)
    while not comes():
        assert changed.wait(PATIENCE)
        changed.clear()


def counted(board: LiveBoard) -> int:
    """How many votes are counted."""
    return board.standings.votes if board.standings else -1


def test_each_vote_is_on_the_board_once_its_names_are_told_and_it_is_what_eval_rate_makes_of_them(
    log: VoteLog, board: LiveBoard
) -> None:
    for vote in VOTES[:20]:
        log.append(vote)
    assert board.mark == "0.0.0"  # nobody looks, nothing is counted
    board.ask()
    wait(board, lambda: counted(board) == 20)
    for vote in VOTES[20:]:
        log.append(vote, names_withheld=True)
    assert (board.newer, counted(board)) == (0, 20)
    for vote in VOTES[20:]:
        log.tell(vote.id)
    assert board.newer > 0  # which a page that looks is told at once
    wait(board, lambda: counted(board) == 40)
    wait(board, lambda: board.newer == 0)
    rated = rate_questions(make_table(VOTES), Wanted(Rule(), Cluster.known, (), None))
    assert board.standings
    assert board.standings.ratings == {one.question.criterion: one.question.ratings for one in rated}
    assert board.number <= 1 + 20  # votes that come while one counts are counted together


def test_a_process_that_is_killed_is_begun_again_and_what_was_shown_stays_meanwhile(
    log: VoteLog, board: LiveBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(VOTES[0])
    board.ask()
    wait(board, lambda: counted(board) == 1)
    os.kill(board.process_id, signal.SIGKILL)
    log.append(VOTES[1])
    wait(board, lambda: board.trouble and not board.process_id)
    board.ask()  # too soon
    assert (counted(board), board.process_id) == (1, 0)
    monkeypatch.setattr(live_board, "AGAIN", 0.0)
    board.ask()
    wait(board, lambda: counted(board) == 2)
    assert not board.trouble


def test_a_board_that_nobody_looks_at_any_more_is_not_counted(
    log: VoteLog, board: LiveBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_board, "IDLE", 0.0)
    log.append(VOTES[0])
    board.ask()
    wait(board, lambda: counted(board) == 1)
    log.append(VOTES[1])
    wait(board, lambda: board.process_id == 0)
    assert counted(board) == 1
    board.ask()
    wait(board, lambda: counted(board) == 2)
