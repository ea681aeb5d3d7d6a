"""How often each two generators met on each question, and what was said of them: what a comparison of two shows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from eval.ratings.counts import BOTH_BAD, TIE
from eval.summary import Question
from hub.schema import Criterion
from hub.votes.rows import OWN


@dataclass(frozen=True)
class Meetings:
    """Counted votes of one question on two generators, ``one`` before ``other`` by name, on whichever side."""

    criterion: Criterion
    one: str
    other: str
    won: int
    lost: int
    tie: int
    both_bad: int

    @property
    def votes(self) -> int:
        """Return the number of votes."""
        return self.won + self.lost + self.tie + self.both_bad

    def seen_from(self, name: str) -> "Meetings":
        """Return the counts with the generator of this name as ``one``."""
        if name == self.one:
            return self
        return Meetings(self.criterion, self.other, self.one, self.lost, self.won, self.tie, self.both_bad)


def list_meetings(questions: Iterable[Question]) -> Iterator[Meetings]:
    """Yield the meetings of every two generators that met, on this arena's own questions."""
    for question in questions:
        if question.source != OWN or question.criterion is None:
            continue
        counts = question.counts
        wins, either = counts.wins, counts.cells + counts.cells.transpose(1, 0, 2)
        for i, j in combinations(sorted(range(len(counts.names)), key=lambda place: counts.names[place]), 2):
            found = (wins[i, j], wins[j, i], either[i, j, TIE], either[i, j, BOTH_BAD])
            if any(found):
                yield Meetings(question.criterion, counts.names[i], counts.names[j], *map(int, found))
