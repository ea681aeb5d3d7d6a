"""Data frames for notebooks: the same rows as the log and the report."""

import io
from pathlib import Path

import pandas as pd
import pytest

from eval.frames import figures, ratings, votes
from eval.render.csv import to_csv
from eval.summary import summarise
from hub.errors import DataError
from hub.votes import TABLE
from tests.eval import made
from tests.eval.test_csv import summary


def test_votes_are_a_row_each_with_the_columns_of_the_table(tmp_path: Path) -> None:
    log = tmp_path / "some.jsonl"
    log.write_text("".join(made.vote(i, outcome="ab"[i % 2]).model_dump_json() + "\n" for i in range(4)))
    frame = votes(log)
    assert list(frame.columns) == TABLE.names
    assert frame["outcome"].tolist() == ["a", "b", "a", "b"]
    assert frame.groupby("outcome", observed=True).size().to_dict() == {"a": 2, "b": 2}
    with pytest.raises(DataError, match="There are no votes at"):
        votes(tmp_path / "nothing.jsonl")


def test_ratings_are_those_of_every_question_best_first() -> None:
    of = summary()
    frame = ratings(of)
    assert len(frame) == sum(len(question.ratings) for question in of.questions)
    quality = frame[frame.question == "quality"]
    assert quality.rating.is_monotonic_decreasing
    assert quality.generator.tolist() == [rating.generator for rating in of.questions[0].ratings]
    empty = ratings(summarise(made.read([])))
    assert empty.empty
    assert list(empty.columns) == list(frame.columns)


def test_figures_are_the_rows_of_the_csv_report() -> None:
    frame, written = figures(summary()), pd.read_csv(io.StringIO(to_csv(summary()), newline=""))
    assert list(frame.columns) == list(written.columns)
    assert frame.figure.tolist() == written.figure.tolist()
    both = written.value.notna()
    assert written.value[both].to_numpy() == pytest.approx(frame.value[both].to_numpy(float), rel=1e-5, abs=1e-9)
