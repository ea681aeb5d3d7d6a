"""Votes handed on and taken in: nothing is invented, nothing counted twice, nothing half done."""

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hub.dataset import ExportFormat, export_votes, import_battles
from hub.dataset.shard_names import list_local_shards
from hub.errors import DataError, StorageError
from hub.schema import Criterion, Outcome
from hub.votes import TABLE, VoteLog, read_votes
from tests.hub.votes.made import vote

REAL = Path(__file__).parents[3] / ".." / "shared" / "data" / "genai_arena_votes_20240220.json"
SECRET = "a secret of the tests"  # noqa: S105
BATTLE = {"model_a": "ink", "model_b": "oil", "winner": "tie", "judge": "someone", "anony": True, "tstamp": 12.5}


def battles(path: Path, *changes: dict[str, Any]) -> Path:
    """A battle file of rows that differ from one another by these changes."""
    path.write_text(json.dumps([{**BATTLE, **change} for change in changes]))
    return path


def rows(data: Path) -> list[dict[str, Any]]:
    """The votes of a folder."""
    return list(read_votes(data).table.to_pylist())


def test_an_import_keeps_what_is_known_and_invents_nothing(tmp_path: Path) -> None:
    later = {"anony": False, "judge": None, "tstamp": 13}
    file = battles(tmp_path / "other arena.json", {"winner": "model_b"}, later, {"extra": 1, "tstamp": 14})
    imported = import_battles(file, tmp_path / "data", SECRET)
    assert (imported.new, imported.known) == (3, 0)
    assert imported.outcomes == {Outcome.b: 1, Outcome.tie: 2}
    first, second, third = rows(tmp_path / "data")
    assert first["id"].startswith("import-")
    known = {"time": 12.5, "outcome": "b", "generator_a": "ink", "generator_b": "oil", "source": "other arena"}
    unknown = dict.fromkeys(("criterion", "prompt", "repeat_of", "names_withheld", "unchecked", "excluded"))
    unknown |= dict.fromkeys(
        ("seconds", "network", "pair_probability", "tags", "wording", "prompt_set", "prompt_category")
    )
    rater = first["rater"]
    assert re.fullmatch(r"[0-9a-f]{16}", rater)
    assert first == {**known, **unknown, "id": first["id"], "rater": rater, "seeds": first["seeds"]}
    assert not first["seeds"]
    assert (second["excluded"], second["rater"]) == ("not-blind", None)
    assert (third["excluded"], third["rater"]) == (None, rater)
    assert read_votes(tmp_path / "data").problems == ()


def test_a_judges_name_is_not_kept_and_not_to_be_guessed(tmp_path: Path) -> None:
    file = battles(tmp_path / "file.json", {"judge": "arena_user_192.0.2.7"})
    raters = set()
    for secret in (SECRET, "another secret of the tests"):
        import_battles(file, tmp_path / secret, secret)
        raters.add(rows(tmp_path / secret)[0]["rater"])
    assert len(raters) == 2
    content = b"".join(path.read_bytes() for path in list_local_shards(tmp_path / SECRET).values())
    assert b"192.0.2.7" not in content


def test_importing_again_changes_nothing_and_more_rows_are_added(tmp_path: Path) -> None:
    data = tmp_path / "data"
    twice = [{}, {"winner": "model_a"}, {}]  # two equal rows are two votes
    import_battles(battles(tmp_path / "file.json", *twice), data, SECRET)
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    again = import_battles(battles(tmp_path / "file of another name.json", *twice), data, SECRET)
    assert (again.new, again.known) == (0, 3)
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before
    more = import_battles(battles(tmp_path / "file.json", *twice, {"tstamp": 13}), data, SECRET)
    assert (more.new, more.known) == (1, 3)
    assert len(rows(data)) == 4


BAD = {
    "unknown winner": ({"winner": "left"}, "row 2: winner: 'left' is no winner; known are model_a, model_b, tie"),
    "no winner": ({"winner": None}, "row 2: winner"),
    "no model": ({"model_a": ""}, "row 2: model_a"),
    "control characters": ({"model_b": "a\x1b[31m"}, "row 2: model_b: .*can't be seen"),
    "time that is text": ({"tstamp": "12"}, "row 2: tstamp"),
    "time that is no number": ({"tstamp": float("nan")}, "row 2: tstamp"),
    "time beyond all clocks": ({"tstamp": 1e20}, "row 2: tstamp"),
    "blindness not told": ({"anony": None}, "row 2: anony"),
    "unknown question": ({"criterion": "beauty"}, "row 2: criterion"),
}


@pytest.mark.parametrize(("change", "sentence"), BAD.values(), ids=BAD)
def test_one_bad_row_is_named_and_nothing_is_imported(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence + r"(.|\n)*Nothing was read"):
        import_battles(battles(tmp_path / "file.json", {}, change, {}), tmp_path / "data", SECRET)
    assert not (tmp_path / "data").exists()


def test_two_rows_of_one_id_are_refused(tmp_path: Path) -> None:
    file = battles(tmp_path / "file.json", {"question_id": "x"}, {"question_id": "x", "winner": "model_a"})
    with pytest.raises(DataError, match="Row 2 has the question_id of an earlier one"):
        import_battles(file, tmp_path / "data", SECRET)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[1]", b"\xff", b"[" * 100_000])
def test_what_is_no_battle_file_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(content)
    with pytest.raises(DataError):
        import_battles(file, tmp_path / "data", SECRET)
    with pytest.raises(DataError, match="can't be read"):
        import_battles(tmp_path / "nowhere.json", tmp_path / "data", SECRET)


def test_nobody_else_is_this_arena(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--source"):
        import_battles(battles(tmp_path / "arena.json", {}), tmp_path / "data", SECRET)
    assert import_battles(tmp_path / "arena.json", tmp_path / "data", SECRET, source="theirs").new == 1


def own(data: Path) -> None:
    """Votes of this hub: three that count, one that does not, one on variety."""
    log = VoteLog(data)
    log.append(vote("1", outcome=Outcome.a, rater="0123456789abcdef"))
    log.append(vote("2", time=2.0, outcome=Outcome.tie, prompt="=1+2"))
    log.append(vote("3", time=3.0, outcome=Outcome.b, excluded=("velocity",)))
    log.append(vote("4", time=4.0, outcome=Outcome.both_bad, criterion=Criterion.variety))
    log.close()


def test_fastchat_gets_the_votes_that_count(tmp_path: Path) -> None:
    own(tmp_path / "data")
    exported = export_votes(tmp_path / "data", tmp_path / "out.json", ExportFormat.fastchat)
    assert (exported.written, exported.left_out) == (3, 1)
    content = json.loads((tmp_path / "out.json").read_text())
    assert content[0] == {
        "question_id": "1",
        "model_a": "left",
        "model_b": "right",
        "winner": "model_a",
        "judge": "0123456789abcdef",
        "anony": True,
        "tstamp": 1.0,
        "criterion": "quality",
    }
    assert [(row["winner"], row["criterion"]) for row in content[1:]] == [
        ("tie", "quality"),
        ("tie (bothbad)", "variety"),
    ]


def test_an_export_is_not_counted_a_second_time_where_it_came_from(tmp_path: Path) -> None:
    own(tmp_path / "data")
    export_votes(tmp_path / "data", tmp_path / "out.json", ExportFormat.fastchat)
    imported = import_battles(tmp_path / "out.json", tmp_path / "data", SECRET)
    assert (imported.new, imported.known) == (0, 3)
    import_battles(tmp_path / "out.json", tmp_path / "new", SECRET)
    assert [(row["id"], row["outcome"], row["criterion"], row["time"]) for row in rows(tmp_path / "new")] == [
        ("1", "a", "quality", 1.0),
        ("2", "tie", "quality", 2.0),
        ("4", "both_bad", "variety", 4.0),
    ]
    assert rows(tmp_path / "new")[0]["rater"] == "0123456789abcdef"


def test_csv_has_all_votes_one_row_each(tmp_path: Path) -> None:
    own(tmp_path / "data")
    exported = export_votes(tmp_path / "data", tmp_path / "out.csv", ExportFormat.csv)
    assert (exported.written, exported.left_out) == (4, 0)
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    assert list(read[0]) == TABLE.names
    assert [row["id"] for row in read] == ["1", "2", "3", "4"]
    assert read[0]["time"] == "1970-01-01T00:00:01.000000+00:00"
    assert [row["excluded"] for row in read] == ["", "", "velocity", ""]
    assert read[3]["seeds"] == "3,4,5,6"
    assert read[1]["prompt"] == "'=1+2"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n="])
def test_no_cell_is_a_formula(tmp_path: Path, start: str) -> None:
    names = {"model_a": f"{start}cmd|'/C calc'!A0", "question_id": f"{start}1"} if start.isprintable() else {}
    import_battles(battles(tmp_path / "file.json", names), tmp_path / "data", SECRET, source=f"{start}HYPERLINK()")
    export_votes(tmp_path / "data", tmp_path / "out.csv", ExportFormat.csv)
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["source"] == f"'{start}HYPERLINK()"
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row.values())


def test_a_file_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    own(tmp_path / "data")
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"out\.csv can't be written"):
        export_votes(tmp_path / "data", tmp_path / "file" / "out.csv", ExportFormat.csv)
    with pytest.raises(DataError):
        export_votes(tmp_path / "nowhere", tmp_path / "out.csv", ExportFormat.csv)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.skipif(not REAL.exists(), reason="the real battle file is not here")
def test_the_real_file_of_genai_arena_round_trips(tmp_path: Path) -> None:
    imported = import_battles(REAL, tmp_path / "data", SECRET, source="genai-arena")
    assert imported.new == 2061
    counts = {Outcome.a: 759, Outcome.b: 744, Outcome.both_bad: 428, Outcome.tie: 130}
    assert imported.outcomes == counts
    table = read_votes(tmp_path / "data").table
    assert Counter(table["outcome"].to_pylist()) == {str(outcome): count for outcome, count in counts.items()}
    counted = table.filter(pa.compute.is_null(table["excluded"]))
    assert Counter(counted["outcome"].to_pylist()) == {"a": 575, "b": 545, "both_bad": 308, "tie": 87}
    assert set(table["excluded"].to_pylist()) == {None, "not-blind"}

    export_votes(tmp_path / "data", tmp_path / "out.json", ExportFormat.fastchat)
    original = [{**row, "judge": ""} for row in json.loads(REAL.read_text())]
    exported = json.loads((tmp_path / "out.json").read_text())
    assert [{name: ("" if name == "judge" else row[name]) for name in BATTLE} for row in exported] == original

    again = import_battles(
        tmp_path / "out.json", tmp_path / "again", "another secret of the tests", source="genai-arena"
    )
    assert again.new == 2061
    assert read_votes(tmp_path / "again").table.equals(table)
