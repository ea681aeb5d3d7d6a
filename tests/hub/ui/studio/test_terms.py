"""Mixes: what is typed, the way between two ends, and how it is read; the slider's weights."""

import json
import math
import re
from html import unescape
from itertools import pairwise
from typing import Any

import pytest

from hub.errors import RequestError
from hub.language.catalogue import ENGLISH, language
from hub.schema import Term
from hub.ui.studio.strength import USUAL, WEIGHTS, name_weight, read_weight, render_slider
from hub.ui.studio.terms import STEPS, check_weight, describe_mix, mix_between, render_sum

CAT, PICTURE = Term(weight=1.0, prompt="a cat"), Term(weight=1.0, image="ab12" * 16)


def test_a_strip_begins_and_ends_with_an_end_alone_and_goes_in_even_steps() -> None:
    mixes = mix_between(CAT, PICTURE)
    assert len(mixes) == STEPS
    assert (mixes[0], mixes[-1]) == ((CAT,), (PICTURE,))
    assert all(math.isclose(sum(term.weight for term in mix), 1.0) for mix in mixes)
    shares = [next((term.weight for term in mix if term.image), 0.0) for mix in mixes]
    assert shares == pytest.approx([step / 7 for step in range(8)])


def test_a_mix_is_read_as_a_sum() -> None:
    assert describe_mix([CAT], ENGLISH) == "“a cat”"
    assert describe_mix([CAT.model_copy(update={"weight": 2.0})], ENGLISH) == "2 × “a cat”"
    minus = PICTURE.model_copy(update={"weight": -0.5})
    assert describe_mix([CAT, minus], ENGLISH) == "1 × “a cat” − 0.5 × picture ab12"
    assert describe_mix([minus, CAT], language("ja")) == "− 0.5 × 画像ab12 + 1 × “a cat”"
    read = Term(weight=1.0, prompt="猫と静物", read_as="cat")
    assert describe_mix([read], ENGLISH) == "“猫と静物” (read as: cat; not read: 静物)"


@pytest.mark.parametrize("value", [None, "1", True, math.nan, math.inf, 10.1, -11, {}])
def test_what_is_no_weight_is_told(value: Any) -> None:
    with pytest.raises(RequestError, match="from -10 to 10"):
        check_weight(value)


def test_weights_of_the_slider_are_none_and_then_on_a_logarithm() -> None:
    assert (WEIGHTS[0], WEIGHTS[1], WEIGHTS[USUAL], WEIGHTS[-1]) == (0.0, 0.0001, 0.001, 0.01)
    steps = [b / a for a, b in pairwise(WEIGHTS[1:])]
    assert all(1.2 < step < 1.32 for step in steps)
    assert read_weight({"step": USUAL}) == 0.001
    for wrong in ({"step": len(WEIGHTS)}, {"step": -1}, {"step": "1"}, {}, None, 3):
        with pytest.raises(RequestError, match="no such strength"):
            read_weight(wrong)


def test_the_slider_says_each_weight_in_words() -> None:
    html = render_slider(ENGLISH)["html"]
    names = json.loads(unescape(re.search(r'data-names="([^"]*)"', html)[1]))  # type: ignore[index]
    assert names == [name_weight(weight, ENGLISH) for weight in WEIGHTS]
    assert (names[0], names[-1]) == ("w = 0, free, without the guide", "w = 0.01, close to the guide")
    assert f'aria-valuetext="{names[USUAL]}"' in html
    assert "手本に近い" in render_slider(language("ja"))["html"]


def test_the_page_gets_a_place_for_the_sum_in_each_sentence_that_tells_it() -> None:
    for spoken in (ENGLISH, language("ja")):
        other = re.search(r'data-other="([^"]*)"', render_sum(spoken)["html"])[1]  # type: ignore[index]
        assert other.count("{sum}") == 1
