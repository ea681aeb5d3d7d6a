"""Reasons in the report: counts beside plain Python's, sums, intervals that hold the truth, and whose votes count."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.about import describe_report
from eval.bundle.content import read_votes as read_lines
from eval.bundle.content import write_votes
from eval.bundle.verify_bundle import verify_bundle
from eval.bundle.write import Bundled, write_bundle
from eval.ratings.counts import code_votes
from eval.reasons import QuestionReasons, measure_reasons
from eval.reasons.clustered_shares import (
    RaterCounts,
    measure_clustered_share,
    measure_difference,
    measure_likeness,
    shape_raters,
)
from eval.render.html import to_html
from eval.render.json import to_json
from eval.render.latex_report import make_latex
from eval.render.markdown import to_markdown
from eval.summary import rate_votes, summarise
from eval.votes.ledger import read_ledger
from hub.language.catalogue import ENGLISH, language
from hub.log_entries import Reasons
from hub.questions import TAGS
from hub.schema import WITHDRAWN, Criterion, Outcome, Tag, Vote
from hub.votes import make_table, read_votes
from tests.eval import made
from tests.eval.made import vote

NAMES = ("one", "two", "three")
QUALITY = TAGS[Criterion.quality]
ROWS = st.lists(
    st.tuples(
        st.permutations(NAMES),
        st.sampled_from(list(Outcome)),
        st.sets(st.sampled_from(QUALITY)),
        st.integers(0, 6),
        st.booleans(),
    ),
    min_size=1,
    max_size=60,
)


def make_votes(rows: list[Any]) -> list[Vote]:
    """Votes of rows; a gate left out those of the last column."""
    return [
        vote(number, names[0], names[1], outcome, tags=tuple(tag for tag in QUALITY if tag in tags),
             rater=f"rater {rater}", excluded=("velocity",) if out else ())
        for number, (names, outcome, tags, rater, out) in enumerate(rows)
    ]  # fmt: skip


def measure(votes: list[Vote]) -> QuestionReasons | None:
    """The reasons of votes on quality, without rating them."""
    table = make_table(votes)
    ledger = read_ledger(table)
    coded = code_votes(table, ledger.counts)
    return measure_reasons(table, coded, Criterion.quality, "arena", coded.names)


def many(raters: int = 8, each: int = 12) -> list[Vote]:
    """Votes enough for intervals, for one or two, with reasons in most."""
    return [
        vote(number, *(("one", "two") if number % 3 else ("two", "one")), "ab"[number % 4 == 0],
             rater=f"rater {number % raters}", tags=QUALITY[number % 2 : number % 5])
        for number in range(raters * each)
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_counts_are_those_of_plain_python(rows: list[Any]) -> None:
    votes = make_votes(rows)
    counted = [one for one in votes if not one.excluded]
    found = measure(votes)
    if not counted:
        assert found is None
        return
    assert found
    won, lost, wins, losses = (Counter[Any]() for _ in range(4))
    for one in counted:
        if one.tags and one.outcome in {Outcome.a, Outcome.b}:
            sides = [one.a[0].generator, one.b[0].generator]
            winner, loser = sides if one.outcome is Outcome.a else reversed(sides)
            wins[winner] += 1
            losses[loser] += 1
            won.update((winner, tag) for tag in one.tags)
            lost.update((loser, tag) for tag in one.tags)
    assert (found.given.count, found.given.n) == (sum(bool(one.tags) for one in counted), len(counted))
    assert found.decided == sum(wins.values())
    assert {one.generator for one in found.figures} == set(wins) | set(losses)
    for row in found.figures:
        whole = sum(number for (_, tag), number in won.items() if tag is row.reason)
        for share, hits, n in (
            (row.won, won[row.generator, row.reason], wins[row.generator]),
            (row.lost, lost[row.generator, row.reason], losses[row.generator]),
            (row.others, whole - won[row.generator, row.reason], found.decided - wins[row.generator]),
        ):
            assert (share and (share.count, share.n)) == ((hits, n) if n else None)
        if row.won and row.others:
            assert row.difference
            assert row.difference.value == pytest.approx(row.won.value - row.others.value, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_wins_losses_and_all_votes_with_reasons_have_one_sum(rows: list[Any]) -> None:
    if found := measure(make_votes(rows)):
        for tag in QUALITY:
            those = [one for one in found.figures if one.reason is tag]
            won, lost = ([getattr(one, side) for one in those if getattr(one, side)] for side in ("won", "lost"))
            assert sum(one.n for one in won) == sum(one.n for one in lost) == found.decided
            assert sum(one.count for one in won) == sum(one.count for one in lost)
            for one in (*won, *lost):
                assert one.low is None or 0 <= one.low <= one.value + 1e-9 <= one.high + 2e-9 <= 1 + 3e-9


def test_withdrawn_votes_machines_and_hidden_repeats_are_in_no_count() -> None:
    whole = many()
    out: list[dict[str, Any]] = [{"excluded": (WITHDRAWN,)}, {"excluded": ("machine",)}, {"repeat_of": "vote-0"}]
    more = [vote(900 + n, tags=(Tag.colours,), rater="rater 1", **told) for n, told in enumerate(out)]
    assert measure([*whole, *more]) == measure(whole)


def test_reasons_of_another_question_are_not_told_of() -> None:
    other = vote(900, criterion=Criterion.alignment, tags=(Tag.objects,))
    for one in rate_votes(made.read([*many(), other])).summary.reasons:
        assert one.criterion
        assert {row.reason for row in one.figures} == set(TAGS[one.criterion])


def test_the_last_reasons_count_whether_given_with_the_vote_or_after_it(tmp_path: Path) -> None:
    votes = [vote(number, tags=(Tag.colours,)) for number in range(4)]
    later = [
        Reasons(vote="vote-1", time=9.0, rater="r", tags=()),
        Reasons(vote="vote-2", time=9.0, rater="r", tags=(Tag.sharpness, Tag.composition)),
        Reasons(vote="vote-2", time=8.0, rater="r", tags=(Tag.fewer_flaws,)),
        Reasons(vote="vote-3", time=8.0, rater="r", tags=(Tag.fewer_flaws,)),
        Reasons(vote="vote-3", time=8.0, rater="r", tags=(Tag.sharpness,)),
        Reasons(vote="unknown", time=8.0, rater="r", tags=(Tag.sharpness,)),
    ]
    (tmp_path / "log").mkdir()
    lines = [one.model_dump_json() for one in (*votes, *later)]
    (tmp_path / "log" / "a.jsonl").write_text("\n".join(lines) + "\n")
    found = read_votes(tmp_path)
    assert found.problems == ()
    assert found.table["tags"].to_pylist() == ["colours", None, "sharpness+composition", "sharpness"]


def test_few_votes_or_raters_have_no_interval_and_say_so() -> None:
    few = summarise(made.read(many(raters=4, each=30)))
    (found,) = few.reasons
    assert found.given.low is None
    assert all(one.won is None or one.won.low is None for one in found.figures)
    assert "(too few)" in to_markdown(few)
    assert "(too few)" not in to_markdown(summarise(made.read(many())))


def test_every_form_of_the_report_has_the_reasons(tmp_path: Path) -> None:
    read = made.read(many())
    summary = summarise(read)
    (question,) = json.loads(to_json(summary))["reasons"]
    assert len(question["figures"]) == 2 * len(QUALITY)
    assert "## Quality: reasons" in to_markdown(summary)
    page = to_html(summary)
    section = page[page.index('<section id="reasons">') :]
    assert section[: section.index("</section>")].count('class="dots"') == 2 * len(QUALITY)
    assert 'class="mark"' in section[: section.index("</section>")]
    files = make_latex(summary)
    assert {"tables/reasons-quality.tex", "figures/reasons-quality.svg", "figures/reasons-quality.pdf"} <= set(files)
    assert "理由" in to_html(summary, language("ja"))


def test_a_report_whose_votes_gave_none_says_so_and_has_no_table() -> None:
    summary = summarise(made.read([vote(number) for number in range(3)]))
    text = to_markdown(summary)
    assert "none of 3 counted votes gave a reason" in text
    assert "## Quality: reasons" not in text


def test_one_raters_many_votes_are_not_taken_for_many_raters() -> None:
    rng = np.random.default_rng(0)
    votes = np.full(8, 50.0)
    alike, alone = np.where(np.arange(8) % 2, 50.0, 0.0), rng.binomial(50, 0.5, 8).astype(float)
    widths = []
    for hits in (alike, alone):
        counts = RaterCounts(hits, votes, shape_raters(votes))
        share = measure_clustered_share(counts, measure_likeness(counts))
        assert share and share.low is not None and share.high is not None
        widths.append(share.high - share.low)
    assert widths[0] > 3 * widths[1]
    nothing = RaterCounts(np.zeros(8), votes, shape_raters(votes))
    never = measure_clustered_share(nothing, measure_likeness(nothing))
    assert never and never.high and never.high > 0.3  # of eight raters, not of 400 votes


def simulate(raters: int, each: int, taste: float, own: float, rng: np.random.Generator) -> tuple[Any, Any]:
    """Measure a share and a difference of raters with tastes, for a reason and for it in one generator's wins."""
    sizes = rng.poisson(each, raters) + 1
    rater = np.repeat(np.arange(raters), sizes)
    generator = rng.integers(0, 3, len(rater))
    lean = taste * rng.standard_normal(raters)[rater] + own * rng.standard_normal((raters, 3))[rater, generator]
    hit = rng.random(len(rater)) < 1 / (1 + np.exp(-(lean - 1 + 0.5 * (generator == 0))))

    def count(rows: np.ndarray) -> RaterCounts:
        votes = np.bincount(rater[rows], minlength=raters).astype(float)
        return RaterCounts(np.bincount(rater[rows], hit[rows], raters).astype(float), votes, shape_raters(votes))

    one, others, whole = count(generator == 0), count(generator != 0), count(generator >= 0)
    alike = measure_likeness(whole)
    return measure_clustered_share(one, alike), measure_difference(one, others, alike)


@pytest.mark.parametrize(("raters", "each"), [(8, 30), (30, 12)])
@pytest.mark.parametrize(("taste", "own"), [(0.0, 0.0), (2.0, 0.0), (1.0, 1.0)])
def test_intervals_hold_the_truth_of_raters_who_have_tastes(raters: int, each: int, taste: float, own: float) -> None:
    lean = np.hypot(taste, own) * np.random.default_rng(0).standard_normal(200_000)
    first, second = (float((1 / (1 + np.exp(-(lean - 1 + more)))).mean()) for more in (0.5, 0.0))
    rng, runs, held = np.random.default_rng(raters), 150, np.zeros(2)
    for _ in range(runs):
        share, difference = simulate(raters, each, taste, own, rng)
        held += (share.low <= first <= share.high, difference.low <= first - second <= difference.high)
    assert min(held) >= 0.9 * runs  # 95 %, less nearly three errors


def test_a_bundle_has_the_reasons_and_is_verified(tmp_path: Path) -> None:
    read = made.read(many())
    summary = replace(rate_votes(read).summary, about=describe_report(read, "data"))
    path = tmp_path / "bundle.zip"
    write_bundle(path, Bundled(read, None, summary), ENGLISH, False)
    assert verify_bundle(path).problems == ()


def test_votes_of_a_bundle_of_before_are_read_without_reasons() -> None:
    lines = [json.dumps({name: cell for name, cell in json.loads(line).items() if name != "tags"}).encode()
             for line in write_votes(make_table(many()))]  # fmt: skip
    assert set(read_lines(lines)["tags"].to_pylist()) == {None}
