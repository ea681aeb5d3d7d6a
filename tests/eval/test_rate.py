"""Ratings alone: every rule, intervals, what is held fixed, the scale, the forms of output and the exit codes."""

import csv
import io
import json
from dataclasses import astuple
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from typer import Typer
from typer.testing import CliRunner, Result

from eval import rate as module
from eval import report as report_module
from eval.rate import to_json
from eval.ratings.board import BothBad, Intervals, Rule, make_board
from eval.ratings.bradley_terry import SCALE, fit
from eval.ratings.bradley_terry import rate as rate_fit
from eval.ratings.by_question import Cluster, Control, Wanted, rate_questions
from eval.ratings.categories import LENGTH_NAMES
from eval.ratings.counts import Votes
from eval.ratings.sandwich import cluster_sandwich
from eval.ratings.tie_rules import TieRule
from eval.statistics import t95
from eval.summary import summarise
from eval.votes.ledger import TOLD, LeftOut
from hub.command import make_command
from hub.dataset.exports import WINNERS
from hub.errors import DataError
from hub.schema import Criterion, Outcome
from hub.votes import ContentStore, make_table, read_votes
from hub.votes.rows import Media, make_vote_row
from hub.votes.shards import VOTES_SCHEMA
from tests.benchmarks import coverage_votes
from tests.eval.made import read, vote, votes
from tests.eval.ratings.made import BATTLES, published, voted

app = make_command(module.main, module.EXAMPLE)
PLAIN = Wanted(Rule(), Cluster.none, (), None)
LENGTHS = ("short", "a prompt that is neither long nor short", "long " * 20)
NAMES = st.sampled_from(["A", "B", "C", "D"])
ROWS = st.lists(st.tuples(NAMES, NAMES, st.sampled_from([o.value for o in Outcome])), min_size=1, max_size=30)
SWAPPED = {"a": "b", "b": "a", "tie": "tie", "both_bad": "both_bad"}


def battle_file(folder: Path, rows: list[tuple[str, str, str]], **fields: Any) -> Path:
    """A battle file of these votes."""
    path = folder / "battles.json"
    path.write_text(json.dumps([
        {"model_a": a, "model_b": b, "winner": WINNERS[Outcome(o)], "anony": True, "tstamp": float(i),
         "judge": f"judge {i % 5}"} | fields for i, (a, b, o) in enumerate(rows)
    ]))  # fmt: skip
    return path


def run(*arguments: object) -> Result:
    """The command."""
    return CliRunner().invoke(app, [str(part) for part in arguments])


ROUND = [("A", "B", "a"), ("B", "A", "a"), ("B", "C", "tie"), ("C", "A", "both_bad"), ("A", "C", "a"), ("C", "B", "a")]


@pytest.mark.parametrize("name", ["half", "dropped", "davidson", "rao-kupper"])
def test_every_tie_rule_has_the_gap_that_is_published(name: str) -> None:
    gaps = published()["gap_first_to_last_by_tie_rule"]
    done = run(BATTLES, "--format", "fastchat", "--ties", name, "--json")
    assert done.exit_code == 0
    (question,) = [q for q in json.loads(done.stdout)["questions"] if q["source"].endswith("(generation)")]
    gap = question["ratings"][0]["rating"] - question["ratings"][-1]["rating"]
    if name != "rao-kupper":
        assert round(gap) == gaps[{"dropped": "no_ties"}.get(name, name)]
    counted, left_out = question["votes"]["used"], question["votes"]["excluded"].get(TOLD[LeftOut.rule], 0)
    assert (counted + left_out, left_out > 0) == (1451, name == "dropped")


def test_the_report_says_the_same() -> None:
    made = [vote(i, a, b, outcome, rater=f"r{i % 3}") for i, (a, b, outcome) in enumerate(ROUND * 5)]
    (expected,) = summarise(read(made)).answered
    (found,) = rate_questions(make_table(made), Wanted(Rule(), Cluster.known, (), None))
    assert found.question.ratings == expected.ratings
    assert found.question.notes == expected.notes
    assert (found.question.counts.cells == expected.counts.cells).all()


def test_a_table_json_and_csv_tell_the_same(tmp_path: Path) -> None:
    path = battle_file(tmp_path, [("=A", "B", o) for o in ("a", "a", "b", "tie")])
    shown, told, listed = (run(path, "--format", "fastchat", "--wins", *how) for how in ([], ["--json"], ["--csv"]))
    assert [done.exit_code for done in (shown, told, listed)] == [0, 0, 0]
    (question,) = json.loads(told.stdout)["questions"]
    first = question["ratings"][0]
    assert (first["generator"], first["battles"], question["criterion"]) == ("=A", 4, None)
    assert question["wins"] == [[0, 2], [1, 0]]
    assert question["predicted"][0] == pytest.approx([0.5, 2.5 / 4])
    assert "predicted wins" in " ".join(shown.stdout.split())
    rows = list(csv.DictReader(io.StringIO(listed.stdout)))
    assert [(row["generator"], row["rank"]) for row in rows] == [("'=A", "1"), ("B", "1")]
    assert float(rows[0]["rating"]) == pytest.approx(first["rating"])
    assert "4 of 4 votes are counted" in told.stderr


def test_an_anchor_moves_the_scale_and_nothing_else(tmp_path: Path) -> None:
    path = battle_file(tmp_path, ROUND)
    plain, moved = (json.loads(run(path, "--format", "fastchat", "--json", *how).stdout)
                    for how in ([], ["--anchor", "B=1500"]))  # fmt: skip
    assert moved["scale"] == "B=1500"
    before, after = ({row["generator"]: row for row in one["questions"][0]["ratings"]} for one in (plain, moved))
    assert after["B"]["rating"] == 1500
    for name, row in after.items():
        assert row["high"] - row["low"] == pytest.approx(before[name]["high"] - before[name]["low"], abs=0.02)
        assert row["rating"] - before[name]["rating"] == pytest.approx(1500 - before["B"]["rating"], abs=0.02)
        assert row["rank"] == before[name]["rank"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--anchor", "B"], "NAME=1000"),
        (["--anchor", "B=nan"], "NAME=1000"),
        (["--anchor", "B=inf"], "from -1,000,000 to 1,000,000"),
        (["--anchor", "B=-1e308"], "from -1,000,000 to 1,000,000"),
        (["--anchor", "X=1000"], "rated are A, B, C"),
        (["--json", "--csv"], "Only one form can be printed"),
        (["--criterion", "quality"], "no votes to rate"),
        (["--criterion", "quality", "--control", "criterion"], "leave out"),
        (["--control", "length"], "No vote tells its length"),
        (["--cluster", "prompt"], "No vote tells its prompt"),
        (["--cluster", "both"], "No vote tells its prompt"),
    ],
)
def test_what_can_not_be_done_is_one_sentence_and_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = run(battle_file(tmp_path, ROUND), "--format", "fastchat", *arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert done.stdout == ""


def test_votes_that_can_not_be_rated(tmp_path: Path) -> None:
    apart = run(battle_file(tmp_path, [("A", "B", "a"), ("C", "D", "a")]), "--format", "fastchat")
    assert apart.exit_code == 2
    assert "(A and B) and (C and D)" in apart.output
    same = run(battle_file(tmp_path, [("A", "A", "a")]), "--format", "fastchat")
    assert same.exit_code == 2
    assert "left out" in same.output
    assert "FILE" in run("--format", "fastchat").output
    unknown = tmp_path / "unknown.json"
    unknown.write_text(json.dumps([{"model_a": "A", "model_b": "B", "winner": "?", "anony": True, "tstamp": 1.0}]))
    done = run(unknown, "--format", "fastchat")
    assert (done.exit_code, "no winner" in done.output) == (2, True)
    assert run(tmp_path / "nothing", "--json").exit_code == 2


def test_part_of_the_votes_is_1(tmp_path: Path) -> None:
    path = battle_file(tmp_path, [*ROUND, ("A", "B", "a"), ("X", "Y", "a")])
    rows = json.loads(path.read_text())
    for row, criterion in zip(rows, ["alignment"] * 6 + ["quality"] * 2, strict=True):
        row["criterion"] = criterion
    path.write_text(json.dumps(rows))
    done = run(path, "--format", "fastchat", "--json")
    assert done.exit_code == 1
    quality, alignment = json.loads(done.stdout)["questions"]
    assert "(A and B) and (X and Y)" in quality["unrated"]
    assert len(alignment["ratings"]) == 3
    assert run(path, "--format", "fastchat", "--json", "--criterion", "alignment").exit_code == 0


def test_a_log_with_a_line_that_is_no_vote_is_1(tmp_path: Path) -> None:
    path = tmp_path / "votes.jsonl"
    path.write_text("\n".join([*(one.model_dump_json() for one in votes(ROUND)), "no vote"]) + "\n")
    done = run(path, "--json")
    assert (done.exit_code, len(json.loads(done.stdout)["problems"])) == (1, 1)


@pytest.mark.parametrize("position", [False, True])
@pytest.mark.parametrize("rule", list(TieRule))
def test_a_board_of_one_kind_is_the_fit(rule: TieRule, position: bool) -> None:
    made = voted(np.array([0.5, 0.0, -0.5]), 600, 0)
    used = made.where(made.outcome < 2) if rule is TieRule.dropped else made
    fitted = fit(used.counts, rule, position=position)
    board = make_board(made, Rule(rule, position=position))
    for found, row in zip(board.ratings, rate_fit(fitted), strict=True):
        assert found.generator == row.generator
        assert astuple(found)[1:] == pytest.approx(astuple(row)[1:], rel=1e-9)
    assert board.predicted == pytest.approx(fitted.predicted)
    assert (board.position is None) != position
    rater = np.arange(600) % 20
    wide = make_board(made, Rule(rule, position=position), [rater])
    errors = dict(zip(made.names, cluster_sandwich(fitted, used, [rater[used.rows]]).half_widths, strict=False))
    for found, row in zip(wide.ratings, rate_fit(fitted), strict=True):
        half = SCALE * errors[row.generator]
        assert (found.low, found.high) == pytest.approx((row.rating - half, row.rating + half), rel=1e-4)


def test_both_bad_left_out_and_bootstraps() -> None:
    made = voted(np.array([0.5, 0.0, -0.5]), 900, 0)
    bad = made.outcome == 2
    mixed = made.__class__(made.names, made.left, made.right, np.where(bad, 3, made.outcome), made.rows)
    board = make_board(mixed, Rule(both_bad=BothBad.dropped))
    assert list(board.ratings) == rate_fit(fit(made.where(~bad).counts))
    for keys in ([], [np.arange(900) % 150]):
        plain = make_board(made, Rule(), keys).ratings
        drawn = make_board(made, Rule(intervals=Intervals.bootstrap), keys).ratings
        for one, other in zip(plain, drawn, strict=True):
            assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.15)
            assert other.rating == one.rating


def test_what_a_bootstrap_draws_and_knows_nothing_of_stands_beside_its_intervals(tmp_path: Path) -> None:
    made, lone = (
        [
            vote(i, a, b, outcome, rater=f"r{i % 12}", prompt=f"p{i // alike}")
            for i, (a, b, outcome) in enumerate(ROUND * 10)
        ]
        for alike in (15, 1)
    )
    found = {
        (name, cluster): rate_questions(
            make_table(rows), Wanted(Rule(intervals=Intervals.bootstrap), cluster, (), None)
        )
        for name, rows in (("shared", made), ("lone", lone))
        for cluster in Cluster
        if cluster is not Cluster.both
    }
    said = {key: one.question.notes for key, (one,) in found.items()}
    raters = (
        "Intervals are of 1,000 bootstrap samples of whole raters, and know nothing of prompts: where these differ "
        "too, they held the truth in 88 to 96 of 100 simulations.",
    )
    assert said["shared", Cluster.known] == said["shared", Cluster.rater] == raters
    assert said["lone", Cluster.known] == ("Intervals are of 1,000 bootstrap samples of whole raters.",)
    few, drawn = said["shared", Cluster.prompt]
    assert "Votes are on 4 prompts" in few
    assert "of whole prompts, and know nothing of raters" in drawn
    assert "of single votes: they are too narrow where raters, or prompts, differ" in said["shared", Cluster.none][-1]
    (plain,) = rate_questions(make_table(made), Wanted(Rule(), Cluster.known, (), None))
    assert [note for note in plain.question.notes if "bootstrap" in note] == []
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f"{one.model_dump_json()}\n" for one in made))
    assert raters[0] in " ".join(run(path, "--intervals", "bootstrap").stderr.split())
    assert json.loads(run(path, "--intervals", "bootstrap", "--json").stdout)["questions"][0]["notes"] == list(raters)


def test_the_simulations_a_bootstraps_note_tells_of_are_those_of_the_table() -> None:
    page = Path(coverage_votes.__file__).with_suffix(".md").read_text(encoding="utf-8")
    lines = page[page.index("| raters |") :].split("\n\n")[0].splitlines()
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    differ = [dict(zip(head, row, strict=True)) for row in rows]
    held = [float(row["ratings, bootstrap of raters"].rstrip("%")) for row in differ if row["prompt's"] != "0"]
    assert (round(min(held)), round(max(held))) == (88, 96)


def test_ties_that_are_dropped_count_nowhere() -> None:
    """Not in a kind's share, nor among the votes, nor in what was won."""
    times = {("a", 0): 30, ("b", 0): 20, ("a", 2): 4, ("b", 2): 6, ("tie", 2): 85, ("both_bad", 2): 5}
    rows = [row for row, number in times.items() for _ in range(number)]
    made = [vote(i, "A", "B", o, prompt=f"{LENGTHS[kind]}{i}") for i, (o, kind) in enumerate(rows)]
    wanted = Wanted(Rule(TieRule.dropped), Cluster.none, (Control.length,), None)
    (found,) = rate_questions(make_table(made), wanted)
    assert found.board is not None
    assert [(kind.votes, kind.share) for kind in found.board.kinds] == [(50, 5 / 6), (10, 1 / 6)]
    assert (found.question.used, found.question.excluded) == (60, {LeftOut.rule: 90})
    assert found.question.counts.halved.tolist() == [[0, 34], [26, 0]]
    assert [row.battles for row in found.board.ratings] == [60, 60]
    gap = found.board.ratings[0].rating - found.board.ratings[1].rating
    assert gap == pytest.approx(400 * (5 / 6 * np.log10(3 / 2) + 1 / 6 * np.log10(2 / 3)))
    for only in ("tie", "both_bad"):
        (none,) = rate_questions(make_table([vote(0, "A", "B", only)]), wanted)
        assert "which this rule drops" in str(none.question.unrated)


@pytest.mark.parametrize("groups", [0, 150])
@pytest.mark.parametrize("rule", list(TieRule))
def test_the_left_sides_lead_has_a_bootstraps_interval_where_ratings_have(rule: TieRule, groups: int) -> None:
    made = voted(np.array([0.5, 0.0, -0.5]), 900, 0, position=0.3)
    keys = [np.arange(900) % groups] if groups else []
    kind, names = np.arange(900) % 2, ("one", "other")
    plain, drawn = (make_board(made, Rule(rule, position=True, intervals=how), keys, kind, names).position
                    for how in (Intervals.sandwich, Intervals.bootstrap))  # fmt: skip
    assert plain and drawn
    assert drawn[0] == plain[0]
    assert drawn[2] - drawn[1] == pytest.approx(plain[2] - plain[1], rel=0.15)
    if not groups:  # a sandwich's is as long on each side, and the least that groups may have
        assert drawn[0] - drawn[1] != pytest.approx(drawn[2] - drawn[0], rel=1e-6)


def test_kinds_held_fixed_are_as_if_all_had_the_same_mix() -> None:
    """B is voted on long prompts mostly, where it loses; on the same mix all are equal."""
    rows = [("A", "B", "a", 2)] * 60 + [("A", "B", "b", 2)] * 20 + [("A", "B", "a", 0)] * 5 + [("A", "B", "b", 0)] * 15
    made = [vote(i, a, b, o, prompt=f"{LENGTHS[kind]}{i}", rater=f"r{i % 7}") for i, (a, b, o, kind) in enumerate(rows)]
    held = Wanted(Rule(), Cluster.none, (Control.length,), None)
    (found,) = rate_questions(make_table(made), held)
    assert found.board is not None
    assert [(kind.name, kind.votes) for kind in found.board.kinds] == [(LENGTH_NAMES[0], 20), (LENGTH_NAMES[2], 80)]
    gap = 400 * np.log10(3)
    expected = 0.2 * -gap + 0.8 * gap
    assert found.board.ratings[0].rating - found.board.ratings[1].rating == pytest.approx(expected)
    spread = np.sqrt(0.2**2 * (1 / 5 + 1 / 15) + 0.8**2 * (1 / 60 + 1 / 20)) / 2
    half = found.board.ratings[0].high - found.board.ratings[0].rating
    assert half == pytest.approx(1.959964 * 400 / np.log(10) * spread, rel=1e-6)
    (wide,) = rate_questions(make_table(made), Wanted(Rule(), Cluster.rater, (Control.length,), None))
    assert wide.board is not None
    assert wide.board.ratings[0].rating == found.board.ratings[0].rating
    (drawn,) = rate_questions(
        make_table(made), Wanted(Rule(intervals=Intervals.bootstrap), Cluster.rater, (Control.length,), None)
    )
    assert drawn.board is not None
    assert drawn.board.ratings[0].high == pytest.approx(wide.board.ratings[0].high, abs=20)


def test_votes_of_their_own_groups_widen_nothing_with_kinds_held_fixed() -> None:
    made = voted(np.array([0.5, 0.0, -0.5]), 900, 0)
    kind, names = np.arange(900) % 2, ("one", "other")
    plain = make_board(made, Rule(TieRule.davidson, position=True), (), kind, names)
    alone = make_board(made, Rule(TieRule.davidson, position=True), [np.full(900, -1)], kind, names)
    for one, other in zip(plain.ratings, alone.ratings, strict=True):
        assert other.high - other.low == pytest.approx((one.high - one.low) * np.sqrt(900 / 899), rel=2e-3)


def test_all_questions_as_one_mix() -> None:
    made = [vote(i, "A", "B", "a" if i % 3 else "b", criterion=Criterion.quality) for i in range(30)]
    made += [vote(i, "A", "B", "b" if i % 3 else "a", criterion=Criterion.alignment) for i in range(30, 60)]
    (found,) = rate_questions(make_table(made), Wanted(Rule(), Cluster.none, (Control.criterion,), None))
    assert found.question.criterion is None
    assert [row.rating for row in found.question.ratings] == pytest.approx([1000, 1000])
    assert [q.question.criterion for q in rate_questions(make_table(made), PLAIN)] == ["quality", "alignment"]


def test_a_kind_that_can_not_be_rated_is_named() -> None:
    made = [vote(0, "A", "B", "a"), vote(1, "A", "C", "a"), vote(2, "A", "B", "a", prompt=LENGTHS[2])]
    (found,) = rate_questions(make_table(made), Wanted(Rule(), Cluster.none, (Control.length,), None))
    assert found.board is None
    assert LENGTH_NAMES[2] in str(found.question.unrated)


def output(rows: list[tuple[str, str, str]], rule: TieRule, position: bool) -> list[Any]:
    """What JSON says of each question of the votes."""
    made = votes(rows)
    wanted = Wanted(Rule(rule, position=position), Cluster.none, (), None)
    questions: list[Any] = json.loads(to_json(rate_questions(make_table(made), wanted), wanted, []))["questions"]
    return questions


def alike(one: list[Any], other: list[Any], names: dict[str, str], turned: int = 1) -> bool:
    """Whether both say the same, the other with these names and the left side's lead turned."""
    for a, b in zip(one, other, strict=True):
        assert a["votes"] == b["votes"]
        if a["unrated"]:
            return bool(b["unrated"])
        mine = {names[row["generator"]]: row for row in a["ratings"]}
        for row in b["ratings"]:
            for key in ("rating", "low", "high", "win_rate"):
                assert row[key] == pytest.approx(mine[row["generator"]][key], rel=1e-4, abs=1e-4)
            assert row["battles"] == mine[row["generator"]]["battles"]
        if a["left_side"]:
            assert b["left_side"]["points"] == pytest.approx(turned * a["left_side"]["points"], rel=1e-4, abs=1e-3)
        order = [b["generators"].index(names[name]) for name in a["generators"]]
        assert (np.array(b["wins"])[np.ix_(order, order)] == np.array(a["wins"])).all()
    return True


EVERY = pytest.mark.parametrize(
    ("rule", "position"), [(rule, position) for rule in TieRule for position in (False, True)]
)


@EVERY
@settings(deadline=None, max_examples=15)
@given(rows=ROWS, random=st.randoms(use_true_random=False))
def test_what_is_printed_does_not_depend_on_order_names_or_sides(
    rows: list[tuple[str, str, str]], random: Random, rule: TieRule, position: bool
) -> None:
    told, same = output(rows, rule, position), {name: name for name in "ABCD"}
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert alike(told, output(shuffled, rule, position), same)
    new = {"A": "z", "B": "y", "C": "x", "D": "w"}
    assert alike(told, output([(new[a], new[b], o) for a, b, o in rows], rule, position), new)
    swapped = [(b, a, SWAPPED[o]) for a, b, o in rows]
    assert alike(told, output(swapped, rule, position), same, turned=-1)


@pytest.mark.parametrize("keys", [[], [np.arange(12) % 6]])
def test_no_bootstrap_of_ratings_with_a_prior(keys: list[np.ndarray]) -> None:
    """Whoever won every vote wins it in every draw: the interval would have no width, or miss the rating."""
    none = np.zeros(12, dtype=int)
    made = Votes(("A", "B"), none, none + 1, none, np.arange(12))
    with pytest.raises(DataError, match="Too few votes for a bootstrap"):
        make_board(made, Rule(intervals=Intervals.bootstrap), keys)
    best, worst = make_board(made, Rule(), keys).ratings
    assert best.low < best.rating < best.high and worst.rank in {1, 2}


def test_intervals_by_few_raters_hold_the_truth() -> None:
    """Raters of tastes of their own, and of all of them together none: 95 of 100 intervals hold that."""
    rng, held, raters = np.random.default_rng(0), 0, np.repeat(np.arange(5), 20)
    sides = np.zeros(100, dtype=int)
    for _ in range(200):
        chance = 1 / (1 + np.exp(-rng.normal(0, 0.8, 5)))
        outcome = (rng.random(100) > chance[raters]).astype(int)
        row = make_board(Votes(("A", "B"), sides, sides + 1, outcome, np.arange(100)), Rule(), [raters]).ratings[0]
        held += row.low <= 1000 <= row.high
    assert held >= 185


@pytest.mark.parametrize("freedom", [1, 5, 8, 9, 30, 1000])
def test_students_t(freedom: int) -> None:
    assert t95(freedom) == pytest.approx(scipy.stats.t.ppf(0.975, freedom), rel=3e-3)
    assert t95(freedom + 0.5) == pytest.approx(scipy.stats.t.ppf(0.975, freedom + 0.5), rel=3e-2)


def test_no_vote_left_is_said() -> None:
    made = [vote(i, "A", "B", "both_bad") for i in range(3)]
    (found,) = rate_questions(make_table(made), Wanted(Rule(both_bad=BothBad.dropped), Cluster.none, (), None))
    assert found.board is None
    assert "each is a tie or both bad" in str(found.question.unrated)


def shard(path: Path, **changed: pa.Array) -> Path:
    """A shard of votes, its pictures left out, with some columns changed."""
    rows = pa.Table.from_pylist([make_vote_row(one, NoMedia()) for one in votes(ROUND)], VOTES_SCHEMA)
    for name, column in changed.items():
        rows = rows.set_column(rows.schema.get_field_index(name), name, column)
    pq.write_table(rows, path)
    return path


class NoMedia(Media):
    """No picture and no setup is at hand."""

    def __init__(self) -> None:
        super().__init__(ContentStore(Path()))

    def picture(self, sha256: str) -> None:
        """None."""

    def setup(self, digest: str) -> None:
        """None."""


def stamps(zone: str | None) -> pa.Array:
    """Times as others keep them."""
    return pa.array(range(len(ROUND)), pa.timestamp("us", zone))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"time": stamps(None)}, "its column 'time' holds timestamp[us] where double is expected"),
        ({"time": stamps("UTC")}, "its column 'time' holds timestamp[us, tz=UTC] where double is expected"),
        ({"generator_a": pa.array(range(6))}, "its column 'generator_a' holds int64 where"),
        ({"generator_a": pa.array([b"\xff"] * 6)}, "its column 'generator_a' holds"),
        ({"rater": pa.array([["r"]] * 6)}, "its column 'rater' holds list<"),
        ({"seeds": pa.array(["x"] * 6)}, "its column 'seeds' holds string where list<"),
        ({"seconds": pa.array(["fast"] * 6)}, "its column 'seconds' holds string where double is expected"),
    ],
)
def test_a_column_of_another_kind_is_named(tmp_path: Path, changed: dict[str, pa.Array], said: str) -> None:
    path = shard(tmp_path / "votes.parquet", **changed)
    done = run(path)
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert f"{path} is left out, it is damaged or no shard of votes: {said}" in done.stderr
    assert [said in line for line in read_votes(path).problems] == [True]


def test_votes_without_an_id_are_left_out_and_told(tmp_path: Path) -> None:
    path = shard(tmp_path / "votes.parquet", id=pa.array([None, None, *"abcd"]))
    done = run(path, "--json")
    assert done.exit_code == 1
    content = json.loads(done.stdout)
    assert content["problems"] == [f"{path}: votes left out because they have no id: 2."]
    assert content["questions"][0]["votes"]["total"] == 4


def test_a_file_that_holds_no_votes_is_said_to_be_what_reports_say_of_it(tmp_path: Path) -> None:
    """Truncated, empty, without its columns, of other columns, in UTF-16: the problem is told, not only that there are
    no votes."""
    good = shard(tmp_path / "good.parquet").read_bytes()
    (tmp_path / "truncated.parquet").write_bytes(good[: len(good) // 2])
    (tmp_path / "empty.parquet").write_bytes(b"")
    pq.write_table(pa.table({}), tmp_path / "columnless.parquet")
    pq.write_table(pa.table({"winner": ["a"]}), tmp_path / "renamed.parquet")
    log = "".join(f"{one.model_dump_json()}\n" for one in votes(ROUND * 2))
    (tmp_path / "log.jsonl").write_bytes(log.encode("utf-16"))
    for name in ("truncated.parquet", "empty.parquet", "columnless.parquet", "renamed.parquet", "log.jsonl"):
        problems = read_votes(tmp_path / name).problems
        done = run(tmp_path / name)
        assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
        assert problems
        assert all(line in done.stderr for line in problems[:5])
    assert f"And {len(problems) - 5} more." in done.stderr
    assert "it has no column id, time" in run(tmp_path / "renamed.parquet").stderr


@pytest.mark.parametrize("app_", [app, make_command(report_module.main, "example")])
def test_battles_as_json_are_told_the_option_that_reads_them(tmp_path: Path, app_: Typer) -> None:
    path = battle_file(tmp_path, ROUND)
    given = [str(path)] if app_ is app else ["--votes", str(path), "--no-metrics", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app_, given)
    assert done.exit_code == 2
    assert f"{path} is no data folder" in done.output
    assert "add --format fastchat" in done.output


def test_too_many_generators_are_one_sentence_before_any_work(tmp_path: Path) -> None:
    """A star of 10,000, one vote each: a matrix of all pairs would take gigabytes."""
    path = battle_file(tmp_path, [("hub", f"m{i}", "ab"[i % 2]) for i in range(10_000)])
    done = run(path, "--format", "fastchat")
    assert done.exit_code == 2
    assert "10,001 generators, and at most 1,000" in " ".join(done.output.split())
    with pytest.raises(DataError, match="at most 200"):
        summarise(read(votes([("hub", f"m{i}", "ab"[i % 2]) for i in range(201)])))
