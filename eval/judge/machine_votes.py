"""A machine's votes: two a battle, in both orders, written to a file of their own as votes that never count.

The second shows the battle of the first with its sides swapped, as a hidden repeat does. Both are marked as a machine's
and so left out of all that people's votes say, also where somebody puts the file among these.
"""

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.judge.battle_question import TOLD, make_message, parse_answer
from eval.judge.chat_endpoint import ChatEndpoint
from eval.votes.ledger import MACHINE, read_ledger
from hub.errors import DataError, MissingFile, RemoteError, StorageError
from hub.progress import track_items
from hub.schema import Vote
from hub.votes import Pictures, read_votes
from hub.votes.read import SEGMENTS, find_stored_votes, list_vote_files, read_segment_votes
from hub.votes.segment import parse_lines

BEGINS = b'{"kind":"vote",'  # a line of a vote
NO_MACHINE = "that is no machine's vote; name a file of its own with --out."
TRIES = 2  # answers that are asked for where the first can't be read


@dataclass
class JudgedBattles:
    """What became of the battles: those with both answers, and of the others the reason."""

    done: int = 0
    kept: int = 0  # answers that were there already
    failed: list[str] = field(default_factory=list)


def choose_battles(path: Path) -> list[Vote]:
    """Return one vote a battle of those that count and have pictures, in the order of time.

    Two votes are on one battle where question, prompt and pictures are the same, on whatever sides.

    Raises: DataError.
    """
    table = read_votes(path).table
    ledger = read_ledger(table)
    wanted = {id for id, counts in zip(table["id"].to_pylist(), ledger.counts & ledger.own, strict=True) if counts}
    found: dict[tuple[object, ...], Vote] = {}
    for vote in sorted(_read_whole(path, wanted), key=lambda one: (one.time, one.id)):
        sides = frozenset(tuple(sample.sha256 for sample in side) for side in (vote.a, vote.b))
        found.setdefault((vote.criterion, vote.prompts, sides), vote)
    return list(found.values())


def _read_whole(path: Path, ids: set[str]) -> Iterator[Vote]:
    """Yield the votes of these ids with their samples."""
    for file in list_vote_files(path):
        yield from read_segment_votes(file, ids) if file.suffix == SEGMENTS else find_stored_votes(file, ids)


def machine_id(model: str, vote: Vote, swapped: bool) -> str:
    """Return the id of a model's vote on a vote's battle, the same in every run."""
    return hashlib.sha256(f"{model}\n{vote.id}\n{swapped}".encode()).hexdigest()[:32]


def orient(vote: Vote, model: str, swapped: bool) -> Vote:
    """Return a vote on the same battle as the model's, its answer still the person's: it is replaced."""
    sides = {"a": vote.b, "b": vote.a} if swapped else {"a": vote.a, "b": vote.b}
    return vote.model_copy(
        update={
            **sides,
            "id": machine_id(model, vote, swapped),
            "rater": f"{MACHINE}:{model}",
            "network": "",
            "tags": (),
            "risk": {},
            "unchecked": (),
            "excluded": (MACHINE,),
            "repeat_of": machine_id(model, vote, False) if swapped else None,
            "names_withheld": True,
        }
    )


def read_known(path: Path) -> set[str]:
    """Return the ids in a file of machines' votes; a line that a killed run left half is cut off.

    Raises: DataError for a file that holds something else, StorageError.
    """
    if not path.exists():
        return set()
    try:
        content = path.read_bytes()
        known = _check_machine_votes(path, content)
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)
    except OSError as error:
        raise StorageError(f"{path} can't be read or written: {error.strerror}; name another file.") from error
    return known


def _check_machine_votes(path: Path, content: bytes) -> set[str]:
    """Return the ids of the whole lines. Raises: DataError unless all of them, and a torn last one, are machines'."""
    known = set()
    for line in parse_lines(content):
        if not isinstance(line.entry, Vote) or MACHINE not in line.entry.excluded:
            raise DataError(f"{path}, line {line.number}: {NO_MACHINE}")
        known.add(line.entry.id)
    torn = content[content.rfind(b"\n") + 1 :]
    if not known and torn[: len(BEGINS)] != BEGINS[: len(torn)]:
        raise DataError(f"{path}, line {len(content.splitlines())}: {NO_MACHINE}")
    return known


def append_vote(path: Path, vote: Vote) -> None:
    """Add a line, on disk when this returns. Raises: StorageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(f"{vote.model_dump_json()}\n".encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(f"{path} can't be written: {error.strerror}; mend that and run again.") from error


def judge_battles(
    battles: Sequence[Vote], pictures: Pictures, endpoint: ChatEndpoint, out: Path, pause: float = 0.0
) -> JudgedBattles:
    """Ask about every battle in both orders, what is not in ``out`` yet; ``pause``: seconds between two questions.

    A battle without its pictures, or without an answer, or one that can be read, is listed and left for the next run.

    Raises: RemoteError where the endpoint can't be used, with what was answered kept; StorageError.
    """
    known, found = read_known(out), JudgedBattles()
    for battle in track_items(battles, f"Asking {endpoint.model}"):
        try:
            for swapped in (False, True):
                vote = orient(battle, endpoint.model, swapped)
                if vote.id in known:
                    found.kept += 1
                else:
                    append_vote(out, _answer(vote, pictures, endpoint, pause))
            found.done += 1
        except (DataError, MissingFile) as error:
            found.failed.append(f"vote {battle.id}: {error}")
    return found


def _answer(vote: Vote, pictures: Pictures, endpoint: ChatEndpoint, pause: float) -> Vote:
    """Return the vote with the model's answer."""
    message = make_message(vote, pictures.read)
    for number in range(TRIES):
        if endpoint.asked:
            time.sleep(pause)
        begun = time.time()
        text = endpoint.ask(TOLD, message)
        try:
            outcome = parse_answer(text)
        except DataError:
            if number + 1 == TRIES:
                raise
        else:
            now = time.time()
            return vote.model_copy(update={"outcome": outcome, "time": now, "seconds": max(0.0, now - begun)})
    raise RemoteError("No answer was asked for.")
