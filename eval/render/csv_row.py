"""One row of the CSV report."""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One row. ``group`` is what the figure is of, where no other column says it: a reason, a category, a gate."""

    table: str = ""
    figure: str = ""
    value: float | int | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None  # votes, battles or prompts it rests on
    source: str = ""
    question: str = ""
    group: str = ""
    rule: str = ""
    generator: str = ""
    opponent: str = ""
    encoder: str = ""
    note: str = ""
    space: str = ""  # of a metric that has one, which its name in ``figure`` or ``group`` has too

    def of(self, table: str, figure: str, value: float | int | None = None, **rest: Any) -> "Figure":
        """A row of the same source and question."""
        return replace(self, table=table, figure=figure, value=value, **rest)
