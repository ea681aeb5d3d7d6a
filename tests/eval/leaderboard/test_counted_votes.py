"""The leaderboard's votes, added to as they are told, are those that the files hold, rated as ``eval.rate`` does."""

import random
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.leaderboard.counted_votes import CountedVotes
from eval.leaderboard.standings import make_standings
from eval.ratings.board import Rule
from eval.ratings.by_question import Cluster, Wanted, rate_questions
from hub.schema import Criterion, Outcome, Vote
from hub.votes import VOTES, ContentStore, VoteLog, read_votes
from hub.votes.rows import OWN
from tests.hub.votes.made import PNG, setup, vote

NAMES = ("one", "two", "three")
PLAIN = Wanted(Rule(), Cluster.known, (), None)


def follow(log: VoteLog, data: Path) -> tuple[CountedVotes, list[Vote]]:
    """The votes counted from now on, and those that were told and are not added yet."""
    told: list[Vote] = []
    log.told.follow(told.append)
    return CountedVotes(data, lambda: log.segments, lambda: log.told.untold), told


def prepare(data: Path) -> Path:
    """The folder, with the picture and the setup of all votes in it."""
    ContentStore(data).write_image(PNG)
    ContentStore(data).write_setup(setup())
    return data


def ids(counted: CountedVotes) -> list[str]:
    """The ids that are counted, in the table's order."""
    found: list[str] = counted.read.table["id"].to_pylist()
    return found


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[str, int]]:
    """What happens to a log: votes whose names are told, votes that keep them back, tellings, shards, and additions."""
    kinds = st.sampled_from(("told", "told", "told", "kept", "tell", "seal", "add", "again"))
    return draw(st.lists(st.tuples(kinds, st.integers(0, 10**6)), max_size=40))


def make(number: int, place: int) -> Vote:
    """A vote of few raters on few prompts; some are repeats, some excluded, some early."""
    rng = random.Random(number)
    left, right = rng.sample(NAMES, 2)
    return vote(
        f"vote-{place}",
        left=left,
        right=right,
        outcome=rng.choice(tuple(Outcome)),
        criterion=rng.choice(tuple(Criterion)),
        wording=rng.choice(("", "", "one of these")),
        rater=f"r{rng.randrange(3)}",
        network=rng.choice(("", "n1", "n2")),
        time=float(rng.randrange(20)),
        prompt=f"prompt {rng.randrange(4)}",
        excluded=rng.choice(((), (), ("streaks",))),
        repeat_of=rng.choice((None, None, "vote-0")),
    )


@settings(max_examples=60, deadline=None)
@given(steps())
def test_what_is_added_step_by_step_is_what_the_files_hold_but_for_names_that_are_kept_back(
    happened: Sequence[tuple[str, int]],
) -> None:
    with TemporaryDirectory() as folder:
        data = prepare(Path(folder))
        log, kept = VoteLog(data, battle_seconds=100), list[str]()
        counted, told = follow(log, data)
        for place, (kind, number) in enumerate(happened):
            if kind in {"told", "kept"}:
                log.append(make(number, place), names_withheld=kind == "kept")
                kept += [f"vote-{place}"] if kind == "kept" else []
            elif kind == "tell" and kept:
                log.tell(kept.pop(number % len(kept)))
            elif kind == "seal":
                log.seal()
            elif kind == "again":
                counted, told = follow(log, data)
            elif kind == "add":
                counted.add(told)
                told.clear()
            assert not set(kept) & set(ids(counted))
        counted.add(told)
        whole = read_votes(data).table.to_pylist()
        assert counted.read.table.to_pylist() == [row for row in whole if row["id"] not in kept]
        for id in kept:
            log.tell(id)
        log.close()
        counted.add(told)
        assert counted.read.table.to_pylist() == read_votes(data).table.to_pylist()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60, unique=True), st.integers(1, 7))
def test_standings_of_votes_that_came_one_by_one_are_the_ratings_of_eval_rate_from_the_files(
    numbers: Sequence[int], every: int
) -> None:
    with TemporaryDirectory() as folder:
        data = prepare(Path(folder))
        log = VoteLog(data)
        counted, told = follow(log, data)
        for place, number in enumerate(numbers):
            log.append(make(number, place))
            if place % every == 0:
                counted.add(told)
                told.clear()
        counted.add(told)
        log.close()
        found = {one.question.criterion: one.question for one in rate_questions(read_votes(data).table, PLAIN)}
        standings = make_standings(counted.read, {}, {})
        for criterion, ratings in standings.ratings.items():
            assert ratings == (found[criterion].ratings if criterion in found else ())
        assert standings.votes == len(numbers)


def test_votes_of_another_living_process_are_counted_once_they_are_in_shards(tmp_path: Path) -> None:
    ours, theirs = VoteLog(tmp_path, battle_seconds=100), VoteLog(tmp_path, battle_seconds=100)
    theirs.append(vote("theirs, kept back"), names_withheld=True)
    theirs.append(vote("theirs"))
    ours.append(vote("ours"))
    counted, _ = follow(ours, tmp_path)
    assert ids(counted) == ["ours"]
    assert not counted.add([])
    theirs.seal()
    assert counted.add([])
    assert ids(counted) == ["ours", "theirs"]


def test_a_dead_process_keeps_nothing_back(tmp_path: Path) -> None:
    log = VoteLog(tmp_path, battle_seconds=100)
    log.append(vote("of before"), names_withheld=True)
    log.forked()  # lets go of its segment, as one that died
    counted, _ = follow(VoteLog(tmp_path, battle_seconds=100), tmp_path)
    assert ids(counted) == ["of before"]


def test_shards_that_are_taken_away_are_counted_no_more(tmp_path: Path) -> None:
    for name in ("first", "second"):
        log = VoteLog(tmp_path)
        log.append(vote(name))
        log.close()
    counted, _ = follow(VoteLog(tmp_path), tmp_path)
    assert ids(counted) == ["first", "second"]
    next(path for path in VOTES.shards(tmp_path) if "first" in pq.read_table(path)["id"].to_pylist()).unlink()
    assert counted.add([])
    assert ids(counted) == ["second"]


def test_imported_votes_are_a_question_of_their_own(tmp_path: Path) -> None:
    log = VoteLog(tmp_path)
    log.append(vote("own"))
    log.close()
    path = next(iter(VOTES.shards(tmp_path)))
    table = pq.read_table(path)
    place = table.schema.get_field_index("source")
    other = table.set_column(place, table.schema.field(place), [["elsewhere"]])
    other = other.set_column(table.schema.get_field_index("id"), table.schema.field("id"), [["imported"]])
    pq.write_table(other, path.with_name("imported.parquet"))
    counted, _ = follow(VoteLog(tmp_path), tmp_path)
    standings = make_standings(counted.read, {}, {})
    assert [key for key, _ in standings.titles["en"]] == [*Criterion, "import-1", "cost", "votes"]
    assert standings.used == 2
    assert OWN not in standings.views["en"]["import-1"]
