"""Favour over a whole log: whose votes do not count, earlier ones too; kept all, told by reason."""

import logging
import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from eval.favour import FavouringGroup, _read_decided, find_favouring
from eval.ratings.counts import count_votes
from eval.summary import summarise
from eval.votes.alarm import warn_of_group
from eval.votes.ledger import name_reasons, read_ledger
from hub.language.catalogue import language
from hub.votes import ReadVotes
from tests.attacks import favourite
from tests.attacks.favourite import BOTS, Bot, Result, attack
from tests.hub.gates.crowd import FAVOURITE, Choice, Voter, answer, honest, partisan, table_of, voters
from tests.hub.gates.simulation import Row, fond, grouped

REASON = "the gate favour"


def said(rng: random.Random, everyone: Sequence[tuple[Voter, int]]) -> list[Row]:
    """So many answers of each voter, in a random order."""
    rows = [(voter, *answer(rng, voter)) for voter, votes in everyone for _ in range(votes)]
    rng.shuffle(rows)
    return rows


def crowd(rng: random.Random, raters: int = 50, votes: int = 20) -> list[tuple[Voter, int]]:
    """Honest voters with tastes; a thousand votes."""
    return [(voter, votes) for voter in voters(rng, raters)]


def bots(number: int, votes: int, networks: int, choose: Choice) -> list[tuple[Voter, int]]:
    """One person with so many cookies, on so many networks."""
    return [(Voter(f"bot-{n}", f"lair-{n % networks}", choose), votes) for n in range(number)]


def found(rows: Sequence[Row]) -> set[str]:
    """The raters who are found to favour a generator."""
    out = find_favouring(table_of(rows), np.ones(len(rows), dtype=bool)).rows
    return {row[0].id for row, left in zip(rows, out, strict=True) if left}


@pytest.mark.parametrize(
    ("cookies", "votes", "networks", "choose"),
    [
        (1, 236, 1, partisan()),
        (1, 236, 1, partisan(noise=0.05)),
        (1, 236, 1, partisan("amber", liked=False)),
        (20, 236, 1, partisan()),
        (20, 12, 1, partisan()),
        (200, 1, 1, partisan()),
        (20, 236, 20, partisan()),
        (20, 236, 20, partisan(other=honest(random.Random(5)))),
        (20, 120, 20, partisan()),
    ],
    ids=["one", "noisy", "against", "cookies", "few-each", "one-each", "networks", "honest-else", "fewer"],
)
def test_who_favours_is_found_however_many_and_nobody_else(
    cookies: int, votes: int, networks: int, choose: Choice
) -> None:
    rng = random.Random(0)
    rows = said(rng, [*crowd(rng), *bots(cookies, votes, networks, choose)])
    out = found(rows)
    assert {rater for rater in out if not rater.startswith("bot")} == set()
    given = [voter.id in out for voter, *_ in rows if voter.id.startswith("bot")]
    assert sum(given) > 0.9 * len(given)


@pytest.mark.parametrize(("votes", "noise"), [(236, 0.3), (236, 0.6), (12, 0.0)])
@pytest.mark.parametrize("liked", [True, False], ids=["for", "against"])
def test_a_group_is_found_of_whom_alone_it_is_not_certain(votes: int, noise: float, liked: bool) -> None:
    favourite = FAVOURITE if liked else "amber"
    for seed in range(3):
        rng = random.Random(seed)
        rows = said(rng, [*crowd(rng), *bots(20, votes, 20, partisan(favourite, liked=liked, noise=noise))])
        out = found(rows)
        assert sum(rater.startswith("bot") for rater in out) >= 12
        assert sum(not rater.startswith("bot") for rater in out) <= 5


@pytest.mark.parametrize(("favourite", "liked", "did"), [(FAVOURITE, True, "preferred"), ("amber", False, "refused")])
def test_a_group_that_is_found_rings_with_its_raters_networks_votes_and_favourite(
    favourite: str, liked: bool, did: str
) -> None:
    rng = random.Random(0)
    rows = said(rng, [*crowd(rng), *bots(20, 60, 10, partisan(favourite, liked=liked, noise=0.3))])
    table = table_of(rows)
    (group,) = read_ledger(table).groups
    (alarm,) = summarise(ReadVotes(table, ())).alarms
    assert (group.generator, group.liked) == (favourite, liked)
    few = (60 * group.raters - group.votes) / 40  # honest ones who are taken for some of them gave 20 votes each
    assert few in range(6)
    assert group.raters - few >= 12
    assert 9 <= group.networks - few <= 10  # the bots are on ten
    assert alarm.startswith(f"{group.raters} raters on {group.networks} networks {did} {favourite}, whatever stood")
    assert f"their {group.votes:,} votes are left out" in alarm


def test_raters_who_favour_each_for_certain_and_honest_ones_ring_as_no_group() -> None:
    rng = random.Random(0)
    for more in ([], bots(1, 236, 1, partisan())):
        assert summarise(ReadVotes(table_of(said(rng, [*crowd(rng), *more])), ())).alarms == ()


def test_a_groups_networks_are_told_as_far_as_votes_tell_them() -> None:
    for networks, words in ((0, "no known network"), (1, "one network"), (2000, "2,000 networks")):
        said_of_it = warn_of_group(FavouringGroup("<b>", True, 2000, networks, 30_000))
        assert said_of_it.startswith(f"2,000 raters on {words} preferred <b>, whatever stood beside it")
        assert "は、何と並んでも <b> を" in language("ja").tell(said_of_it)


@pytest.mark.parametrize("taste", [0.7, 1.4])
def test_tastes_however_wide_make_no_group(taste: float) -> None:
    for seed in range(6):
        rng = random.Random(seed)
        everyone = [(voter, rng.choice([5, 12, 20, 60])) for voter in voters(rng, rng.choice([10, 40, 80]), taste)]
        assert not grouped(said(rng, everyone))


def test_those_who_share_a_liking_that_depends_on_what_stands_beside_are_no_group() -> None:
    for seed in range(6):
        rng = random.Random(seed)
        minority = [(Voter(f"m{n}", f"m{n}", honest(rng, fond(2.5))), 20) for n in range(15)]
        assert not grouped(said(rng, [*crowd(rng), *minority]))


def test_a_group_among_thousands_is_looked_for_in_a_sample() -> None:
    rng = random.Random(0)
    rows = said(rng, [*crowd(rng, 2400, 8), *bots(300, 20, 300, partisan())])
    out = grouped(rows)
    assert sum(rater.startswith("bot") for rater in out) > 100
    assert sum(not rater.startswith("bot") for rater in out) < 25


def test_no_earlier_vote_of_theirs_counts_and_all_are_kept_with_the_reason() -> None:
    rng = random.Random(1)
    first, bot = said(rng, crowd(rng)), said(rng, bots(1, 236, 1, partisan()))
    table = table_of([*first, *bot])
    summary = summarise(ReadVotes(table, ()))
    assert name_reasons(summary.excluded) == {REASON: 236}
    assert (summary.total, summary.used) == (1236, 1000)
    assert count_votes(table).used == 1000
    assert read_ledger(table).counts[:1000].all()


def test_votes_that_a_gate_left_out_keep_its_reason() -> None:
    rng = random.Random(2)
    rows = said(rng, [*crowd(rng), *bots(1, 236, 1, partisan())])
    table = table_of(rows)
    ours = [number for number, row in enumerate(rows) if row[0].id == "bot-0"]
    values = [
        ("streaks" if number in ours[:5] else "favour" if number in ours[5:9] else None) for number in range(1236)
    ]
    place = table.schema.get_field_index("excluded")
    column = table["excluded"].combine_chunks()
    given = column.from_pandas(values).dictionary_encode().cast(table.schema.field("excluded").type)
    excluded = summarise(ReadVotes(table.set_column(place, "excluded", given), ())).excluded
    assert name_reasons(excluded) == {"the gate streaks": 5, REASON: 231}


def test_an_honest_rater_on_a_network_that_favours_still_counts() -> None:
    rng = random.Random(3)
    student = (Voter("student", "lair-0", honest(rng, taste=0.0)), 60)
    out = found(said(rng, [*crowd(rng), *bots(20, 20, 1, partisan()), student]))
    assert out == {f"bot-{n}" for n in range(20)}


@pytest.mark.parametrize("best", [0.0, 1.5, 3.5])
def test_a_generator_that_everybody_prefers_makes_nobody_a_partisan(best: float) -> None:
    rng = random.Random(4)
    strengths = (("amber", best), ("birch", 0.0), ("cedar", 0.0), ("delta", 0.0), (FAVOURITE, 0.0))
    for raters in (3, 12, 60):
        assert found(said(rng, [(Voter(f"r{n}", f"n{n}", honest(rng, strengths)), 80) for n in range(raters)])) == set()


def test_raters_of_unknown_networks_and_imported_votes_are_safe() -> None:
    rng = random.Random(6)
    rows = said(rng, [*crowd(rng), *bots(1, 236, 1, partisan())])
    nowhere = [(Voter(voter.id, "", voter.choose), left, right, said) for voter, left, right, said in rows]
    assert found(nowhere) == {"bot-0"}
    table = table_of(rows)
    place, column = table.schema.get_field_index("source"), table["source"]
    other = column.combine_chunks().from_pandas(["elsewhere"] * len(rows)).dictionary_encode()
    imported = table.set_column(place, "source", other.cast(table.schema.field("source").type))
    assert summarise(ReadVotes(imported, ())).excluded == {}
    assert found([]) == set()


@pytest.mark.parametrize(
    "bot",
    [BOTS[0], replace(BOTS[3], votes=60), replace(BOTS[6], votes=120), BOTS[10]],
    ids=["one-cookie", "twenty-networks", "noisy", "few-each"],
)
def test_a_bot_with_a_favourite_moves_it_by_less_than_fifty_points_and_settles_nothing(bot: Bot) -> None:
    """Through the guard and the report's ratings; ``python -m tests.attacks.favourite`` prints the whole table."""
    before, after = attack(random.Random(0), None), attack(random.Random(0), bot)
    assert after.unchecked - before.rating > 50
    assert abs(after.rating - before.rating) < 50
    assert not (after.first_settled and after.first == FAVOURITE)


def test_rows_of_attacks_that_are_finished_stay_when_the_rest_is_stopped(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    calm = Result(1000.0, 1000.0, 5, 0, {}, 0.0, first_settled=False, first="amber")

    def stopped(rng: random.Random, bot: Bot | None) -> Result:
        if bot is BOTS[2]:
            raise KeyboardInterrupt
        return calm if bot is None else replace(calm, rating=1012.0)

    monkeypatch.setattr(favourite, "attack", stopped)
    monkeypatch.setattr(logging.getLogger("hub.gates"), "setLevel", lambda level: None)
    with pytest.raises(KeyboardInterrupt):
        favourite.main(seeds=2)
    rows = capfd.readouterr().out.splitlines()
    assert [[row[:30].strip() for row in rows if bot.title in row and "+12" in row] for bot in BOTS[:3]] == [
        [BOTS[0].title], [BOTS[1].title], []
    ]  # fmt: skip


def test_whoever_favours_less_plainly_than_another_is_found_after_them() -> None:
    rng = random.Random(7)
    faint = [(Voter("bot-faint", "elsewhere", partisan("cedar")), 150)]
    plain = bots(1, 400, 1, partisan())
    assert found(said(rng, [*crowd(rng), *plain, *faint])) == {"bot-0", "bot-faint"}


def test_a_rater_stays_with_the_network_of_the_first_vote() -> None:
    rng = random.Random(8)
    voted = [Voter(*who, partisan()) for who in (("a", "first"), ("b", "first"), ("c", "later"), ("a", "later"))]
    voice = _read_decided(table_of([(voter, *answer(rng, voter)) for voter in voted]), np.arange(4)).voice
    assert (voice[0] == voice[1], voice[0] == voice[2]) == (True, False)
