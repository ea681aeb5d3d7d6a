"""Votes of a made-up arena: this repository's entries by strengths of their own, on all three questions.

As a script it fills a data folder: ``python -m tests.eval.leaderboard.made FOLDER [VOTES]``.
"""

import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from hub.prompts import load_captions
from hub.schema import Criterion, Outcome, Vote
from hub.votes import ContentStore, VoteLog
from tests.hub.votes.made import PNG, setup, vote

STRENGTHS = {"diffusion": 1.2, "unclip": 0.9, "scad": 0.3, "scad-dd": 0.2, "scad-mi": -0.3, "galip": -0.9}
TYPED = ("a red apple on a plate", "a cat", "two owls that look at the moon over a lake of glass and stone")
START = 1_764_000_000.0  # the time of the first one


def make_votes(number: int, seed: int = 0, names: Sequence[str] = tuple(STRENGTHS)) -> Iterator[Vote]:
    """Yield so many votes of a crowd, in the order of time."""
    rng, captions = random.Random(seed), load_captions()
    for place in range(number):
        left, right = rng.sample(names, 2)
        ahead = STRENGTHS.get(left, 0.0) - STRENGTHS.get(right, 0.0)
        win = 1 / (1 + 2.718281828 ** (-ahead))
        outcome = rng.choices(tuple(Outcome), (0.8 * win, 0.8 * (1 - win), 0.14, 0.06))[0]
        rater = f"rater-{rng.randrange(max(4, number // 9))}"
        yield vote(
            f"{seed:04d}-{place:07d}",
            left=left,
            right=right,
            outcome=outcome,
            criterion=rng.choice(tuple(Criterion)),
            prompt=rng.choice(captions) if rng.random() < 0.6 else rng.choice(TYPED),
            rater=rater,
            network=f"network of {rater}",
            time=START + 60.0 * place,
            seconds=round(rng.uniform(1.0, 20.0), 1),
        )


def fill(data: Path, number: int, seed: int = 0) -> list[Vote]:
    """Write so many votes to a data folder as an arena does, and return them."""
    store, log, made = ContentStore(data), VoteLog(data), list(make_votes(number, seed))
    store.write_image(PNG)
    store.write_setup(setup())
    for one in made:
        log.append(one)
    log.close()
    return made


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 400)
