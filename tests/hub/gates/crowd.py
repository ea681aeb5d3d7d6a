"""A made-up arena: generators of known strength, honest raters with tastes, networks, and bots with a favourite."""

import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from hub.schema import Criterion, Outcome, Vote
from hub.votes import TABLE
from tests.hub.votes import made

STRENGTHS = (("amber", 0.8), ("birch", 0.4), ("cedar", 0.0), ("delta", -0.4), ("ebony", -0.8))  # logits
NAMES = tuple(name for name, _ in STRENGTHS)
FAVOURITE = NAMES[-1]  # the weakest
TASTE = 0.7  # standard deviation of a rater's liking for a generator, in logits
LEAN = 0.3  # and of a rater's leaning to the left side
TIES, BOTH_BAD = 0.12, 0.05
SPREAD = 0.6  # standard deviation of the logarithm of a decision's seconds
Choice = Callable[[random.Random, str, str], Outcome]  # of the left and the right generator
BASES = {
    (left, right): made.vote("base", left=left, right=right)
    for pair in itertools.combinations(NAMES, 2)
    for left, right in (pair, pair[::-1])
}


@dataclass
class Voter:
    """Who votes, how, from where, and how long a vote takes: ``median`` seconds, and ``wait`` between two."""

    id: str
    network: str
    choose: Choice
    median: float = 3.0
    wait: float = 12.0
    number: int = 0
    now: float = field(default=1e9)


def honest(rng: random.Random, strengths: Sequence[tuple[str, float]] = STRENGTHS, taste: float = TASTE) -> Choice:
    """Looks, has tastes and a leaning to one side, and now and then prefers neither."""
    liking = {name: strength + rng.gauss(0, taste) for name, strength in strengths}
    lean = rng.gauss(0, LEAN)

    def choose(rng: random.Random, left: str, right: str) -> Outcome:
        chance = rng.random()
        if chance < TIES + BOTH_BAD:
            return Outcome.tie if chance < TIES else Outcome.both_bad
        return Outcome.a if rng.random() < 1 / (1 + math.exp(-(liking[left] - liking[right] + lean))) else Outcome.b

    return choose


def partisan(
    favourite: str = FAVOURITE, *, liked: bool = True, noise: float = 0.0, other: Choice | None = None
) -> Choice:
    """Votes for its favourite, or against it, but for a share of ``noise``; else by ``other``, or a coin."""

    def choose(rng: random.Random, left: str, right: str) -> Outcome:
        if favourite not in (left, right) or rng.random() < noise:
            return other(rng, left, right) if other else rng.choice([Outcome.a, Outcome.b])
        return Outcome.a if (favourite == left) is liked else Outcome.b

    return choose


def voters(rng: random.Random, number: int, taste: float = TASTE) -> list[Voter]:
    """Honest voters: three in four at home alone, the others in households of two to four."""
    found: list[Voter] = []
    while len(found) < number:
        house = 1 if rng.random() < 0.75 else rng.randint(2, 4)
        network = f"house-{len(found)}"
        found += [Voter(f"{network}-{n}", network, honest(rng, taste=taste)) for n in range(house)]
    return found[:number]


def answer(rng: random.Random, voter: Voter) -> tuple[str, str, Outcome]:
    """The left and the right generator of a battle, drawn by lot, and what the voter says."""
    left, right = rng.sample(NAMES, 2)
    return left, right, voter.choose(rng, left, right)


def table_of(rows: Sequence[tuple[Voter, str, str, Outcome]]) -> pa.Table:
    """The table of answers, in their order; as ``hub.votes.read_votes`` would give it, made without records."""
    n = len(rows)
    columns: dict[str, list[object]] = {
        "id": [f"vote-{number}" for number in range(n)],
        "time": [1e9 + number for number in range(n)],
        "generator_a": [left for _, left, _, _ in rows],
        "generator_b": [right for _, _, right, _ in rows],
        "outcome": [outcome.value for *_, outcome in rows],
        "rater": [voter.id for voter, *_ in rows],
        "network": [voter.network or None for voter, *_ in rows],
        "prompt": [f"prompt {number}" for number in range(n)],
    }
    same = {"criterion": "quality", "source": "arena", "seeds": "1", "seconds": 3.0}
    rest = {field.name: [same.get(field.name)] * n for field in TABLE if field.name not in columns}
    return pa.Table.from_pydict(columns | rest, TABLE)


def ballot(rng: random.Random, voter: Voter) -> Vote:
    """The next vote of a voter, on pictures of its own."""
    left, right = rng.sample(NAMES, 2)
    base, prompt = BASES[left, right], f"{voter.id} {voter.number}"
    seconds = voter.median * math.exp(rng.gauss(0, SPREAD))
    voter.now += seconds + voter.wait
    voter.number += 1
    sides = {side: tuple(one.model_copy(update={"prompt": prompt}) for one in getattr(base, side)) for side in "ab"}
    changes = {"id": prompt, "rater": voter.id, "network": voter.network, "time": voter.now, "seconds": seconds}
    outcome = voter.choose(rng, left, right)
    return base.model_copy(update={**changes, **sides, "outcome": outcome, "criterion": Criterion.quality})


def in_turns(rng: random.Random, everyone: Sequence[tuple[Voter, int]]) -> Iterator[Vote]:
    """So many votes of each voter, in a random order."""
    order = [voter for voter, votes in everyone for _ in range(votes)]
    rng.shuffle(order)
    yield from (ballot(rng, voter) for voter in order)
