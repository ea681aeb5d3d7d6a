"""Votes of other arenas: the battle files of FastChat and GenAI-Arena."""

import hashlib
import hmac
import json
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from hub.dataset.exports import WINNERS
from hub.errors import DataError
from hub.schema import NOT_BLIND, SCHEMA_VERSION, Criterion, Outcome
from hub.votes import VOTES_SCHEMA, read_votes, write_votes_shard
from hub.votes.disk import explain_disk_error
from hub.votes.rows import OWN

log = logging.getLogger(__name__)
OUTCOMES = {winner: outcome for outcome, winner in WINNERS.items()}
LATEST = 253402300800.0  # the year 10000: no clock that counts seconds says more
_PSEUDONYM = re.compile(r"[0-9a-f]{16}")


def _check_winner(winner: str) -> str:
    if winner not in OUTCOMES:
        raise ValueError(f"{winner!r} is no winner; known are {', '.join(OUTCOMES)}")
    return winner


def _check_printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it has characters that can't be seen")
    return text


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_printable)]


class ImportedBattle(BaseModel):
    """One battle of a battle file, as FastChat and GenAI-Arena write it; other fields are ignored."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    model_a: Name
    model_b: Name
    winner: Annotated[str, AfterValidator(_check_winner)]
    anony: bool
    tstamp: float = Field(ge=0, lt=LATEST)
    judge: str | None = None
    question_id: Name | None = None
    criterion: Annotated[Criterion | None, Field(strict=False)] = None
    network: str | None = None


@dataclass(frozen=True)
class Imported:
    """How many votes are new, how many were known already, and the outcomes of all votes of the file."""

    new: int
    known: int
    outcomes: dict[Outcome, int]


def import_battles(file: Path, data: Path, secret: str, *, source: str = "") -> Imported:
    """Add the votes of a battle file to a data folder; ``source`` names their arena (default: the file's name).

    What the file does not say stays null. A vote that was not blind is kept and excluded as ``not-blind``. Judges
    become pseudonyms by ``secret``, because some arenas write network addresses there. A vote that is there already is
    not added again.

    Raises: DataError, and then nothing was added; StorageError.
    """
    source = source or file.stem
    if source == OWN:
        raise DataError(f"{OWN!r} is the source of this hub's own votes: give another name with --source.")
    battles = read_battles(file)
    ids = _assign_ids(battles)
    known = _read_vote_ids(data) if data.exists() else set()
    rows = [_make_row(battle, id, source, secret) for battle, id in zip(battles, ids, strict=True) if id not in known]
    if rows:
        write_votes_shard(data, pa.Table.from_pylist(rows, VOTES_SCHEMA))
    outcomes = Counter(OUTCOMES[battle.winner] for battle in battles)
    return Imported(len(rows), len(battles) - len(rows), dict(outcomes))


def _read_vote_ids(data: Path) -> set[str]:
    read = read_votes(data)
    for problem in read.problems:
        log.warning("%s", problem)
    return set(read.table["id"].to_pylist())


def read_battles(file: Path) -> list[ImportedBattle]:
    """Return the battles of a battle file.

    Raises: DataError for a file that is none, naming the row.
    """
    try:
        content = json.loads(file.read_bytes())
    except OSError as error:
        raise DataError(f"{file} can't be read: {explain_disk_error(error)}.") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{file} is no battle file, it is not JSON: {error}.") from error
    if not isinstance(content, list):
        raise DataError(f"{file} is no battle file: it must be a list with one object for each vote.")
    try:
        return TypeAdapter(list[ImportedBattle]).validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        row, *where = first["loc"]
        told = first["msg"].removeprefix("Value error, ")
        what = f"{'.'.join(map(str, where))}: {told}" if where else told
        raise DataError(f"{file}, row {int(row) + 1}: {what}. Nothing was read; mend that row.") from None


def _assign_ids(battles: Sequence[ImportedBattle]) -> list[str]:
    """Return a vote id for each battle: the file's own, else one made from its content.

    Equal battles without an id are told apart by their number.
    """
    ids: dict[str, None] = {}
    equal: Counter[str] = Counter()
    for number, battle in enumerate(battles, 1):
        id = battle.question_id
        if id is None:
            facts = battle.model_dump_json(exclude={"judge", "network", "question_id"})
            equal[facts] += 1
            id = f"import-{hashlib.sha256(f'{facts} {equal[facts]}'.encode()).hexdigest()[:32]}"
        if id in ids:
            raise DataError(f"Row {number} has the question_id of an earlier one. Nothing was read; mend that row.")
        ids[id] = None
    return list(ids)


def _make_row(battle: ImportedBattle, id: str, source: str, secret: str) -> dict[str, Any]:
    return {
        "id": id,
        "time": battle.tstamp,
        "criterion": battle.criterion,
        "outcome": OUTCOMES[battle.winner],
        "generator_a": battle.model_a,
        "generator_b": battle.model_b,
        "rater": _make_pseudonym(battle.judge, source, secret),
        "network": _make_pseudonym(battle.network, source, secret),
        "excluded": [] if battle.anony else [NOT_BLIND],
        "unchecked": [],
        "source": source,
        "schema_version": SCHEMA_VERSION,
    }


def _make_pseudonym(judge: str | None, source: str, secret: str) -> str | None:
    """Return the pseudonym of a judge or a network; one that is a hub's pseudonym already stays as it is."""
    if judge is None or _PSEUDONYM.fullmatch(judge):
        return judge
    text = f"judge:{source}:{judge}".encode("utf-8", "surrogatepass")
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()[:16]
