"""Every vote counts, or is left out for one reason that is told."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.ratings.counts import count_votes
from eval.render.html import to_html
from eval.render.json import to_json
from eval.summary import summarise
from eval.votes.ledger import TOLD, LeftOut, name_reasons, read_ledger
from hub.schema import Criterion, Outcome, Vote
from hub.votes import ReadVotes, make_table
from hub.votes.read import Unread
from tests.eval.made import read, vote, votes

GATES = ("velocity", "streaks", "repeats")
VOTE = st.fixed_dictionaries(
    {
        "a": st.sampled_from("ABC"),
        "b": st.sampled_from("ABC"),
        "outcome": st.sampled_from([outcome.value for outcome in Outcome]),
        "criterion": st.sampled_from(list(Criterion)),
        "rater": st.sampled_from(["x", "y"]),
        "repeat_of": st.none() | st.integers(0, 30).map("vote-{}".format),
        "excluded": st.lists(st.sampled_from(GATES), unique=True, max_size=3).map(tuple),
        "unchecked": st.lists(st.sampled_from(GATES), unique=True, max_size=2).map(tuple),
        "prompt": st.sampled_from(["p", "q"]),
        "time": st.floats(0, 9),
    }
)
SPOILT = st.sampled_from(["criterion", "outcome", "generator_a", "generator_b"])


def with_column(table: pa.Table, name: str, values: Sequence[str | None]) -> pa.Table:
    """The table with other values in one column."""
    place = table.schema.get_field_index(name)
    return table.set_column(place, name, pa.array(values, pa.string()).cast(table.schema.field(name).type))


def spoil(table: pa.Table, cells: dict[int, str]) -> pa.Table:
    """The table with nulls in these cells, column by row."""
    for row, name in cells.items():
        values = table[name].to_pylist()
        if row < len(values):
            table = with_column(table, name, [None if i == row else value for i, value in enumerate(values)])
    return table


def imported(made: list[Vote], source: str) -> pa.Table:
    """These votes as if they had come from elsewhere."""
    return with_column(make_table(made), "source", [source] * len(made))


def why(made: Vote) -> str | None:
    """The reason by the rule as it is written, vote by vote."""
    if made.excluded:
        *first, last = sorted(made.excluded)
        return f"the gates {', '.join(first)} and {last}" if first else f"the gate {last}"
    if made.repeat_of is not None:
        return TOLD[LeftOut.repeat]
    return TOLD[LeftOut.same] if made.a[0].generator == made.b[0].generator else None


@settings(deadline=None, max_examples=60)
@given(
    st.lists(VOTE, max_size=30),
    st.dictionaries(st.integers(0, 29), SPOILT, max_size=3),
    st.dictionaries(st.sampled_from(list(Unread)), st.integers(0, 5)),
)
def test_no_vote_is_lost_or_counted_twice(
    fields: list[dict[str, Any]], spoilt: dict[int, str], left_out: dict[Unread, int]
) -> None:
    made = [vote(i, **given) for i, given in enumerate(fields)]
    summary = summarise(ReadVotes(spoil(make_table(made), spoilt), (), left_out))
    assert summary.total == len(made) + sum(left_out.values())
    assert summary.total == summary.used + sum(summary.excluded.values())
    assert all(number > 0 for number in summary.excluded.values())
    assert sum(question.total for question in summary.questions) <= len(made)
    expected = Counter({str(TOLD[reason]): n for reason, n in left_out.items() if n})
    counted = []
    for i, one in enumerate(made):
        reason = TOLD[LeftOut.unknown] if i in spoilt else why(one)
        expected.update([reason] if reason else [])
        counted += [] if reason else [one]
    assert name_reasons(summary.excluded) == dict(expected)
    for question in summary.questions:
        assert question.used == sum(one.criterion == question.criterion for one in counted)
    assert summary.unchecked == dict(Counter(gate for one in counted for gate in one.unchecked))


@settings(deadline=None, max_examples=60)
@given(st.lists(VOTE, max_size=30))
def test_counts_are_those_of_a_loop_over_votes(fields: list[dict[str, Any]]) -> None:
    made = [vote(i, **given) for i, given in enumerate(fields)]
    counts = count_votes(make_table(made))
    wins: Counter[tuple[str, str]] = Counter()
    ties: Counter[tuple[str, str]] = Counter()
    for one in made:
        a, b = one.a[0].generator, one.b[0].generator
        if why(one) is None:
            if one.outcome in {Outcome.tie, Outcome.both_bad}:
                ties.update([(a, b), (b, a)])
            else:
                wins[(a, b) if one.outcome is Outcome.a else (b, a)] += 1
    assert counts.names == tuple(sorted({name for pair in (*wins, *ties) for name in pair}))
    for i, a in enumerate(counts.names):
        for j, b in enumerate(counts.names):
            assert (counts.wins[i, j], counts.ties[i, j]) == (wins[a, b], ties[a, b])


def test_a_vote_that_several_gates_left_out_is_told_once() -> None:
    made = [vote(0, excluded=("streaks", "velocity")), vote(1, excluded=("velocity", "streaks")), vote(2)]
    made += [vote(3, excluded=("velocity",), repeat_of="vote-2"), vote(4, "one", "one", repeat_of="vote-2")]
    assert name_reasons(summarise(read(made)).excluded) == {
        "the gates streaks and velocity": 2,
        "the gate velocity": 1,
        "a hidden repeat": 1,
    }


def test_questions_are_rated_apart() -> None:
    rows = [("A", "B", "a")] * 5 + [("A", "B", "b")] * 2
    quality = votes(rows)
    variety = [vote(100 + i, b, a, outcome, criterion=Criterion.variety) for i, (a, b, outcome) in enumerate(rows)]
    summary = summarise(read([*quality, *variety]))
    first, unanswered, last = summary.questions
    assert [question.criterion for question in summary.questions] == list(Criterion)
    assert [(row.generator, row.battles) for row in first.ratings] == [("A", 7), ("B", 7)]
    assert [(row.generator, row.battles) for row in last.ratings] == [("B", 7), ("A", 7)]
    assert (unanswered.unrated, unanswered.total) == ("Nobody has voted on it yet.", 0)
    alone = summarise(read(quality)).questions[0]
    assert alone.ratings == first.ratings


def test_a_question_whose_votes_are_all_left_out_says_so() -> None:
    question = summarise(read([vote(0, excluded=("velocity",)), vote(1, repeat_of="vote-0")])).questions[0]
    assert (question.unrated, question.total, question.ratings) == ("No vote counts: 2 left out.", 2, ())


def test_imported_votes_are_rated_apart() -> None:
    own, other = votes([("A", "B", "a"), ("B", "A", "a")]), [vote(7, "C", "D"), vote(8, "A", "B", "b")]
    summary = summarise(ReadVotes(pa.concat_tables([make_table(own), imported(other, "elsewhere")]), (), {}))
    asked = [(question.source, question.criterion, question.used) for question in summary.questions]
    assert asked == [
        ("arena", Criterion.quality, 2),
        ("arena", Criterion.alignment, 0),
        ("arena", Criterion.variety, 0),
        ("elsewhere", Criterion.quality, 2),
    ]
    assert [rating.generator for rating in summary.questions[0].ratings] == ["A", "B"]
    assert summary.raters.votes == 2
    assert summary.used == 4


def test_votes_that_a_gate_could_not_check_count() -> None:
    made = [vote(0, unchecked=("velocity", "rate-limit")), vote(1, unchecked=("velocity",)), vote(2)]
    made.append(vote(3, unchecked=("velocity",), excluded=("streaks",)))
    summary = summarise(read(made))
    assert (summary.used, summary.unchecked) == (3, {"rate-limit": 1, "velocity": 2})


@pytest.mark.parametrize("source", ["arena", "elsewhere"])
def test_the_ledger_of_no_votes(source: str) -> None:
    ledger = read_ledger(imported([], source))
    assert (len(ledger.reason), ledger.excluded(), len(ledger.questions)) == (0, {}, 3)


def test_imported_votes_that_do_not_say_what_was_asked_are_rated_apart() -> None:
    made = make_table([vote(i, a="ink", b="oil") for i in range(8)])
    table = with_column(made, "criterion", [None] * 4 + ["quality"] * 4)
    table = with_column(table, "source", ["arena"] * 2 + ["others"] * 6)
    summary = summarise(ReadVotes(table, (), {}))
    used = {(question.source, question.criterion): question.used for question in summary.questions if question.used}
    assert used == {("others", Criterion.quality): 4, ("others", None): 2}
    assert summary.excluded == {LeftOut.unknown: 2}
    assert "Preference, imported from others" in to_html(summary)
    assert '"criterion": null' in to_json(summary)
