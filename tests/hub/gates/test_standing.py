"""Who votes, before any gate looks at the vote: pages without a cookie, and logins where they alone count."""

from pathlib import Path

import pytest

from hub.errors import BattleError, HubError
from hub.gates import Guard, build_guard
from hub.raters import KnownBy, Rater, identify
from hub.settings import Count, Settings
from tests.hub.battle.fakes import Hall
from tests.hub.gates.test_guard import Fixed
from tests.hub.votes import made

SECRET = "a secret of the tests"  # noqa: S105
SPACE = {"SPACE_ID": "gallery/arena", "OAUTH_CLIENT_ID": "client"}


def rater(address: str | None = "203.0.113.7", **known: str | None) -> Rater:
    """Who is behind a request with what is given."""
    return identify(SECRET, address=address, **({"cookie": None, "page": None, "login": None} | known))


def guard(count: Count = Count.all, votes_per_hour: int = 3) -> Guard:
    """A guard without gates."""
    return Guard((), 1.0, 100, votes_per_hour, 10, count)


def test_a_vote_counts_by_a_cookie_that_came_back_or_a_login() -> None:
    page, cookie, login = rater(page="p"), rater(page="p", cookie="c"), rater(page="p", login="ada")
    assert [one.known_by for one in (page, cookie, login)] == [KnownBy.page, KnownBy.cookie, KnownBy.login]
    assert [guard().standing(one) for one in (page, cookie, login)] == [("no-cookie",), (), ()]
    alone = guard(Count.logins)
    assert [alone.standing(one) for one in (page, cookie, login)] == [("no-login",), ("no-login",), ()]


def test_a_vote_of_a_page_without_a_cookie_is_kept_with_the_reason(tmp_path: Path) -> None:
    hall, page = Hall(tmp_path), rater(page="p")
    vote = hall.battles.vote(hall.finished(page), page, made.vote("any").outcome)
    assert (vote.excluded, vote.rater, vote.network) == (("no-cookie",), page.id, page.network)


def test_what_a_vote_is_excluded_for_stays_beside_the_gates() -> None:
    watch = Guard((Fixed("gate", 1.0),), 1.0, 100, 100, 10)
    assert watch.check(made.vote("v", excluded=("no-cookie",))).excluded == ("no-cookie", "gate")
    assert watch.check(made.vote("w")).excluded == ("gate",)


def test_all_pages_of_a_network_without_a_cookie_are_one_rater_with_one_raters_limits() -> None:
    pages = [rater(page=f"page {number}") for number in range(5)]
    assert len({one.id for one in pages}) == 1
    assert len({one.session for one in pages}) == 5
    assert rater(page="p", address="203.0.113.8").id != pages[0].id
    watch = guard()
    for one in pages[:3]:
        watch.allow_vote(one)
    with pytest.raises(BattleError, match="You have given 3 votes within an hour"):
        watch.allow_vote(pages[3])
    watch.allow_vote(rater(page="p", cookie="c"))


def test_logins_alone_count_only_where_raters_can_log_in() -> None:
    for environ in ({}, {"SPACE_ID": "gallery/arena"}, {"OAUTH_CLIENT_ID": "client"}):
        with pytest.raises(HubError, match=r"^HUB_COUNT can't be logins here: .* hf_oauth: true.* Leave HUB_COUNT out"):
            build_guard(Settings.from_env({**environ, "HUB_COUNT": "logins"}))
    inside = build_guard(Settings.from_env({**SPACE, "HUB_COUNT": "logins"}))
    assert inside.standing(rater(page="p", cookie="c")) == ("no-login",)
    assert build_guard(Settings.from_env(SPACE)).standing(rater(page="p", cookie="c")) == ()
    with pytest.raises(HubError, match="HUB_COUNT can't be 'friends'"):
        Settings.from_env({"HUB_COUNT": "friends"})
