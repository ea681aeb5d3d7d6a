"""Battle files of FastChat and GenAI-Arena as votes to rate, without a data folder."""

import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from hub.dataset.imports import OUTCOMES, ImportedBattle, read_battles
from hub.errors import DataError
from hub.schema import NOT_BLIND
from hub.votes import TABLE, ReadVotes
from hub.votes.rows import OWN

TASK = re.compile(r"[^_]+_.+_([a-z0-9]+)")  # GenAI-Arena's names: hub_model_task


def _find_sources(name: str, battles: Sequence[ImportedBattle]) -> list[str]:
    """Return the source of each vote: the file, and the task where all names tell one.

    Tasks have no common scale.
    """
    found = [(TASK.fullmatch(battle.model_a), TASK.fullmatch(battle.model_b)) for battle in battles]
    tasks = [(a[1], b[1]) for a, b in found if a and b]
    if len(tasks) < len(battles) or any(a != b for a, b in tasks):
        return [name] * len(battles)
    return [f"{name} ({a})" for a, _ in tasks]


def to_table(battles: Sequence[ImportedBattle], source: str) -> pa.Table:
    """Return the battles as a table of ``hub.votes.TABLE``, in the order of time; what a file does not tell is null.

    Votes given in knowledge of the names are excluded as ``not-blind``.

    Raises: DataError where two have one ``question_id``.
    """
    ordered = sorted(battles, key=lambda battle: battle.tstamp)
    ids = [battle.question_id or f"{source}-{number}" for number, battle in enumerate(ordered)]
    if len(set(ids)) < len(ids):
        raise DataError("Two battles have one question_id. Nothing was rated; mend the file.")
    columns = {
        "id": ids,
        "time": [battle.tstamp for battle in ordered],
        "criterion": [battle.criterion for battle in ordered],
        "outcome": [OUTCOMES[battle.winner] for battle in ordered],
        "generator_a": [battle.model_a for battle in ordered],
        "generator_b": [battle.model_b for battle in ordered],
        "rater": [battle.judge for battle in ordered],
        "excluded": [None if battle.anony else NOT_BLIND for battle in ordered],
        "source": _find_sources(source, ordered),
    }
    unknown = {field.name: [None] * len(ordered) for field in TABLE if field.name not in columns}
    return pa.Table.from_pydict(columns | unknown, TABLE)


def read_fastchat(path: Path) -> ReadVotes:
    """Read the votes of a battle file.

    Raises: DataError for a file that can't be read, or is not one, row and all.
    """
    if path.stem == OWN:
        raise DataError(f"{OWN!r} is the source of this hub's own votes: give the file another name.")
    return ReadVotes(to_table(read_battles(path), path.stem), ())
