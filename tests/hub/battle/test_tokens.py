"""Tokens: a page can't make one, keep one for ever, or use another's."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.battle.tokens import EXPIRED, FOREIGN, FORGED, Tokens
from hub.errors import BattleError
from hub.raters import make_cookie

TOKENS = Tokens("a secret of the tests", 60)


def refusal(token: object, session: str = "s1", tokens: Tokens = TOKENS) -> str:
    """The sentence that a token is refused with."""
    with pytest.raises(BattleError) as caught:
        tokens.read(token, session)  # type: ignore[arg-type]
    return str(caught.value)


def test_a_token_is_read_back_by_its_own_session() -> None:
    assert TOKENS.read(TOKENS.sign("battle-1", "s1"), "s1") == "battle-1"


def test_each_refusal_has_its_own_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    token = TOKENS.sign("battle-1", "s1")
    assert refusal(token, "s2") == FOREIGN
    assert refusal(token[:-4] + "AAAA") == FORGED
    assert refusal(Tokens("another secret of the tests", 60).sign("battle-1", "s1")) == FORGED
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 3590)
    assert TOKENS.read(token, "s1") == "battle-1"
    monkeypatch.setattr(time, "monotonic", lambda: now + 3602)
    assert refusal(token) == EXPIRED
    assert refusal(token, "s2") == EXPIRED
    assert len({EXPIRED, FOREIGN, FORGED}) == 3


@pytest.mark.parametrize("shift", [-86400, -3600, -1, 3602, 86400])
def test_a_wall_clock_that_is_put_back_or_forward_expires_no_token(
    monkeypatch: pytest.MonkeyPatch, shift: float
) -> None:
    token, now = TOKENS.sign("battle-1", "s1"), time.time()
    monkeypatch.setattr(time, "time", lambda: now + shift)
    assert TOKENS.read(token, "s1") == "battle-1"


@given(
    st.one_of(
        st.text(),
        st.none(),
        st.integers(),
        st.binary(),
        st.lists(st.text()),
        st.dictionaries(st.text(), st.text()),
        st.just("\ud800"),
    )
)
def test_whatever_a_page_sends_is_refused_with_a_sentence(token: object) -> None:
    assert refusal(token) == FORGED


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_a_changed_token_never_reads_as_another_battle(place: int, letter: str) -> None:
    token = TOKENS.sign("battle-1", "s1")
    place %= len(token)
    try:
        assert TOKENS.read(token[:place] + letter + token[place + 1 :], "s1") == "battle-1"
    except BattleError as error:
        assert str(error) in (FORGED, EXPIRED)


def test_another_kind_of_signature_by_the_same_secret_is_no_token() -> None:
    assert refusal(make_cookie("a secret of the tests")) == FORGED
