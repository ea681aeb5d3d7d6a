"""Made-up raters, honest and not, run through the gates; as a module it prints the figures."""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from eval.favour import find_favouring
from eval.favour.groups import find_group
from eval.favour.tallies import tally_votes
from hub.gates import GATES, Cell, Guard
from hub.gates.entries.favour import CERTAIN, find_favourite
from hub.gates.opinions import Voices
from hub.schema import Criterion, Outcome, Vote
from tests.hub.gates import crowd
from tests.hub.votes import made

FEW = 15  # votes of a bot that are not looked at: nothing can be known of them yet
VOTES = 200  # of each rater
SAID = (5, 10, 20, 40, 100, 200)  # votes of a rater with tastes
SPREADS = (0.0, 0.5, 1.0, 2.0, 3.0)  # of generators' strengths
SPREAD = 0.6  # standard deviation of the logarithm of an honest decision's seconds
BASES = {criterion: made.vote("base", criterion=criterion) for criterion in (Criterion.quality, Criterion.variety)}
Answer = Callable[[random.Random, int], Outcome]  # of the vote with this number
Row = tuple[crowd.Voter, str, str, Outcome]  # who, the left and the right generator, and what they say


@dataclass(frozen=True)
class Kind:
    """How a rater answers and how long that takes: ``median`` seconds, always that many where ``steady``."""

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


def favoured(rng: random.Random, raters: int, spread: float) -> tuple[int, int]:
    """Honest raters of one arena whom the gate of favour ever excludes, and whom a report does.

    Generators' strengths have this standard deviation in logits, raters' tastes .7; the gate is asked after every
    fifth vote, beside all that the others say in the end.
    """
    strengths = [(name, rng.gauss(0, spread)) for name in crowd.NAMES]
    homes = [f"home-{n // rng.choice([1, 1, 1, 3])}" for n in range(raters)]
    everyone = [crowd.Voter(f"r{n}", home, crowd.honest(rng, strengths)) for n, home in enumerate(homes)]
    rows = [(rater, *crowd.answer(rng, rater)) for rater in everyone for _ in range(rng.choice(SAID))]
    table = crowd.table_of(rows)
    voices = Voices()
    voices.recall(table)
    ever = set()
    for rater in everyone:
        others = voices.said(BASES[Criterion.quality].model_copy(update={"rater": rater.id})).others
        own: Counter[Cell] = Counter()
        for number, (_, left, right, outcome) in enumerate(row for row in rows if row[0] is rater):
            if outcome in (Outcome.a, Outcome.b):
                own[(Criterion.quality, *((left, right) if outcome is Outcome.a else (right, left)))] += 1
            if number % 5 == 4:
                found = find_favourite(own, others)
                ever |= {rater.id} if found and found.times >= CERTAIN else set()
    out = find_favouring(table, np.ones(len(rows), dtype=bool)).rows
    return len(ever), len({row[0].id for row, left in zip(rows, out, strict=True) if left})


def fond(liking: float, strengths: Sequence[tuple[str, float]] = crowd.STRENGTHS) -> list[tuple[str, float]]:
    """Strengths to raters who like one generator so much more than others do, in logits."""
    return [(name, strength + liking * (name == crowd.FAVOURITE)) for name, strength in strengths]


def grouped(rows: Sequence[Row]) -> set[str]:
    """The raters who are found to be of a group, nobody being left out before for certain."""
    ids, homes = (sorted({getattr(row[0], name) for row in rows}) for name in ("id", "network"))
    who, cell = [], []
    for voter, left, right, outcome in rows:
        if outcome in (Outcome.a, Outcome.b):
            a, b = crowd.NAMES.index(left), crowd.NAMES.index(right)
            who.append(ids.index(voter.id))
            cell.append(a * len(crowd.NAMES) + b if outcome is Outcome.a else b * len(crowd.NAMES) + a)
    home = {row[0].id: homes.index(row[0].network) for row in rows}
    group = find_group(
        tally_votes(len(crowd.NAMES), np.array(who), np.array(cell)), np.array([home[one] for one in ids])
    )
    return {ids[one] for one in group.members} if group else set()


def print_grouped(raters: int) -> None:
    """Print how many honest raters are taken for a group where tastes are wider than the gate's, or of two kinds."""
    for taste, liking in ((crowd.TASTE, 0.0), (2 * crowd.TASTE, 0.0), (crowd.TASTE, 2.5)):
        for spread in SPREADS[:4:2]:
            rng, seen, out = random.Random(int(10 * spread)), 0, 0
            while seen < raters:
                number = rng.choice([8, 15, 40, 100])
                strengths = [(name, rng.gauss(0, spread)) for name in crowd.NAMES]
                kinds = [fond(liking if rng.random() < 0.2 else 0.0, strengths) for _ in range(number)]
                everyone = [crowd.Voter(f"r{n}", f"r{n}", crowd.honest(rng, of, taste)) for n, of in enumerate(kinds)]
                rows = [(rater, *crowd.answer(rng, rater)) for rater in everyone for _ in range(rng.choice(SAID))]
                seen, out = seen + number, out + len(grouped(rows))
            print(
                f"honest, tastes of {taste:g} logits, one in five fond of one generator by {liking:g}, strengths of "
                f"{spread:g}: of {seen:,} raters {out / seen:.3%} taken for a group"
            )


def print_favoured(raters: int) -> None:
    """Print how many honest raters are taken for partisans."""
    for spread in SPREADS:
        rng, seen, ever, out = random.Random(int(10 * spread)), 0, 0, 0
        while seen < raters:
            number = rng.choice([8, 15, 40, 100])
            live, whole = favoured(rng, number, spread)
            seen, ever, out = seen + number, ever + live, out + whole
        print(
            f"honest, with tastes, strengths of {spread:g} logits: of {seen:,} raters {ever / seen:.3%} ever excluded "
            f"by the gate of favour, {out / seen:.3%} by a report"
        )


if __name__ == "__main__":
    for name, kind in HONEST.items():
        print(f"honest, {name}: {excluded(kind, 500):.4%} of {500 * VOTES:,} votes excluded")
    print_favoured(10_000)
    print_grouped(4000)
    for name, kind in BOTS.items():
        print(f"bot, {name}: {excluded(kind, 20, FEW):.2%} of the votes after the first {FEW} excluded")
