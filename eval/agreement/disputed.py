"""Battles on which raters were divided most: the same pictures, answers for both sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from eval.agreement.strips import Seen
from eval.agreement.thumbnails import is_readable, make_thumbnails
from eval.ratings.counts import A, B, QuestionVotes
from hub.errors import MissingFile
from hub.schema import Criterion
from hub.votes import Pictures
from hub.votes.pictures import SidePictures

MOST = 6  # battles shown
BUDGET = 350_000  # bytes of all thumbnails


@dataclass(frozen=True)
class Dispute:
    """A battle with votes for both sides: its prompt or both wordings, its generators, votes for each and neither."""

    criterion: Criterion
    prompt: str
    generators: tuple[str, str]
    votes: tuple[int, int, int]
    sides: tuple[tuple[Seen, ...], tuple[Seen, ...]]


@dataclass(frozen=True)
class Disputed:
    """The most disputed battles first.

    ``shared``: battles that several votes are about; ``split``: those with votes for both sides.
    """

    shared: int
    split: int
    battles: tuple[Dispute, ...]


@dataclass
class _Battle:
    """Votes on the same two sides under one question, whichever stood on the left."""

    criterion: Criterion
    row: int  # of the votes' table
    sides: tuple[tuple[str, ...], tuple[str, ...]]
    generators: tuple[str, str]
    votes: list[int] = field(default_factory=lambda: [0, 0, 0])

    @property
    def order(self) -> tuple[int, int, tuple[tuple[str, ...], ...]]:
        """Sort key: votes for the weaker side, then all of them, most first; then digests."""
        return (-min(self.votes[:2]), -sum(self.votes), self.sides)


def find_disputed(votes: pa.Table, asked: Sequence[QuestionVotes], pictures: Pictures) -> Disputed:
    """Return the battles that were answered several times, with votes for both sides.

    ``votes`` is the table of all.
    """
    known = pictures.of_votes
    battles = [battle for one in asked if one.criterion for battle in _group_battles(votes, one, one.criterion, known)]
    shared = [battle for battle in battles if sum(battle.votes) > 1]
    split = sorted((battle for battle in shared if min(battle.votes[:2])), key=lambda battle: battle.order)
    return Disputed(len(shared), len(split), tuple(_show_first(votes, split, pictures)))


def _group_battles(
    votes: pa.Table, asked: QuestionVotes, criterion: Criterion, known: Mapping[str, SidePictures]
) -> list[_Battle]:
    """Group a question's votes by battle, in the order of the first vote on each."""
    ids = votes["id"].take(pa.array(asked.votes.rows)).to_pylist()
    names = asked.votes.names
    found: dict[tuple[tuple[str, ...], ...], _Battle] = {}
    columns = (asked.votes.rows, asked.votes.left, asked.votes.right, asked.votes.outcome)
    for id, row, left, right, outcome in zip(ids, *(column.tolist() for column in columns), strict=True):
        if id not in known or known[id].a == known[id].b:
            continue
        a, b = known[id]
        first, second = sorted((a, b))
        own = (names[left], names[right]) if first == a else (names[right], names[left])
        battle = found.setdefault((first, second), _Battle(criterion, row, (first, second), own))
        place = 2 if outcome not in {A, B} else int((outcome == A) != (first == a))
        battle.votes[place] += 1
    return list(found.values())


def _show_first(votes: pa.Table, split: Sequence[_Battle], pictures: Pictures) -> list[Dispute]:
    """Return the first battles whose pictures are all there."""
    whole, contents = [], []
    for battle in split:
        try:
            content = [pictures.read(digest) for side in battle.sides for digest in side]
        except MissingFile:  # told with the votes' accuracy
            continue
        if not all(map(is_readable, content)):
            continue
        whole.append(battle)
        contents.append(content)
        if len(whole) == MOST:
            break
    rows = zip(whole, make_thumbnails(contents, BUDGET), strict=False)
    return [_make_dispute(votes, battle, small) for battle, small in rows]


def _make_dispute(votes: pa.Table, battle: _Battle, small: Sequence[bytes]) -> Dispute:
    """Return a battle with its thumbnails, which come side by side."""
    seeds = [int(seed) for seed in votes["seeds"][battle.row].as_py().split(",")]
    thumbnails = iter(small)
    first, second = (
        tuple(Seen(name, seed, digest, next(thumbnails)) for seed, digest in zip(seeds, side, strict=True))
        for name, side in zip(battle.generators, battle.sides, strict=True)
    )
    prompt = " / ".join(filter(None, (votes[name][battle.row].as_py() for name in ("prompt", "wording"))))
    count = (battle.votes[0], battle.votes[1], battle.votes[2])
    return Dispute(battle.criterion, prompt, battle.generators, count, (first, second))
