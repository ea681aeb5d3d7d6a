"""The frame of training loops, and what it tells of itself."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub import training_frame
from hub.errors import Stopped
from hub.training_frame import Ending, ScoreLog, TrainingFrame
from hub.training_progress import PROGRESS, STOP, TAIL, ProgressLine, append_line, parse_line, read_lines

ROOT = Path(__file__).parents[2]


class Kept:
    """A resume point in memory."""

    def __init__(self) -> None:
        self.step, self.seconds = 0, 0.0

    def load(self) -> tuple[int, float]:
        return self.step, self.seconds

    def save(self, step: int, seconds: float) -> None:
        self.step, self.seconds = step, seconds


def steps(frame: TrainingFrame) -> list[tuple[int, bool]]:
    """Each step's number and whether a row was due after it."""
    with frame:
        return [(n, frame.due()) for n in frame]


def test_rows_are_due_every_so_many_steps_and_at_the_end(tmp_path: Path) -> None:
    found = steps(TrainingFrame(tmp_path, "t", 5, Kept(), every=2))
    assert found == [(0, False), (1, True), (2, False), (3, True), (4, True)]
    assert steps(TrainingFrame(tmp_path, "t", 3, Kept())) == [(0, False), (1, False), (2, True)]


def test_it_goes_on_after_what_was_kept(tmp_path: Path) -> None:
    kept = Kept()
    kept.save(3, 60.0)
    frame = TrainingFrame(tmp_path, "t", 5, kept)
    assert steps(frame) == [(3, False), (4, True)]
    assert (frame.done, frame.before) == (3, 60.0)
    assert 60 <= frame.seconds < 120
    kept.save(5, 0.0)
    assert steps(TrainingFrame(tmp_path, "t", 5, kept)) == []


def test_a_file_stops_it_after_the_step_and_is_used_up(tmp_path: Path) -> None:
    kept = Kept()
    with pytest.raises(Stopped, match="t was stopped at step 2 of 5"), TrainingFrame(tmp_path, "t", 5, kept) as frame:
        for n in frame:
            if n == 1:
                (tmp_path / STOP).touch()
            if frame.due():
                frame.keep()
    assert kept.step == 2
    last = read_lines(tmp_path)[-1]
    assert (last.step, last.stopped) == (2, True)
    assert not (tmp_path / STOP).exists()
    assert steps(TrainingFrame(tmp_path, "t", 5, kept))[0] == (2, False)


def test_one_that_is_asked_in_its_last_step_is_whole(tmp_path: Path) -> None:
    (tmp_path / STOP).touch()
    assert steps(TrainingFrame(tmp_path, "t", 1, Kept())) == [(0, True)]


def test_one_whose_time_is_up_ends_well(tmp_path: Path) -> None:
    assert steps(TrainingFrame(tmp_path, "t", 5, Kept(), minutes=1e-9)) == [(0, True)]


def test_a_row_is_told_when_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_frame, "TELL", math.inf)
    with TrainingFrame(tmp_path, "t", 2, Kept()) as frame:
        for _ in frame:
            if frame.due():
                frame.row(step=2, loss=0.5, wild=math.nan)
                frame.show("grid.png", lambda path: path.write_bytes(b"whole"))
                assert len(read_lines(tmp_path)) == 1
                frame.keep()
    first, last = read_lines(tmp_path)
    assert (first.step, first.seconds_left) == (0, None)
    assert (last.step, last.of, last.seconds_left) == (2, 2, 0.0)
    assert last.scores == {"loss": 0.5, "wild": None}
    assert last.preview == "grid.png"
    assert "NaN" not in (tmp_path / PROGRESS).read_text()


def test_steps_between_rows_are_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_frame, "TELL", 0.0)
    steps(TrainingFrame(tmp_path, "t", 3, Kept()))
    assert [line.step for line in read_lines(tmp_path)] == [0, 1, 2, 3]


def test_a_preview_takes_the_place_of_the_one_before_when_it_is_whole(tmp_path: Path) -> None:
    (tmp_path / "grid.png").write_bytes(b"old")

    def half(path: Path) -> None:
        path.write_bytes(b"ne")
        raise OSError("no space")

    with TrainingFrame(tmp_path, "t", 2, Kept()) as frame, pytest.raises(OSError, match="no space"):
        frame.show("grid.png", half)
    assert (tmp_path / "grid.png").read_bytes() == b"old"


def test_of_several_processes_one_tells_and_all_end_together(tmp_path: Path) -> None:
    script = tmp_path / "two.py"
    script.write_text(
        "import os, sys, torch.distributed as dist\n"
        "from pathlib import Path\n"
        "from hub.errors import Stopped\n"
        "from hub.methods.training import agreed\n"
        "from hub.training_frame import TrainingFrame\n"
        "from tests.hub.test_training_frame import Kept\n"
        "child = os.fork()\n"
        "rank, folder = int(child == 0), Path(sys.argv[1])\n"
        "dist.init_process_group('gloo', f'file://{folder}/meet', rank=rank, world_size=2)\n"
        "kept, step = Kept(), 0\n"
        "frame = TrainingFrame(folder, 't', 9, kept, every=3, agree=agreed, leads=not rank)\n"
        "try:\n"
        "    with frame:\n"
        "        for n in frame:\n"
        "            if rank and n == 3:\n"
        "                (folder / 'stop').touch()\n"
        "            dist.barrier()\n"
        "            step += frame.due()\n"
        "except Stopped:\n"
        "    (folder / f'rank{rank}').write_text(f'{frame.step} {step}')\n"
        "if child:\n"
        "    os.waitpid(child, 0)\n"
    )
    environment = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, str(script), str(tmp_path)], env=environment, check=True, capture_output=True)
    assert [(tmp_path / f"rank{rank}").read_text() for rank in range(2)] == ["6 2", "6 2"]
    assert [line.step for line in read_lines(tmp_path)][-1] == 6
    assert len({line for line in (tmp_path / PROGRESS).read_text().splitlines() if '"step": 0' in line}) == 1


def test_the_highest_ending_is_what_all_agree_on(tmp_path: Path) -> None:
    asked: list[Ending] = []

    def agree(ending: Ending) -> Ending:
        asked.append(ending)
        return Ending.time

    frame = TrainingFrame(tmp_path, "t", 9, Kept(), every=3, agree=agree)
    assert steps(frame) == [(0, False), (1, False), (2, True)]
    assert asked == [Ending.none]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"title": "t"}', json.dumps({"title": "t", "step": "1", "of": 2, "seconds": 0.0}), "\0"],
)
def test_what_is_no_line_is_none(text: str) -> None:
    assert parse_line(text) is None


def test_the_end_of_a_long_file_is_read(tmp_path: Path) -> None:
    for step in range(2000):
        append_line(tmp_path, ProgressLine("t", step, 2000, 0.0))
    size = (tmp_path / PROGRESS).stat().st_size
    assert size > TAIL
    found = read_lines(tmp_path)
    assert found[-1].step == 1999
    assert [line.step for line in found] == list(range(2000 - len(found), 2000))
    assert read_lines(tmp_path, size) == []
    assert read_lines(tmp_path / "nowhere") == []


def test_the_log_has_one_header(tmp_path: Path) -> None:
    for loss in (1.0, 0.5):
        ScoreLog(tmp_path / "log.csv").write(step=1, loss=loss)
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert lines[0] == "seconds,step,loss"
    assert len(lines) == 3
