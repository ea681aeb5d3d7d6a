"""Metrics asked about votes one by one, on pictures of which it is known what they should say."""

import io
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from eval.agreement import by_vote as asking
from eval.agreement.by_vote import NO_FD, NO_PICTURES, ByVote, compare_votes
from eval.agreement.evidence import QuestionVotes
from eval.agreement.voted_pictures import Compared, Judged, Voted
from eval.encoders import ENCODERS, Checkpoint
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore as Features
from eval.features.reference_features import Reference
from eval.features.sources import Picture
from eval.gather import find_preferences
from eval.metrics import Array
from eval.ratings.counts import code_votes
from eval.votes.ledger import read_ledger
from hub.errors import DataError, MissingFile
from hub.schema import Criterion, Outcome, Sample, Vote
from hub.votes import ContentStore, read_votes
from hub.votes.pictures import SidePictures
from tests.eval.agreement.made import PixelEncoder, png, side, vote, write

Judge = Callable[[Path], Voted]
BRIGHT, DARK = 0.85, 0.3
SWAPPED = {Outcome.a: Outcome.b, Outcome.b: Outcome.a, Outcome.tie: Outcome.tie, Outcome.both_bad: Outcome.both_bad}
few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def bright_wins(data: Path, n: int, seed: int = 0, right: float = 1.0) -> list[Vote]:
    """Votes on quality for the brighter picture, which real ones are like, this share of the time."""
    store, rng, votes = ContentStore(data), random.Random(seed), []
    for number in range(n):
        left_is_bright = rng.random() < 0.5
        levels = (BRIGHT, DARK) if left_is_bright else (DARK, BRIGHT)
        a, b = (
            side(store, name, f"prompt {number}", [png(2 * number + place, level)], number)
            for place, (name, level) in enumerate(zip(("one", "two"), levels, strict=True))
        )
        outcome = Outcome.a if left_is_bright == (rng.random() < right) else Outcome.b
        votes.append(vote(number, a, b, outcome, Criterion.quality))
    return votes


def asked_of(data: Path, votes: Sequence[Vote], voted: Voted | None) -> list[ByVote]:
    """What the metrics say of these votes, read back from the data folder."""
    write(data, votes)
    table = read_votes(data).table
    ledger = read_ledger(table)
    found = []
    for number, (source, criterion) in enumerate(ledger.questions):
        counted = code_votes(table, (ledger.question == number) & ledger.counts)
        found += compare_votes(table, QuestionVotes(criterion, source, counted), voted)
    return found


def test_quality_is_foreseen_by_the_witness_function_and_fd_says_why_it_has_none(tmp_path: Path, judged: Judge) -> None:
    witness, fd = asked_of(tmp_path, bright_wins(tmp_path, 40), judged(tmp_path))
    assert (witness.metric, witness.space, witness.encoder) == ("MMD witness", "pixels", "pixels@1")
    assert (witness.votes, witness.judged) == (40, 40)
    assert witness.found is not None
    assert (witness.found.accuracy, witness.found.decided_accuracy, witness.found.raters) == (1.0, 1.0, 12)
    assert (fd.metric, fd.found, fd.missing) == ("FD", None, NO_FD)


def test_variety_is_foreseen_by_the_sets_own_diversity(tmp_path: Path, judged: Judge) -> None:
    store, votes = ContentStore(tmp_path), []
    for number in range(36):
        alike = [png(100 + i, 0.5) for i in range(4)]
        varied = [png(200 + i, level) for i, level in enumerate((0.0, 0.4, 0.7, 1.0))]
        sets = (alike, varied) if number % 2 else (varied, alike)
        a, b = (side(store, name, f"prompt {number}", those) for name, those in zip(("one", "two"), sets, strict=True))
        votes.append(vote(number, a, b, Outcome.b if number % 2 else Outcome.a, Criterion.variety))
    (found,) = asked_of(tmp_path, votes, judged(tmp_path))
    assert found.name == ("PPD", "pixels")
    assert found.found is not None
    assert found.found.accuracy == 1.0


def test_alignment_is_foreseen_by_the_image_text_score(tmp_path: Path, judged: Judge) -> None:
    store, votes, voted = ContentStore(tmp_path), [], judged(tmp_path)
    judge = PixelEncoder(reads_text=True)
    network = judge.load(judge.checkpoint(None), "")
    for number in range(40):
        contents = [png(2 * number), png(2 * number + 1)]
        a, b = (side(store, name, f"prompt {number}", [c]) for name, c in zip(("one", "two"), contents, strict=True))
        votes.append(vote(number, a, b, Outcome.a, Criterion.alignment))
    write(tmp_path, votes)
    text = network.texts([one.prompts[0] for one in votes]).astype(float)
    images = [
        voted.judge.pictures([asking_picture(store, s[0].sha256) for s in sides], "").features
        for sides in ([one.a for one in votes], [one.b for one in votes])
    ]
    left, right = ((image.astype(float) * text).sum(1) for image in images)
    own = [one.model_copy(update={"outcome": Outcome.a if x > y else Outcome.b})
           for one, x, y in zip(votes, left, right, strict=True)]  # fmt: skip
    (found,) = asked_of(tmp_path, own, voted)
    assert found.name == ("image-text score", "pixel judge")
    assert found.found is not None
    assert found.found.accuracy == 1.0


def test_two_wordings_are_judged_by_the_mean_score_of_each_picture_with_its_own(tmp_path: Path, judged: Judge) -> None:
    store, votes, voted = ContentStore(tmp_path), [], judged(tmp_path)
    judge = PixelEncoder(reads_text=True)
    network, differences = judge.load(judge.checkpoint(None), ""), []
    for number in range(30):
        words = [f"prompt {number}", f"said otherwise {number}"][: 1 + number % 2]
        sides = [
            tuple(
                side(store, name, text, [png(9 * number + 3 * place + at)], number)[0] for at, text in enumerate(words)
            )
            for place, name in enumerate(("one", "two"))
        ]
        texts = network.texts(words).astype(float)
        scores = []
        for samples in sides:
            found = [voted.judge.pictures([asking_picture(store, one.sha256)], "").features[0] for one in samples]
            scores.append(np.mean([np.dot(x, t) / np.linalg.norm(x) / np.linalg.norm(t)
                                   for x, t in zip(np.asarray(found, float), texts, strict=True)]))  # fmt: skip
        differences.append(scores[0] - scores[1])
        outcome = Outcome.a if differences[-1] > 0 else Outcome.b
        votes.append(vote(number, sides[0], sides[1], outcome, Criterion.alignment))
    assert {one.worded for one in votes} == {False, True}
    (by_score,) = asked_of(tmp_path, votes, voted)
    assert by_score.found is not None
    assert (by_score.judged, by_score.found.accuracy) == (30, 1.0)


def asking_picture(store: ContentStore, sha256: str) -> Picture:
    """A picture of the store."""
    return Picture(sha256, lambda: store.read_image(sha256))


def anew(side: Sequence[Sample]) -> tuple[Sample, ...]:
    """The samples of a generator under another name, which sorts the other way."""
    names = {"one": "z", "two": "a"}
    return tuple(sample.model_copy(update={"generator": names[sample.generator]}) for sample in side)


def negate_scores(one: ByVote) -> ByVote:
    """The comparison with the sides swapped."""
    return replace(one, scores={id: -score for id, score in one.scores.items()})


@few
@given(st.integers(0, 10**6))
def test_neither_sides_nor_names_matter(tmp_path_factory: pytest.TempPathFactory, judged: Judge, seed: int) -> None:
    data = tmp_path_factory.mktemp("data")
    votes = bright_wins(data, 40, seed, right=0.7)
    other = [one.model_copy(update={"a": one.b, "b": one.a, "outcome": SWAPPED[one.outcome]}) for one in votes]
    renamed = [one.model_copy(update={"a": anew(one.a), "b": anew(one.b)}) for one in votes]
    found, swapped, named = (asked_of(data, those, judged(data))[0] for those in (votes, other, renamed))
    assert found.found is not None
    assert found == named
    assert negate_scores(found) == swapped


def scored(scores: Array, those: Judged[Any]) -> Array:
    """The votes' own scores."""
    return np.asarray(scores[those.rows])


def test_a_metric_that_is_the_answer_is_always_right_and_a_random_one_within_its_interval_of_chance(
    tmp_path: Path, judged: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    votes = bright_wins(tmp_path, 200, right=0.5)
    answers = np.array([1.0 if one.outcome is Outcome.a else -1.0 for one in votes])
    random_ = np.random.default_rng(1).normal(size=len(votes))
    for scores, certain in ((answers, True), (random_, False)):
        metric = asking._Metric("own", judged(tmp_path).judge, partial(scored, scores))
        monkeypatch.setattr(asking, "_find_metrics", lambda *_, metric=metric: [metric])
        found = asked_of(tmp_path, votes, judged(tmp_path))[0].found
        assert found is not None
        assert found.decided_low is not None and found.decided_high is not None
        if certain:
            assert (found.accuracy, found.decided_accuracy, found.high) == (1.0, 1.0, 1.0)
        else:
            assert found.low <= found.chance <= found.high
            assert found.decided_low <= 0.5 <= found.decided_high


def test_pictures_that_are_missing_or_unreadable_are_counted_and_said(tmp_path: Path, judged: Judge) -> None:
    votes, store = bright_wins(tmp_path, 40), ContentStore(tmp_path)
    store.image(votes[0].a[0].sha256).unlink()
    text = side(store, "one", "prompt 1", [b"no picture at all"], 1)
    votes[1] = vote(1, text, votes[1].b, Outcome.a, Criterion.quality)
    found = asked_of(tmp_path, votes, judged(tmp_path))[0]
    assert (found.votes, found.judged, found.lost) == (40, 38, 2)
    assert found.why
    assert found.found is not None
    assert (found.found.votes, found.found.accuracy) == (38, 1.0)
    for one in votes:
        for sample in (*one.a, *one.b):
            store.image(sample.sha256).unlink(missing_ok=True)
    none = asked_of(tmp_path, votes, judged(tmp_path))[0]
    assert none.found is None
    assert "No picture can be read, of 80" in str(none.missing)
    assert "dataset pull" in str(none.missing)


def test_too_few_votes_are_said(tmp_path: Path, judged: Judge) -> None:
    found = asked_of(tmp_path, bright_wins(tmp_path, 29), judged(tmp_path))[0]
    assert (found.found, found.judged) == (None, 29)
    assert "Too few votes, 29" in str(found.missing)
    half = bright_wins(tmp_path, 4)
    for one in half[:2]:
        ContentStore(tmp_path).image(one.a[0].sha256).unlink()
        ContentStore(tmp_path).image(half[2 + half.index(one)].b[0].sha256).unlink()
    assert asked_of(tmp_path, half, judged(tmp_path))[0].missing == asking.NOT_WHOLE


def test_votes_that_come_without_pictures_say_so(tmp_path: Path) -> None:
    (quality,) = asked_of(tmp_path, bright_wins(tmp_path, 3), None)
    assert (quality.missing, quality.votes, quality.criterion) == (NO_PICTURES, 3, Criterion.quality)


def test_pictures_are_encoded_once_each_in_the_order_of_their_digests(tmp_path: Path, judged: Judge) -> None:
    votes, voted = bright_wins(tmp_path, 12), judged(tmp_path)
    sides = [SidePictures((one.a[0].sha256,), (votes[0].b[0].sha256,)) for one in votes]
    found = voted.encoded([None, *sides], voted.judge, "")
    assert list(found.of) == sorted({digest for pair in sides for side in pair for digest in side})
    assert found.rows == list(range(1, 13))


def test_a_second_run_loads_no_network(tmp_path: Path, judged: Judge) -> None:
    votes = bright_wins(tmp_path, 40)
    loads = []
    for _ in range(2):
        voted = judged(tmp_path)
        encoder = voted.spaces[0].space.encoder
        assert isinstance(encoder, PixelEncoder)
        found = asked_of(tmp_path, votes, voted)
        loads.append((encoder.loads, found[0]))
    assert [count for count, _ in loads] == [1, 0]
    assert loads[0][1] == loads[1][1]


def test_a_reference_by_another_encoder_is_refused(reference: Reference, tmp_path: Path) -> None:
    space = FeatureSpace(ENCODERS["efficientnet-lite2"], Features(tmp_path / "features.sqlite"))
    assert Compared.of(space, reference).real.shape == (len(reference.captions), 48)
    other = {**reference.encoders, "efficientnet-lite2": "other@2"}
    with pytest.raises(DataError, match=r"other@2.*efficientnet-lite2@1"):
        Compared.of(space, replace(reference, encoders=other))


def file_of(mode: str, form: str = "PNG", size: tuple[int, int] = (16, 16)) -> bytes:
    """A black picture of this kind."""
    file = io.BytesIO()
    Image.new(mode, size).save(file, form)
    return file.getvalue()


FILES = {  # and whether it can be read
    "one pixel": (file_of("RGB", size=(1, 1)), True),
    "16 bits": (file_of("I;16"), True),
    "CMYK": (file_of("CMYK", "JPEG"), True),
    "a line": (file_of("RGB", size=(3000, 1)), True),
    "with a palette": (file_of("P", "GIF"), True),
    "no bytes": (b"", False),
    "torn": (png(5)[:300], False),
    "no picture": (b"junk", False),
    "no white": (file_of("F", "TIFF"), False),
}


@pytest.mark.parametrize("name", FILES)
def test_any_voted_file_is_read_or_its_votes_alone_are_left_out(tmp_path: Path, judged: Judge, name: str) -> None:
    votes, store = bright_wins(tmp_path, 40), ContentStore(tmp_path)
    content, whole = FILES[name]
    odd = side(store, "one", votes[0].prompts[0], [content])
    votes[0] = votes[0].model_copy(update={"a": odd})
    found = asked_of(tmp_path, votes, judged(tmp_path))[0]
    assert (found.votes, found.judged, found.lost) == ((40, 40, 0) if whole else (40, 39, 1))
    assert found.found


def test_a_voted_file_of_another_content_counts_as_missing(tmp_path: Path, judged: Judge) -> None:
    votes, store = bright_wins(tmp_path, 40), ContentStore(tmp_path)
    one, other = (store.image(votes[0].a[0].sha256), store.image(votes[1].a[0].sha256))
    one.write_bytes(other.read_bytes())
    found = asked_of(tmp_path, votes, judged(tmp_path))[0]
    assert (found.votes, found.judged, found.lost) == (40, 39, 1)


def test_models_of_preferences_are_asked_about_quality_and_alignment(tmp_path: Path, judged: Judge) -> None:
    space = FeatureSpace(PixelEncoder("prefers", "Prefers", True), Features(tmp_path / "features.sqlite"))
    voted, votes = replace(judged(tmp_path), preferences=(space,)), bright_wins(tmp_path, 40)
    quality = {str(one.name): one for one in asked_of(tmp_path, votes, voted)}
    found = quality["image-text score (Prefers)"]
    assert (found.judged, found.encoder) == (40, space.name)
    assert found.found is not None
    fit = [one.model_copy(update={"criterion": Criterion.alignment}) for one in votes]
    names = [str(one.name) for one in asked_of(tmp_path, fit, voted)]
    assert names == ["image-text score (pixel judge)", "image-text score (Prefers)"]


def test_weights_of_preference_models_are_used_where_they_are_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ENCODERS.discover()
    there, store = PixelEncoder("there", "There", True), Features(tmp_path / "features.sqlite")
    lacking, plain = PixelEncoder("lacking", "Lacking", True), PixelEncoder("plain", "Plain", True)
    for one in (there, lacking):
        monkeypatch.setattr(one, "preference", True, raising=False)

    def missing(folder: Path | None) -> Checkpoint:
        raise MissingFile("The weights are missing.")

    monkeypatch.setattr(lacking, "checkpoint", missing)
    monkeypatch.setattr(ENCODERS, "_items", {one.name: one for one in (there, lacking, plain)})
    assert [space.encoder.name for space in find_preferences(store, "")] == ["there"]
