"""Made-up raters, honest and not, run through the gates; as a module it prints the figures."""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hub.gates import GATES, Guard
from hub.schema import Criterion, Outcome, Vote
from tests.hub.votes import made

FEW = 15  # votes of a bot that are not looked at: nothing can be known of them yet
VOTES = 200  # of each rater
SPREAD = 0.6  # standard deviation of the logarithm of an honest decision's seconds
BASES = {criterion: made.vote("base", criterion=criterion) for criterion in (Criterion.quality, Criterion.variety)}
Answer = Callable[[random.Random, int], Outcome]  # of the vote with this number


@dataclass(frozen=True)
class Kind:
    """How a rater answers and how long he takes: ``median`` seconds, always that many where ``steady``."""

    answer: Answer
    median: float = 3.0
    steady: bool = False
    wait: float = 0.3  # seconds between a vote and the next battle's pictures: hardly any
    criterion: Criterion = Criterion.quality


def by_share(a: float, b: float, tie: float) -> Answer:
    """Answers with these shares, the rest is "both bad"."""
    shares = (a, b, tie, 1 - a - b - tie)
    return lambda rng, number: rng.choices([Outcome.a, Outcome.b, Outcome.tie, Outcome.both_bad], shares)[0]


def cycle(letters: str) -> Answer:
    """The same answers in turn: a, b, and t for a tie."""
    outcomes = [{"a": Outcome.a, "b": Outcome.b, "t": Outcome.tie}[letter] for letter in letters]
    return lambda rng, number: outcomes[number % len(outcomes)]


HONEST = {
    "ties and both bad now and then": Kind(by_share(0.375, 0.375, 0.15)),
    "never a tie": Kind(by_share(0.5, 0.5, 0)),
    "mostly ties and both bad": Kind(by_share(0.1, 0.1, 0.3)),
    "leaning to the left side": Kind(by_share(0.5, 0.35, 0.1)),
    "quick ones, median 2 s": Kind(by_share(0.4, 0.4, 0.15), median=2.0),
    "sets, also in 3 s": Kind(by_share(0.4, 0.4, 0.15), criterion=Criterion.variety),
}
BOTS = {
    "always A, 5 a second": Kind(cycle("a"), 0.2, steady=True, wait=0.0),
    "random, in 0.2 s": Kind(by_share(0.5, 0.5, 0), 0.2, steady=True),
    "alternating, in 0.2 s": Kind(cycle("ab"), 0.2, steady=True),
    "always A, as slow as people": Kind(cycle("a")),
    "alternating, as slow as people": Kind(cycle("ab")),
    "A B B, as slow as people": Kind(cycle("abb")),
    "always A with every eighth a tie, as slow as people": Kind(cycle("aaaaaaat")),
    "random, one a second": Kind(by_share(0.5, 0.5, 0), 0.9, steady=True, wait=0.1),
}


def votes(kind: Kind, rng: random.Random, rater: str) -> Iterator[Vote]:
    """The votes of one rater, each on pictures of its own."""
    base, now = BASES[kind.criterion], 1e9
    for number in range(VOTES):
        seconds = kind.median * (1 if kind.steady else math.exp(rng.gauss(0, SPREAD)))
        now += seconds + kind.wait
        prompt = f"prompt {number}"
        sides = {side: tuple(s.model_copy(update={"prompt": prompt}) for s in getattr(base, side)) for side in "ab"}
        changes = {"id": f"{rater}-{number}", "rater": rater, "time": now, "seconds": seconds, **sides}
        yield base.model_copy(update=changes | {"outcome": kind.answer(rng, number)})


def excluded(kind: Kind, raters: int, skip: int = 0, seed: int = 0) -> float:
    """The share of such raters' votes that do not count, without the first ``skip`` of each."""
    rng, guard = random.Random(seed), Guard(list(GATES), 1.0, 10**6, 10**6, 1)
    marked = [bool(guard.check(vote).excluded) for n in range(raters) for vote in list(votes(kind, rng, f"r{n}"))]
    counted = [mark for number, mark in enumerate(marked) if number % VOTES >= skip]
    return sum(counted) / len(counted)


if __name__ == "__main__":
    for name, kind in HONEST.items():
        print(f"honest, {name}: {excluded(kind, 500):.4%} of {500 * VOTES:,} votes excluded")
    for name, kind in BOTS.items():
        print(f"bot, {name}: {excluded(kind, 20, FEW):.2%} of the votes after the first {FEW} excluded")
