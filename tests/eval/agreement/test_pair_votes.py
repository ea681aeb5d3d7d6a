"""Encoders of pairs against votes one by one: each voted picture is scored with its own prompt."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from eval.agreement.voted_pictures import Voted
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from hub.schema import Criterion, Outcome
from hub.votes import ContentStore
from tests.eval import made
from tests.eval.agreement.made import side, vote
from tests.eval.agreement.test_votes import asked_of, bright_wins


def grey(value: int) -> bytes:
    """A grey picture's file."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (value, value, value)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def space(tmp_path: Path) -> FeatureSpace:
    """The space of the made-up encoder of pairs."""
    return FeatureSpace(made.Pairs(), FeatureStore(tmp_path / "features.sqlite"))


def test_an_encoder_of_pairs_is_asked_about_votes_on_quality_and_alignment(
    tmp_path: Path, judged: Callable[[Path], Voted], space: FeatureSpace
) -> None:
    voted, votes = replace(judged(tmp_path), preferences=(space,)), bright_wins(tmp_path, 40)
    quality = {str(one.name): one for one in asked_of(tmp_path, votes, voted)}
    found = quality["preference score (Pairs)"]
    assert (found.judged, found.encoder, found.lost) == (40, space.name, 0)
    assert found.found is not None
    assert found.found.accuracy == 1.0
    fit = [one.model_copy(update={"criterion": Criterion.alignment}) for one in votes]
    names = [str(one.name) for one in asked_of(tmp_path, fit, voted)]
    assert names == ["image-text score (pixel judge)", "preference score (Pairs)"]


def test_each_wording_of_a_vote_is_scored_with_its_own_picture(
    tmp_path: Path, judged: Callable[[Path], Voted], space: FeatureSpace
) -> None:
    """One picture under two wordings, of which the other side has the lengths turned round, and is as good."""
    store, votes = ContentStore(tmp_path), []
    for number in range(30):
        words = [f"{number:02}", f"{number:02} said otherwise"]
        bright, dark = grey(255 - number), grey(1 + number)
        sides = [
            tuple(side(store, name, text, [content], number)[0] for text, content in zip(words, those, strict=True))
            for name, those in (("one", (bright, dark)), ("two", (dark, dark)))
        ]
        votes.append(vote(number, sides[0], sides[1], Outcome.a, Criterion.alignment))
    found = asked_of(tmp_path, votes, replace(judged(tmp_path), preferences=(space,)))[-1]
    assert str(found.name) == "preference score (Pairs)"
    assert found.found is not None
    assert (found.judged, found.found.accuracy) == (30, 1.0)
    gaps = {one.id: (254 - 2 * number) / 255 / 2 for number, one in enumerate(votes)}
    assert found.scores == pytest.approx(gaps, abs=1e-6)


def test_votes_without_all_their_pictures_are_left_out_and_the_lost_are_counted_once(
    tmp_path: Path, judged: Callable[[Path], Voted], space: FeatureSpace
) -> None:
    votes, store = bright_wins(tmp_path, 40), ContentStore(tmp_path)
    torn = store.image(votes[0].a[0].sha256)
    torn.write_bytes(b"torn")
    found = asked_of(tmp_path, votes, replace(judged(tmp_path), preferences=(space,)))
    (one,) = (one for one in found if one.space == "Pairs")
    assert (one.votes, one.judged, one.lost) == (40, 39, 1)
    assert one.why
