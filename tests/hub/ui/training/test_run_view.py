"""A run as HTML: before and after, plots from where a part begins, and why it failed, in the visitor's language."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hub.language.catalogue import ENGLISH, language
from hub.language.sentence import Sentence
from hub.training_process import explain_failure
from hub.ui.training.failure_words import find_sentence
from hub.ui.training.run_actions import RunAction, RunNow
from hub.ui.training.run_files import RunStep
from hub.ui.training.run_view import ScorePlot, render_actions, render_picker, render_plots

JAPANESE = language("ja")
FIRST, LATER = (RunStep(number, Path(f"step-{number:04d}.png"), None) for number in (0, 25))


def test_the_picture_of_before_lies_over_the_others_where_there_is_one() -> None:
    both = render_picker([(FIRST, "picture/first"), (LATER, "picture/later")], "", ENGLISH)
    assert both.count('src="picture/first"') == 2 and 'data-picture="over"' in both and "vs-share" in both
    for alone in (FIRST, LATER):
        assert "vs-share" not in render_picker([(alone, "picture/one")], "", ENGLISH)


def test_a_plot_counts_from_where_its_part_begins_and_leaves_out_the_other_parts_rows(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("seconds,step,match,direction\n1,300,2.5,\n2,325,,0.5\n3,350,,0.25")
    view: Any = SimpleNamespace(run=tmp_path)
    assert render_plots(view, [ScorePlot("match", Sentence("loss"))], ENGLISH) == "", "one row is no line"
    html = render_plots(view, [ScorePlot("direction", Sentence("loss"), 300)], ENGLISH)
    assert "<title>25: 0.5</title>" in html and "<title>50: 0.25</title>" in html


UNPLACED = "It is trained, but not in its place: "
KILLED = "It was killed (SIGKILL, as by a machine that is out of memory); resume it to go on from its last row."
FULL = "glossy-1 was not added: the disk is full; free some space, then try again."


@pytest.mark.parametrize(
    ("text", "japanese"),
    [
        ("The disk is full: free some space, then resume it.", "ディスク"),
        (KILLED, "メモリー"),
        (
            f"{UNPLACED}There is a generator {'a look'!r} already: choose another name.",
            "登録できませんでした。'a look'という生成モデルが既にあります",
        ),
        (UNPLACED + FULL, "glossy-1を追加できませんでした（ディスクの空きがありません）"),
    ],
)
def test_why_a_run_failed_is_told_in_the_visitors_language(text: str, japanese: str) -> None:
    assert str(find_sentence(text)) == text
    assert japanese in JAPANESE.tell(find_sentence(text))


def test_what_no_sentence_fits_is_told_as_it_is_and_what_a_process_says_fits_one(tmp_path: Path) -> None:
    assert find_sentence("RuntimeError: mat1 and mat2") == "RuntimeError: mat1 and mat2"
    (tmp_path / "log.txt").write_text("OSError: [Errno 28] No space left on device")
    assert isinstance(find_sentence(explain_failure(tmp_path, 1)), Sentence)
    (tmp_path / "log.txt").write_text("")
    for code in (None, -9, -15):
        assert isinstance(find_sentence(explain_failure(tmp_path, code)), Sentence)


def test_a_step_can_not_be_kept_before_the_page_knows_one() -> None:
    done = Sentence("Done.")
    action = RunAction("keep", Sentence("Keep this step"), lambda now: True, lambda now: done, of_step=True)
    other = RunAction("stop", Sentence("Stop"), lambda now: True, lambda now: done)
    html = render_actions(cast(RunNow, None), [action, other], ENGLISH)
    assert re.findall(r'data-act="(\w+)"[^>]* disabled', html) == ["keep"]
