"""Who gave the votes that count: raters of one vote, raters a network, the largest shares, and when they alarm."""

import json
from collections.abc import Sequence
from typing import Any

from eval.raters.crowd import Crowd
from eval.render.csv import to_csv
from eval.render.json import to_json
from eval.render.notes import votes_notes
from eval.summary import Summary, summarise
from eval.votes.ledger import name_reasons
from hub.language.catalogue import ENGLISH
from hub.schema import NO_COOKIE, NO_LOGIN, Vote
from tests.eval import made


def given(voters: Sequence[tuple[str, str, int]], **more: Any) -> list[Vote]:
    """Votes of (rater, network, number), sides in turn so that nothing stands out."""
    who = [(rater, network) for rater, network, number in voters for _ in range(number)]
    return [
        made.vote(i, outcome="ab"[i % 2], rater=rater, network=network, **more)
        for i, (rater, network) in enumerate(who)
    ]


def summary(voters: Sequence[tuple[str, str, int]], **more: Any) -> Summary:
    """The report on these votes."""
    return summarise(made.read(given(voters, **more)))


EVEN = [(f"r{n}", f"n{n // 2}", 10) for n in range(12)]


def test_the_report_tells_raters_of_one_vote_raters_a_network_and_the_largest_shares() -> None:
    of = summary([("ada", "home", 5), ("ben", "home", 1), ("eve", "far", 1), ("ida", "far", 2), ("joe", "", 1)])
    assert of.crowd == Crowd(
        votes=10,
        raters=5,
        once=3,
        largest_rater=0.5,
        networks=2,
        raters_a_network=2,
        raters_most=2,
        largest_network=0.6,
    )
    notes = votes_notes(of, ENGLISH)
    assert "Of 5 raters whose votes count 3 gave one vote; the largest gave 50% of 10." in notes
    told = "They came from 2 networks: 2 raters a network at the median, 2 at most; the largest gave 60% of the votes."
    assert told in notes
    assert json.loads(to_json(of))["crowd"]["largest_network"] == 0.6
    assert "crowd,raters_most,2" in to_csv(of)


def test_votes_of_before_tell_no_network() -> None:
    of = summary([("ada", "", 2), ("ben", "", 1)])
    assert of.crowd is not None
    assert (of.crowd.networks, of.crowd.largest_network) == (0, None)
    assert "No counted vote tells its network." in votes_notes(of, ENGLISH)
    assert summarise(made.read([])).crowd is None


def test_votes_that_do_not_count_are_nobodys_share() -> None:
    of = summarise(
        made.read([*given(EVEN), *(made.vote(999 + i, rater="bot", excluded=("streaks",)) for i in range(200))])
    )
    assert of.crowd is not None
    assert (of.crowd.votes, of.crowd.raters) == (120, 12)


def test_a_share_above_the_threshold_alarms_and_one_below_does_not() -> None:
    assert summary(EVEN).alarms == ()
    rater = summary([*EVEN, ("eve", "far", 40)]).alarms
    assert rater == ("One rater gave 25% of the 160 votes that count: find out who votes so much.",)
    network = summary([*EVEN, *((f"bot{n}", "lair", 3) for n in range(20))]).alarms
    assert network == (
        "One network gave 33% of the 180 votes that count: find out whether its raters are several people.",
    )
    assert summary([("ada", "home", 99), ("ben", "home", 30)]).alarms == ()  # too few raters to speak of shares


def test_a_cookie_that_never_comes_back_alarms_in_its_own_words_and_logins_never() -> None:
    before = given([(f"r{n}", f"n{n}", 20) for n in range(10)])
    for reason, rings in ((NO_COOKIE, True), (NO_LOGIN, False)):
        late = [made.vote(500 + i, rater="pages", excluded=(reason,)) for i in range(45)]
        late += [made.vote(600 + i, outcome="ab"[i % 2], rater=f"r{i % 10}", network=f"n{i % 10}") for i in range(55)]
        of = summarise(made.read([*before, *late]))
        assert any(text.startswith("The rule that a cookie must come back let 55% of") for text in of.alarms) is rings
        assert name_reasons(of.excluded) == {
            "no cookie came back" if rings else "not logged in, where logins alone count": 45,
        }
