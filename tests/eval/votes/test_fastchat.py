"""Others' battle files: rated as published, refused row by row, and reported by the command."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eval import report
from eval.summary import summarise
from eval.votes.fastchat import read_fastchat
from eval.votes.ledger import LeftOut
from hub.command import make_command
from hub.errors import DataError
from hub.votes import TABLE
from tests.eval.ratings.made import BATTLES, published

app = make_command(report.main, "")
ROW: dict[str, Any] = {"model_a": "x", "model_b": "y", "winner": "model_a", "anony": True, "tstamp": 1.0}


def written(folder: Path, rows: Any) -> Path:
    """A battle file."""
    path = folder / "battles.json"
    path.write_text(rows if isinstance(rows, str) else json.dumps(rows))
    return path


def test_genai_arena_is_rated_as_published_by_the_command(tmp_path: Path) -> None:
    expected = published()["bradley_terry_anonymous"]
    arguments = ["--votes", str(BATTLES), "--format", "fastchat", "--no-metrics", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0
    content = json.loads((tmp_path / "report.json").read_text())
    (question,) = [q for q in content["questions"] if q["source"].endswith("(generation)")]
    ratings = {row["generator"].split("_")[1]: row["rating"] for row in question["ratings"]}
    assert ratings == pytest.approx(expected, abs=0.2)
    assert question["votes"] == {"total": 1978, "used": 1451, "excluded": {"the rater knew the names": 527}}
    assert question["study"]["fragility"]["votes"]["number"] == 48
    first = (tmp_path / "report.html").read_bytes()
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert (tmp_path / "report.html").read_bytes() == first


def test_rows_become_the_columns_of_votes(tmp_path: Path) -> None:
    rows = [ROW | {"tstamp": 5.0, "winner": "tie (bothbad)", "judge": "j"}, ROW | {"anony": False},
            ROW | {"winner": "model_b", "criterion": "alignment", "question_id": "q", "turn": 1}]  # fmt: skip
    read = read_fastchat(written(tmp_path, rows))
    assert read.table.schema == TABLE
    assert read.table["time"].to_pylist() == [1.0, 1.0, 5.0]
    assert read.table["outcome"].to_pylist() == ["a", "b", "both_bad"]
    assert read.table["excluded"].to_pylist() == ["not-blind", None, None]
    assert read.table["criterion"].to_pylist() == [None, "alignment", None]
    assert read.table["id"].to_pylist() == ["battles-0", "q", "battles-2"]
    assert [question.source for question in summarise(read).answered] == ["battles", "battles"]
    assert read_fastchat(written(tmp_path, [])).table.num_rows == 0


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([ROW, ROW | {"winner": "model_c"}], "row 2: winner"),
        ([ROW | {"tstamp": float("nan")}], "row 1: tstamp"),
        ([{"model_a": "x"}], "row 1: model_b"),
        (["x"], "row 1: "),
        ({"rows": []}, "must be a list"),
        ("[", "not JSON"),
        ([ROW | {"question_id": "q"}, ROW | {"question_id": "q"}], "one question_id"),
    ],
)
def test_what_is_no_battle_file_is_one_sentence(tmp_path: Path, rows: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_fastchat(written(tmp_path, rows))


def test_files_that_are_not_there_or_not_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="can't be read"):
        read_fastchat(tmp_path / "none.json")
    with pytest.raises(DataError, match="another name"):
        read_fastchat(tmp_path / "arena.json")
    done = CliRunner().invoke(app, ["--format", "fastchat", "--no-metrics"])
    assert done.exit_code == 2
    assert "--votes" in done.output


def test_a_battle_with_oneself_is_left_out(tmp_path: Path) -> None:
    summary = summarise(read_fastchat(written(tmp_path, [ROW, ROW | {"model_b": "x"}])))
    (question,) = summary.answered
    assert question.excluded == {LeftOut.same: 1}
