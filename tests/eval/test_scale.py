"""What makes large logs quick says what the plain way says, and no work grows with the square of a square."""

import hashlib
from collections import Counter
from io import StringIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from eval import about
from eval.ratings.counts import Counts
from eval.ratings.elo import START, WON, K, rate_online
from eval.ratings.fragility import _concatenate_groups
from eval.render import Grid
from eval.render.csv import to_csv
from eval.render.html import to_html
from eval.render.json import to_json
from eval.render.markdown import to_markdown
from eval.render.terminal import as_table
from eval.summary import summarise
from hub.language.catalogue import ENGLISH
from hub.votes import make_table
from hub.votes.vote_table import sort_by_time
from tests.eval import made
from tests.eval.made import vote

FEW = 40  # looks at a matrix of wins that a report of any number of generators may take


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(0, 3)), max_size=60))
def test_online_elo_is_the_plain_recursion_to_the_last_bit(votes: list[tuple[int, int, int]]) -> None:
    plain = [START] * 4
    for a, ahead, given_ in votes:
        b = (a + ahead) % 4
        move = K * (WON[given_] - 1 / (1 + 10 ** ((plain[b] - plain[a]) / 400)))
        plain[a] += move
        plain[b] -= move
    left, step, outcome = (np.array([row[i] for row in votes], dtype=np.int64) for i in range(3))
    assert rate_online(left, (left + step) % 4, outcome, 4).tolist() == plain


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_votes_group_by_group_are_those_sorted_anew(keys: list[int], lots: Any) -> None:
    group = np.unique(np.array(keys), return_inverse=True)[1]
    sizes = np.bincount(group)
    going = np.array(lots.sample(range(len(sizes)), len(sizes)))
    order, starts = _concatenate_groups(np.argsort(group, kind="stable"), sizes, going)
    place = np.argsort(going)[group]
    plain = np.argsort(place, kind="stable")
    assert order.tolist() == plain.tolist()
    assert starts.tolist() == np.searchsorted(place[plain], np.arange(len(sizes))).tolist()


@settings(deadline=None)
@given(st.lists(st.integers(0, 12), max_size=12), st.booleans())
def test_rows_stand_by_time_and_those_of_one_time_by_id(times: list[int], distinct: bool) -> None:
    moments = list(dict.fromkeys(times)) if distinct else times
    ids = [f"{7 * i % 13:02}" for i in range(len(moments))]
    table = pa.table({"id": ids, "time": pa.array(moments, pa.float64())})
    assert sort_by_time(table)["id"].to_pylist() == [id for _, id in sorted(zip(moments, ids, strict=True))]


@pytest.mark.parametrize("votes", [0, 1, 3, 7])
def test_the_digest_is_of_the_lines_joined(monkeypatch: pytest.MonkeyPatch, votes: int) -> None:
    monkeypatch.setattr(about, "PART", 3)
    table = make_table([vote(i, rater=f"größe-{i}", excluded=("speed",) * (i % 2)) for i in range(7)])
    table = pa.concat_tables([table.slice(0, 2), table.slice(2)]).slice(0, votes)
    columns = [table[name].cast(pa.string()) for name in about.COLUMNS]
    lines = pc.binary_join_element_wise(*columns, "\n", null_handling="replace").to_pylist()
    plain = "".join("\n\n".join(lines[start : start + 3]) for start in range(0, votes, 3))
    assert about.hash_votes(table) == hashlib.sha256(plain.encode()).hexdigest()


def test_a_page_makes_its_matrices_of_wins_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"g{i}" for i in range(8)]
    summary = summarise(made.read([vote(i, names[i % 8], names[(i + 1 + i // 8 % 7) % 8]) for i in range(64)]))
    looks: Counter[str] = Counter()
    for name in ("wins", "ties", "battles", "halved"):
        plain = getattr(Counts, name).fget

        def counted(self: Counts, name: str = name, plain: Any = plain) -> Any:
            looks[name] += 1
            return plain(self)

        monkeypatch.setattr(Counts, name, property(counted))
    for render in (to_html, to_markdown, to_json, to_csv):
        looks.clear()
        render(summary)
        assert max(looks.values(), default=0) <= FEW, (render.__name__, looks)


def test_a_table_too_wide_for_a_terminal_is_said_to_be() -> None:
    def of(columns: int) -> Grid:
        return Grid("wins", ("a",) * columns, (("1",) * columns,), "", ())

    said = as_table(of(21), 80)
    assert str(said) == "wins: too wide for a terminal of 80 columns; the JSON has it."
    assert not isinstance(as_table(of(20), 80, ENGLISH), type(said))


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[st.text("ab -_日", max_size=50)] * 2), min_size=1, max_size=9),
    st.integers(40, 120),
)
def test_a_table_that_is_shown_has_every_letter_of_its_cells(columns: list[tuple[str, str]], width: int) -> None:
    grid = Grid("", tuple(head for head, _ in columns), (tuple(cell for _, cell in columns),), "", ())
    written = StringIO()
    table = as_table(grid, width)
    Console(file=written, width=width).print(table)
    if isinstance(table, Text):
        return  # which says that there is no room for it
    shown, asked = (Counter(text.replace("─", "")) for text in (written.getvalue(), "".join(map("".join, columns))))
    assert {letter: shown[letter] for letter in "ab-_日"} == {letter: asked[letter] for letter in "ab-_日"}


def test_heads_are_broken_before_intervals_and_intervals_before_names() -> None:
    grid = Grid("t", ("Interval of it", "Name in commands"), (("12 to 34", "a-long-name"),), "", (0,))

    def lines(width: int) -> list[str]:
        written = StringIO()
        Console(file=written, width=width).print(as_table(grid, width))
        return [line.strip() for line in written.getvalue().splitlines()[2:] if line.strip(" ─")]

    assert lines(35) == ["Interval of it   Name in commands", "12 to 34   a-long-name"]
    assert lines(24) == ["Interval   Name in", "of it   commands", "12 to 34   a-long-name"]
    assert lines(22)[-2:] == ["12 to   a-long-name", "34"]
