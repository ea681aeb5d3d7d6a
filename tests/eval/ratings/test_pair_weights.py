"""Votes that weigh one over the chance of their pair aim at pairs that meet evenly, where no strengths fit them all."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from eval import rate
from eval.ratings.board import Rule, make_board
from eval.ratings.bradley_terry import CENTRE, SCALE, fit
from eval.ratings.by_question import Cluster, Wanted, rate_questions
from eval.ratings.counts import Counts, Votes
from eval.ratings.weights import Weigh, weigh_votes
from eval.votes.ledger import LeftOut
from hub.battle.pairing import Pairs, find_chances
from hub.command import make_command
from hub.schema import Criterion, Outcome, Vote
from hub.votes import VoteLog, make_table
from tests.hub.votes.made import vote

NAMES = ("ink", "oil", "wax", "yew")
PAIRS = [(i, j) for i in range(4) for j in range(i + 1, 4)]
BEATS = np.array([0.8, 0.25, 0.6, 0.85, 0.55, 0.7])  # of the first of each pair: ink over oil over wax over ink
VOTES, RUNS = 1500, 16
WEIGHED = Wanted(Rule(), Cluster.none, (), None, Weigh.inverse_probability)


def project() -> NDArray[np.float64]:
    """Ratings of endless votes on pairs that meet evenly, (n,)."""
    cells = np.zeros((4, 4, 4))
    for (i, j), share in zip(PAIRS, BEATS, strict=True):
        cells[i, j, :2] = share, 1 - share
    return SCALE * fit(Counts(NAMES, 1e6 * cells)).theta + CENTRE


def make_votes(pairs: NDArray[np.int64], rng: np.random.Generator) -> Votes:
    """Votes on these pairs."""
    left, right = np.array(PAIRS)[pairs].T
    outcome = (rng.random(len(pairs)) >= BEATS[pairs]).astype(np.int64)
    return Votes(NAMES, left, right, outcome, np.arange(len(pairs)))


def rate_votes(votes: Votes, chance: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Rating, lower and upper end of each generator, (n, 3)."""
    alone = np.full(len(votes.left), -1)
    rows = make_board(weigh_votes(votes, (alone, alone, alone), chance).votes, Rule()).ratings
    found = {row.generator: (row.rating, row.low, row.high) for row in rows}
    return np.array([found[name] for name in NAMES])


class Chaser:
    """Asks about the pairs that the votes so far put closest, as a live arena does."""

    def __init__(self, seed: int) -> None:
        self.rng, self.said = np.random.default_rng(seed), np.ones((6, 2))
        self.pairs = Pairs(NAMES, random.Random(seed), {}, information=self.inform)

    def inform(self, pairs: Sequence[tuple[str, str]], criterion: Criterion) -> list[float]:
        """More of a pair the closer it is."""
        return list(0.001 + (1 - 2 * np.abs(self.said[:, 0] / self.said.sum(axis=1) - 0.5)) ** 4)

    def collect(self) -> tuple[Votes, NDArray[np.float64]]:
        """Votes, each on a pair drawn by those before it, and the chances of their pairs."""
        drawn, chances, outcomes = [], [], []
        for _ in range(VOTES):
            names, chance = self.pairs.next(Criterion.quality)
            first, second = sorted(NAMES.index(name) for name in names)
            drawn.append(PAIRS.index((first, second)))
            lost = int(self.rng.random() >= BEATS[drawn[-1]])
            self.said[drawn[-1], lost] += 1
            outcomes.append(lost)
            chances.append(chance or 0.0)
        left, right = np.array(PAIRS)[drawn].T
        return Votes(NAMES, left, right, np.array(outcomes), np.arange(VOTES)), np.array(chances)


def test_weights_are_unbiased_where_pairs_are_chosen_by_the_votes_and_votes_alike_are_not() -> None:
    weighed, alike = [], []
    for seed in range(RUNS):
        votes, chance = Chaser(seed).collect()
        weighed.append(rate_votes(votes, chance)[:, 0])
        alike.append(rate_votes(votes, None)[:, 0])
    target = project()
    error = np.std(weighed, axis=0, ddof=1) / RUNS**0.5
    assert (np.abs(np.mean(weighed, axis=0) - target) < 4 * error).all()
    assert np.abs(np.mean(alike, axis=0) - target).max() > 20 > 2 * error.max()


def test_intervals_of_weighed_votes_hold_what_they_aim_at() -> None:
    rng, target = np.random.default_rng(0), project()
    chances = find_chances(np.array([0.0, 5.0, 1.0, 0.0, 4.0, 0.5]))
    held: list[NDArray[np.bool_]] = []
    held_alike: list[NDArray[np.bool_]] = []
    for _ in range(150):
        pairs = rng.choice(6, VOTES, p=chances)
        votes = make_votes(pairs, rng)
        for chance, into in ((chances[pairs], held), (None, held_alike)):
            found = rate_votes(votes, chance)
            into.append((found[:, 1] <= target) & (target <= found[:, 2]))
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.mean(held_alike) < 0.6


def test_chances_that_are_all_the_same_change_nothing() -> None:
    rng = np.random.default_rng(0)
    votes = make_votes(rng.integers(0, 6, 300), rng)
    assert rate_votes(votes, np.full(300, 1 / 6)) == pytest.approx(rate_votes(votes, None), abs=1e-6)


def made(chances: Sequence[float | None]) -> list[Vote]:
    """Votes of ink against oil and wax, with these chances."""
    outcomes = (Outcome.a, Outcome.b, Outcome.a)
    return [
        vote(f"{number}", time=number, left="ink", right=("oil", "wax")[number % 2], outcome=outcomes[number % 3],
             pair_probability=chance, prompt=f"{number}")
        for number, chance in enumerate(chances)
    ]  # fmt: skip


def test_votes_without_a_chance_are_left_out_of_weighed_ratings_and_counted_there() -> None:
    known = made([0.2, 0.5, 0.25, 0.125, 0.5, 0.25] * 6)
    (found,) = rate_questions(make_table([*known, *made([None] * 50)[36:]]), WEIGHED)
    assert found.question.excluded == {LeftOut.chance: 14}
    (alone,) = rate_questions(make_table(known), WEIGHED)
    assert found.question.ratings == alone.question.ratings
    assert any("as much as" in note for note in alone.question.notes)
    (plain,) = rate_questions(make_table(known), Wanted(Rule(), Cluster.none, (), None))
    assert plain.question.ratings != alone.question.ratings


def run(data: Path, *options: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and what was said."""
    done = CliRunner().invoke(make_command(rate.main, ""), [str(data), "--weigh", "inverse-probability", *options])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_weighs_and_refuses_votes_that_tell_no_chance(tmp_path: Path) -> None:
    for name, chances in (("told", [0.2, 0.5, 0.25] * 10), ("untold", [None] * 30)):
        log = VoteLog(tmp_path / name)
        for one in made(chances):
            log.append(one)
        log.close()
    code, printed, _ = run(tmp_path / "told", "--json")
    assert code == 0
    assert json.loads(printed)["rule"]["weigh"] == "inverse-probability"
    code, printed, said = run(tmp_path / "untold")
    assert (code, printed) == (2, "")
    assert "tells the chance with which its pair was drawn" in " ".join(said.split())
    assert "Traceback" not in said


def test_a_table_of_votes_that_were_imported_has_no_chances() -> None:
    table = make_table(made([0.5] * 4))
    place = table.schema.get_field_index("pair_probability")
    gone = table.set_column(place, "pair_probability", pa.nulls(4, pa.float64()))
    (found,) = rate_questions(gone, WEIGHED)
    assert found.board is None
    assert "leave out --weigh" in (found.question.unrated or "")
