"""How much of the votes that count rests on one rater, or on one network; and when that is suspicious."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from eval.votes.codes import encode, list_names
from eval.votes.ledger import Ledger
from hub.language.sentence import Sentence

LEAST_VOTES, LEAST_RATERS = 100, 5  # with fewer no alarm rings
RATER, NETWORK = 0.2, 0.3  # shares of the votes that count, above which one rings
RULE = Sentence(
    "Another alarm rings when, of {votes} counted votes or more by {raters} raters or more, one rater gave more than "
    "{rater:.0%}, or one network more than {network:.0%}.",
    votes=LEAST_VOTES, raters=LEAST_RATERS, rater=RATER, network=NETWORK,
)  # fmt: skip


@dataclass(frozen=True)
class Crowd:
    """The raters and networks of this arena's votes that count.

    What a network tells is None where no vote tells its network.
    """

    votes: int
    raters: int
    once: int  # raters with one vote
    largest_rater: float  # share of the votes
    networks: int
    raters_a_network: float | None  # at the median
    raters_most: int | None  # of one network
    largest_network: float | None  # share of the votes

    def alarms(self) -> tuple[str, ...]:
        """A sentence for each share that is suspicious."""
        if self.votes < LEAST_VOTES or self.raters < LEAST_RATERS:
            return ()
        rater = Sentence("One rater gave {share:.0%} of the {votes:,} votes that count: find out who votes so much.",
                         share=self.largest_rater, votes=self.votes)  # fmt: skip
        found = [rater] if self.largest_rater > RATER else []
        if self.largest_network is not None and self.largest_network > NETWORK:
            found.append(Sentence("One network gave {share:.0%} of the {votes:,} votes that count: find out whether "
                                  "its raters are several people.",
                                  share=self.largest_network, votes=self.votes))  # fmt: skip
        return tuple(found)


def measure_crowd(table: pa.Table, ledger: Ledger) -> Crowd | None:
    """Measure who gave this arena's votes that count; None where no vote counts."""
    rater, network = (encode(table[name], list_names(table[name])) for name in ("rater", "network"))
    rows = ledger.counts & ledger.own & (rater >= 0)
    rater, network = rater[rows], network[rows]
    if not len(rater):
        return None
    each = np.bincount(rater)
    known = network >= 0
    pairs = np.unique(network[known] * len(each) + rater[known])
    members = np.bincount(pairs // len(each))
    members = members[members > 0]
    return Crowd(
        votes=len(rater),
        raters=int((each > 0).sum()),
        once=int((each == 1).sum()),
        largest_rater=float(each.max() / len(rater)),
        networks=len(members),
        raters_a_network=float(np.median(members)) if len(members) else None,
        raters_most=int(members.max()) if len(members) else None,
        largest_network=float(np.bincount(network[known]).max() / len(rater)) if len(members) else None,
    )
