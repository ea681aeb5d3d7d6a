"""What a report says, as data: ratings, win matrix, metrics and how many votes they rest on."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval.measure import Table
from eval.ratings.battles import Counts, count
from eval.ratings.bradley_terry import TIE_RULE, Rating, fit, rate
from hub.errors import DataError
from hub.schema import Vote

CAVEAT = (
    "Metrics are measured with small embedded encoders on 64-pixel emoji: compare them with one another, never with "
    "published FID or CLIP scores."
)


@dataclass(frozen=True)
class Summary:
    """A report. ``unrated`` says why there are no ratings, ``prior`` what was added to the votes, if anything."""

    ratings: tuple[Rating, ...]
    unrated: str | None
    prior: str | None
    counts: Counts
    excluded: dict[str, int]
    problems: tuple[str, ...]
    table: Table | None  # None: metrics were not asked for

    @property
    def order(self) -> list[int]:
        """Indices of the counts' generators, best first, or by name where there are no ratings."""
        names = [rating.generator for rating in self.ratings] or self.counts.names
        return [self.counts.names.index(name) for name in names]

    @property
    def used(self) -> int:
        """Votes the ratings rest on."""
        return self.counts.used

    @property
    def total(self) -> int:
        """Votes read, those excluded among them."""
        return self.used + sum(self.excluded.values())


def _excluded(problems: Sequence[str]) -> Counter[str]:
    """Lines left out on reading, by reason. A problem that is not about a line leaves no vote out."""
    lines = [problem for problem in problems if ", line " in problem]
    repeated = sum(problem.endswith("was counted already.") for problem in lines)
    reasons = Counter({"a line that is no vote": len(lines) - repeated, "a repeated vote": repeated})
    return +reasons


def summarise(votes: Sequence[Vote], problems: Sequence[str], table: Table | None) -> Summary:
    """Rate the votes and put everything together; votes that give no ratings leave a reason instead."""
    counts = count(votes)
    excluded = _excluded(problems) + Counter(counts.excluded)
    ratings: list[Rating] = []
    prior = unrated = None
    try:
        fitted = fit(counts)
        ratings, prior = rate(fitted), fitted.prior
    except DataError as error:
        unrated = str(error)
    return Summary(tuple(ratings), unrated, prior, counts, dict(sorted(excluded.items())), tuple(problems), table)


def rounded(value: float) -> float:
    """Six significant digits: what a file keeps of a figure."""
    return float(f"{value:.6g}")


def _figures(item: Any) -> dict[str, Any]:
    """A record's fields, floats rounded, those that are None left out."""
    fields = {key: rounded(value) if isinstance(value, float) else value for key, value in asdict(item).items()}
    return {key: value for key, value in fields.items() if value is not None}


def to_json(summary: Summary) -> str:
    """The report as JSON, for programs. Figures that could not be had are under ``missing``, with the reason."""
    table, counts = summary.table or Table(), summary.counts
    content = {
        "ratings": [_figures(rating) for rating in summary.ratings],
        "metrics": [{"generator": row.generator, **_figures(row.measured)} for row in table.rows],
        "tie_rule": TIE_RULE,
        "prior": summary.prior,
        "unrated": summary.unrated,
        "votes": {"total": summary.total, "used": summary.used, "excluded": summary.excluded},
        "win_matrix": {
            "generators": list(counts.names),
            "wins": counts.wins.astype(int).tolist(),
            "ties": counts.ties.astype(int).tolist(),
        },
        "missing": [asdict(missing) for missing in table.missing],
        "problems": list(summary.problems),
        "caveat": CAVEAT,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
