"""The report as CSV: the same figures as in the JSON report and no others, and nothing that a spreadsheet runs."""

import csv
import io
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measure import Missing, Row, Table
from eval.metrics import Measured, Unmeasured
from eval.render.csv import to_csv
from eval.render.json import to_json
from eval.summary import Summary, summarise
from hub.spreadsheet import ACTIVE, harmless
from hub.votes.read import Unread
from tests.eval import made
from tests.eval.made import vote
from tests.eval.test_report import FLOOD, RATERS, REPEATS, VOTES

FORMULA = '=HYPERLINK("http://example.org";"1,2")\n'
Cells = dict[str, str]


def summary() -> Summary:
    """A report with figures of every kind, and a generator whose name is a formula."""
    quick = [vote(1000 + i, "one", FORMULA, "ab"[i % 3 == 0], seconds=(2.0, 5.0, 20.0)[i % 3]) for i in range(30)]
    table = Table((Row(FORMULA, Measured("KID", 1 / 3, -0.25, 0.5, 20, "t@1", "-few", "t")),),
                  (Missing("mock", Unmeasured("PPD", "+too few", "t")),))  # fmt: skip
    apart = made.apart(table, FORMULA, "mock")
    return summarise(made.read([*VOTES, *quick, *RATERS, *REPEATS, *FLOOD], [], {Unread.no_vote: 1}), apart)


class Rows:
    """Rows of a CSV report, which can be taken once each."""

    def __init__(self, text: str) -> None:
        self.left = [
            {name: cell.removeprefix("'") for name, cell in row.items()}
            for row in csv.DictReader(io.StringIO(text, newline=""))
        ]

    def take(self, table: str, figure: str, **where: str) -> Cells:
        """The one row of a figure; every column of text that is not named must be empty, but the note and encoder."""
        blank = dict.fromkeys(("source", "question", "group", "rule", "generator", "opponent"), "")
        wanted = {**blank, **where, "table": table, "figure": figure}
        (found,) = [row for row in self.left if wanted.items() <= row.items()]
        self.left.remove(found)
        return found

    def check(self, content: Any, table: str, figure: str, **where: str) -> None:
        """A figure is the JSON report's: a number, or an item with an interval."""
        row = self.take(table, figure, **where)
        item = content if isinstance(content, dict) else {"value": content}
        assert row["space"] == item.get("space", where.get("space", "")), (figure, where)
        for name in ("value", "low", "high"):
            assert row[name] == (str(item[name]) if name in item else ""), (figure, where, name)


def check_ratings(rows: Rows, ratings: list[dict[str, Any]], table: str, **where: str) -> None:
    """Ratings, ranks and win rates."""
    for item in ratings:
        named = {"generator": item["generator"], **where}
        rows.check({**item, "value": item["rating"]}, table, "rating", **named)
        rows.check(item["rank"], table, "rank", **named)
        rows.check(item["win_rate"], table, "win_rate", **named)


def check_study(rows: Rows, study: dict[str, Any], **where: str) -> None:
    """All that stands beside a question's ratings."""
    for rule in study["otherwise"]:
        for name, points in rule["ratings"].items():
            rows.check(points, "rules", "rating", rule=rule["rule"], generator=name, **where)
    if left := study["left_side"]:
        rows.check({**left, "value": left["points"]}, "firmness", "left_side", **where)
    for by, times in study["clustered_widening"].items():
        rows.check(times, "firmness", "clustered_widening", group=by, **where)
    for what, found in study["fragility"].items():
        if found:
            pair = {"generator": found["leader"], "opponent": found["rival"]}
            rows.check(found["number"], "firmness", f"fragility_{what}", **pair, **where)
    settled = study["settled"]
    for name in ("first", "whole"):
        rows.check(int(settled[name]), "firmness", f"settled_{name}", **where)
    for place, name in enumerate(settled["order"], 1):
        rows.check(place, "firmness", "settled_order", generator=name, **where)
    for better, worse in settled["open"]:
        rows.check(0, "firmness", "settled_pair", generator=better, opponent=worse, **where)
    if pair := settled["telling"]:
        rows.check(1, "firmness", "telling_pair", generator=pair[0], opponent=pair[1], **where)
    for one in study["categories"]:
        rows.check(one["votes"], "categories", "votes", group=one["name"], **where)
        check_ratings(rows, one["ratings"], "categories", group=one["name"], **where)


def check_question(rows: Rows, question: dict[str, Any]) -> None:
    """One question's votes, ratings and wins."""
    where = {"source": question["source"], "question": question["criterion"] or ""}
    rows.check(question["votes"]["total"], "votes", "total", **where)
    rows.check(question["votes"]["used"], "votes", "used", **where)
    for reason, number in question["votes"]["excluded"].items():
        rows.check(number, "votes", "excluded", group=reason, **where)
    if question["unrated"]:
        assert rows.take("ratings", "rating", **where)["note"] == question["unrated"]
    check_ratings(rows, question["ratings"], "ratings", **where)
    matrix = question["win_matrix"]
    for i, one in enumerate(matrix["generators"]):
        for j, other in enumerate(matrix["generators"]):
            for kind in ("wins", "ties") if i != j else ():
                rows.check(matrix[kind][i][j], "wins", kind, generator=one, opponent=other, **where)
    if question["study"]:
        check_study(rows, question["study"], **where)


def check_raters(rows: Rows, raters: dict[str, Any]) -> None:
    """What the raters' own votes tell."""
    for name in ("raters", "votes", "repeats", "repeats_told"):
        rows.check(raters[name], "raters", name, source="arena")
    if raters["chance_consistency"] is not None:
        rows.check(raters["chance_consistency"], "raters", "chance_consistency", source="arena")
    for name, number in (raters["votes_a_rater"] or {}).items():
        rows.check(number, "raters", f"votes_a_rater_{name}", source="arena")
    for name in ("left_share", "self_consistency", "alpha_within", "alpha_between"):
        if raters[name] is None:
            assert rows.take("raters", name, source="arena")["note"] == raters["missing"][name]
            continue
        rows.check(raters[name], "raters", name, source="arena")
        for more in {"raters", "chance", "answers"} & set(raters[name]):
            rows.check(raters[name][more], "raters", f"{name}_{more}", source="arena")


def check_joined(rows: Rows, joined: dict[str, Any]) -> None:
    """What joins votes with metrics."""
    for one in joined["by_vote"]:
        where = {"source": one["source"], "question": one["criterion"], "group": one["metric"], "space": one["space"]}
        for name in ("votes", "judged", "lost_pictures"):
            rows.check(one[name], "by_vote", name, **where)
        if not (found := one["accuracy"]):
            assert rows.take("by_vote", "accuracy", **where)["note"] == one["missing"]
            continue
        rows.check({**found, "value": found["accuracy"]}, "by_vote", "accuracy", **where)
        decided = {"low": found["decided_low"], "high": found["decided_high"], "value": found["decided_accuracy"]}
        rows.check(decided, "by_vote", "decided_accuracy", **where)
        for name in {"raters", "epsilon", "optimism", "chance", "majority"} & set(found):
            rows.check(found[name], "by_vote", name, **where)
    for one in joined["by_generator"]:
        where = {"source": one["source"], "question": one["criterion"], "group": one["metric"], "space": one["space"]}
        rows.check(int(one["claims_to_answer"]), "by_generator", "claims_to_answer", **where)
        if not (found := one["agreement"]):
            assert rows.take("by_generator", "tau", **where)["note"] == one["missing"]
            continue
        for name in ("tau", "rho"):
            interval = {"value": found[name], "low": found[f"{name}_low"], "high": found[f"{name}_high"]}
            rows.check(interval, "by_generator", name, **where)
            rows.check(found[f"{name}_p"], "by_generator", f"{name}_p", **where)
        rows.check(int(found["exact"]), "by_generator", "exact", **where)


def check_style(rows: Rows, questions: list[dict[str, Any]]) -> None:
    """Ratings controlled for style."""
    for question in questions:
        of = {"source": question["source"], "question": question["criterion"] or ""}
        if question["missing"]:
            assert rows.take("style", "controlled", **of)["note"] == question["missing"]
            continue
        for name in ("votes", "lost"):
            rows.check(question[name], "style", name, **of)
        for one in question["ratings"]:
            who = {**of, "generator": one["generator"]}
            for name in ("without", "controlled"):
                told = {"value": one[name]["rating"], "low": one[name]["low"], "high": one[name]["high"]}
                rows.check({**told, "n": one[name]["battles"]}, "style", name, **who)
            told = {"value": one["shift"]["points"], "low": one["shift"]["low"], "high": one["shift"]["high"]}
            rows.check(told, "style", "shift", **who)
        for one in question["properties"]:
            told = {"value": one["points"], "low": one["low"], "high": one["high"]}
            rows.check(told, "style", "points", group=one["property"], **of)
            rows.check(one["deviation"], "style", "deviation", group=one["property"], **of)


def check_fronts(rows: Rows, joined: dict[str, Any]) -> None:
    """Fronts, pictures that are missing, and battles that raters were divided on."""
    for front in joined["fronts"]:
        space = front["space"]
        for one in front["generators"]:
            where = {"generator": one["generator"], "group": space, "space": space}
            rows.check(one["share_of_draws_on_front"], "front", "share_of_draws_on_front", **where)
            for words in one["unbeaten_on"]:
                rows.check(1, "front", f"unbeaten_on_{'_'.join(words)}", **where)
            for other in one["beaten_by"]:
                rows.check(1, "front", "beaten_by", opponent=other, **where)
        for lack in front["left_out"]:
            assert lack["lacks"] in rows.take("front", "left_out", generator=lack["generator"], group=space)["note"]
    for lack in (joined["pictures"] or {"left_out": []})["left_out"]:
        assert rows.take("pictures", "left_out", generator=lack["generator"])["note"] == lack["reason"]
    check_style(rows, joined["style"])
    for pair in joined["nearest"]:
        of = {"generator": pair["generator"], "group": f"{pair['prompt']}, {pair['seed']}", "space": pair["space"]}
        assert rows.take("nearest", "ratio", **of)["note"] == pair["training_caption"]
    if disputed := joined["disputed"]:
        for name in ("answered_twice_or_more", "with_votes_for_both"):
            rows.check(disputed[name], "disputed", name, source="arena")
        for one in disputed["battles"]:
            pair = dict(zip(("generator", "opponent"), one["generators"], strict=True))
            where = {"source": "arena", "question": one["criterion"], "group": one["prompt"], **pair}
            for name, number in one["votes"].items():
                rows.check(number, "disputed", f"votes_{name}", **where)


def check_reasons(rows: Rows, questions: list[dict[str, Any]]) -> None:
    """Shares of reasons, with their intervals where there are any."""
    for question in questions:
        of = {"source": question["source"], "question": question["criterion"] or ""}
        told = [("given", question["given"], of)]
        for one in question["figures"]:
            where = {**of, "generator": one["generator"], "group": one["reason"]}
            told += [(name, one[name], where) for name in ("won", "others", "difference", "lost") if one[name]]
        for name, item, where in told:
            rows.check({key: value for key, value in item.items() if value is not None}, "reasons", name, **where)


def check_apart(rows: Rows, content: dict[str, Any]) -> None:
    """Figures by category of the prompts, and paired differences."""
    for one in content["prompt_categories"]:
        of = {"generator": one["generator"], "group": f"{one['prompt_set']}: {one['category']}", "space": one["space"]}
        rows.check(one["pictures"], "prompt_categories", f"pictures of {one['metric']}", **of)
        if "value" in one:
            rows.check(one, "prompt_categories", one["metric"], **of)
        else:
            row = rows.take("prompt_categories", one["metric"], **of)
            assert (row["note"], row["value"], row["n"]) == (one["reason"], "", str(one["prompts"]))
    for one in content["differences"]:
        pair = {"generator": one["generator"], "opponent": one["other"]}
        rows.check(one, "differences", one["metric"], **pair)


def check_all(of: Summary) -> None:
    """Every figure of the JSON report is a row of the CSV report, and there is no other row."""
    content, rows = json.loads(to_json(of)), Rows(to_csv(of))
    for question in content["questions"]:
        check_question(rows, question)
    votes = content["votes"]
    rows.check(votes["total"], "votes", "total")
    rows.check(votes["used"], "votes", "used")
    for kind in ("excluded", "unchecked"):
        for group, number in votes[kind].items():
            rows.check(number, "votes", kind, group=group)
    alarms = [row for row in rows.left if row["figure"] == "alarm"]
    assert [row["note"] for row in alarms] == votes["alarms"]
    rows.left = [row for row in rows.left if row not in alarms]
    for figure, number in content["crowd"].items():
        if figure != "alarm_rule":
            rows.check(number, "crowd", figure, source="arena")
    check_raters(rows, content["raters"])
    check_reasons(rows, content["reasons"])
    check_apart(rows, content)
    for one in content["machines"]:
        judge = {"question": one["criterion"], "group": one["model"]}
        rows.check(one["battles"], "machines", "battles", **judge)
        for name in {"left", "consistent", "agreeing", "kappa"} & one.keys():
            rows.check(one[name], "machines", name, **judge)
    for item in content["metrics"]:
        rows.check(item, "metrics", item["metric"], generator=item["generator"])
    for item in content["missing"]:
        row = rows.take("metrics", item["metric"], generator=item["generator"])
        assert (row["value"], row["note"], row["space"]) == ("", item["reason"], item["space"])
    if content["join"]:
        check_joined(rows, content["join"])
        check_fronts(rows, content["join"])
    assert not rows.left


@pytest.mark.parametrize("of", [summary(), summarise(made.read([]))], ids=["whole", "empty"])
def test_every_figure_of_the_json_report_and_no_other(of: Summary) -> None:
    check_all(of)


def test_it_is_rfc_4180_and_pandas_reads_it_without_help() -> None:
    text = to_csv(summary())
    assert text.encode().startswith(b"table,figure,value,low,high,n,source,question,group,rule,generator,opponent,")
    assert text.endswith("\r\n")
    frame = pd.read_csv(io.StringIO(text, newline=""))
    assert [frame[name].dtype.kind for name in ("value", "low", "high", "n")] == ["f"] * 4
    quality = frame[(frame.table == "ratings") & (frame.figure == "rating") & (frame.question == "quality")]
    assert set(quality.generator) >= {"one", "two", f"'{FORMULA}"}
    assert quality.value.mean() == pytest.approx(1000, abs=0.01)


def test_no_text_begins_a_formula() -> None:
    rows = csv.reader(io.StringIO(to_csv(summary()), newline=""))
    cells = [cell for row in rows for cell in row if cell.startswith(ACTIVE)]
    assert cells
    assert all(float(cell) < 0 for cell in cells)


@given(st.text())
def test_a_guarded_text_is_harmless_and_can_be_had_back(text: str) -> None:
    guarded = harmless(text)
    assert not guarded.startswith(ACTIVE)
    assert (guarded[1:] if guarded.startswith("'") else guarded) == text
