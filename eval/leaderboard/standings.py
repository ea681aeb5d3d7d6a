"""What a leaderboard shows of the votes, as plain text and numbers: views in every language, files, and the ratings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from eval.entry_figures import read_entry_figures
from eval.leaderboard.meetings import Meetings, list_meetings
from eval.measure import Table
from eval.metrics.entries.cost import Seconds
from eval.ratings.bradley_terry import Rating
from eval.render.leaderboard_costs import cost_view
from eval.render.leaderboard_files import make_files
from eval.render.leaderboard_views import question_view, votes_view
from eval.render.votes_by_day import SECONDS
from eval.summary import name_questions, rate_votes
from hub.errors import DataError
from hub.language.catalogue import language, languages
from hub.language.sentence import Sentence
from hub.schema import Criterion
from hub.votes import ReadVotes
from hub.votes.rows import OWN

FORM = 1  # of what is written here; another one is of another version


@dataclass(frozen=True)
class Standings:
    """A leaderboard: ``views`` by language and key, their titles in order, files by name, ratings of own questions.

    ``votes`` are counted or left out for a reason; ``until`` is the time of the last, None without any.
    """

    votes: int
    used: int
    until: float | None
    titles: dict[str, list[tuple[str, str]]]  # language -> (key, title)
    views: dict[str, dict[str, str]]  # language -> key -> HTML
    files: dict[str, str]
    ratings: dict[Criterion, tuple[Rating, ...]]
    entries: dict[str, str] = field(default_factory=dict)  # what generators are called, by name; older ones have none
    meetings: tuple[Meetings, ...] = ()  # of each two on each question; older ones have none
    seconds: dict[str, float] = field(default_factory=dict)  # an image, by name; older ones have none
    licences: dict[str, str] = field(default_factory=dict)  # of weights, by name; older ones have none

    def to_text(self) -> str:
        """Return all of it as one line of JSON."""
        return json.dumps({"form": FORM, **asdict(self)}, ensure_ascii=False, allow_nan=False, sort_keys=True)


def read_standings(text: str) -> Standings:
    """Return the leaderboard that a text holds.

    Raises: DataError for any other text.
    """
    try:
        found = json.loads(text)
        if found.pop("form") != FORM:
            raise DataError(Sentence("This leaderboard was written by another version of the arena."))
        titles = {code: [(key, title) for key, title in those] for code, those in found.pop("titles").items()}
        ratings = {Criterion(one): _read_ratings(rows) for one, rows in found.pop("ratings").items()}
        meetings = tuple(_read_meetings(one) for one in found.pop("meetings", ()))
        return Standings(titles=titles, ratings=ratings, meetings=meetings, **found)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"This is no leaderboard: {error}.") from error


def _read_ratings(rows: Sequence[Mapping[str, Any]]) -> tuple[Rating, ...]:
    return tuple(Rating(**row) for row in rows)


def _read_meetings(row: Mapping[str, Any]) -> Meetings:
    return Meetings(**{**row, "criterion": Criterion(row["criterion"])})


def _count_days(times: pa.ChunkedArray) -> dict[int, int]:
    """Return the votes of each day since 1970, in UTC."""
    days = pc.value_counts(pc.floor(pc.divide(times.drop_null(), SECONDS)).cast(pa.int64())).to_pylist()
    return {one["values"]: one["counts"] for one in days}


def _read_figures() -> Table:
    """Return the entries' figures; none where the file that has them is not what it should be, as elsewhere is said."""
    try:
        return read_entry_figures()
    except DataError:
        return Table()


def make_standings(read: ReadVotes, entries: Mapping[str, str], licences: Mapping[str, str]) -> Standings:
    """Rate the votes as a report does, and return the leaderboard of them.

    ``entries`` are the titles of generators by name, ``licences`` those of their weights. What is wrong with files is
    their operator's to know: a report says it, and names them.
    """
    summary, figures = rate_votes(replace(read, problems=())).summary, _read_figures()
    questions, days = name_questions(summary), _count_days(read.table["time"])
    views = {}
    for code in languages():
        spoken = language(code).with_titles(entries)
        views[code] = [
            *(question_view(question, key, spoken) for key, question in questions.items()),
            cost_view(questions, figures, spoken),
            votes_view(summary, days, spoken),
        ]
    return Standings(
        votes=read.table.num_rows,
        used=summary.used,
        until=pc.max(read.table["time"]).as_py(),
        titles={code: [(view.key, view.title) for view in those] for code, those in views.items()},
        views={code: {view.key: view.html for view in those} for code, those in views.items()},
        files=make_files(summary, questions, figures, entries, days),
        ratings={one.criterion: one.ratings for one in questions.values() if one.source == OWN and one.criterion},
        entries=dict(entries),
        meetings=tuple(list_meetings(questions.values())),
        seconds={row.generator: row.measured.value for row in figures.rows if row.measured.metric == Seconds.name},
        licences=dict(licences),
    )
