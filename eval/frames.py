"""Votes, ratings and figures as pandas data frames, for notebooks.

In a notebook: ``ratings(summarise(read_votes(Path("data"))))``. Nothing else imports this module, which imports pandas.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pandas as pd

from eval.ratings.bradley_terry import Rating
from eval.render.csv import figures as figures_of
from eval.render.csv_row import Figure
from eval.summary import Summary
from hub.votes import read_votes


def votes(path: Path) -> pd.DataFrame:
    """Return the votes of a data folder, or of one .jsonl or .parquet file: a row a vote, in the order of time.

    Columns are those of ``hub.votes.TABLE``.

    Raises: DataError as ``hub.votes.read_votes`` does.
    """
    return read_votes(path).table.to_pandas()


def ratings(summary: Summary) -> pd.DataFrame:
    """Return the ratings of every question that has some: a row a generator, best first, with its question."""
    rows: list[dict[str, Any]] = [
        {"source": question.source, "question": str(question.criterion or ""), **asdict(rating)}
        for question in summary.questions
        for rating in question.ratings
    ]
    return pd.DataFrame(rows, columns=["source", "question", *_names(Rating)])


def figures(summary: Summary) -> pd.DataFrame:
    """Return every figure of a report in long format: the rows and columns of ``report.csv``, unrounded."""
    return pd.DataFrame([asdict(figure) for figure in figures_of(summary)], columns=_names(Figure))


def _names(kind: Any) -> Sequence[str]:
    return [field.name for field in fields(kind)]
