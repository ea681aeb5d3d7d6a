"""What is kept: records survive a round trip and refuse what can't be."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from hub.engine.setups import setup_of
from hub.generators import GENERATORS, Placement
from hub.log_entries import ENTRY, Drawing
from hub.schema import Criterion, Failure, Outcome, Request, Sample, Setup, Side, Term, Vote

SAMPLE = Sample(generator="g", revision="r", prompt="p", seed=1, sha256="0" * 64, seconds=0.5, setup="1" * 64)
VOTE = Vote(
    id="x",
    time=1.5,
    criterion=Criterion.quality,
    outcome=Outcome.tie,
    a=(SAMPLE,),
    b=(SAMPLE,),
    rater="r1",
    seconds=2.5,
)


def with_seed(seed: int) -> dict[str, Any]:
    """The sample with another seed, as JSON has it."""
    return {**SAMPLE.model_dump(mode="json"), "seed": seed}


MIXED = {**with_seed(1), "mix": [{"weight": 1.0, "prompt": "q"}]}


def test_votes_survive_a_round_trip() -> None:
    assert ENTRY.validate_json(VOTE.model_dump_json()) == VOTE
    assert Vote.model_validate_json(json.dumps(VOTE.model_dump(mode="json"))) == VOTE
    assert (VOTE.prompts, VOTE.seeds) == (("p",), (1,))


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "draw"},
        {"extra": 1},
        {"schema_version": 1},
        {"kind": "drawing"},
        {"id": ""},
        {"rater": ""},
        {"time": "1"},
        {"seconds": -1.0},
        {"tags": ["pretty"]},
        {"b": [with_seed(2)]},
        {"b": [{**with_seed(1), "prompt": "q"}]},
        {"a": [with_seed(1), with_seed(1)], "b": [with_seed(1), with_seed(1)]},
        {"a": [with_seed(1), with_seed(2)], "b": [with_seed(1), with_seed(2)]},
        {"a": [], "b": []},
        {"criterion": "variety"},
        {"a": [MIXED], "b": [MIXED]},
    ],
)
def test_votes_refuse_what_cannot_be(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ENTRY.validate_json(json.dumps({**VOTE.model_dump(mode="json"), **change}))


@pytest.mark.parametrize("size", [3, 4, 9, 10])
def test_variety_is_asked_on_sets_of_four_to_nine(size: int) -> None:
    side = [with_seed(seed) for seed in range(size)]
    record = {**VOTE.model_dump(mode="json"), "criterion": "variety", "a": side, "b": side}
    if size in {4, 9}:
        assert Vote.model_validate_json(json.dumps(record)).seeds == tuple(range(size))
        side[1] = {**side[1], "revision": "another"}
    with pytest.raises(ValidationError):
        Vote.model_validate_json(json.dumps(record))


WORDED = [with_seed(1), {**with_seed(1), "prompt": "q", "read_as": "r"}]


def test_alignment_is_asked_on_one_prompt_or_on_two_wordings_by_one_seed() -> None:
    record = {**VOTE.model_dump(mode="json"), "criterion": "alignment"}
    one, both = (
        Vote.model_validate_json(json.dumps({**record, "a": side, "b": side})) for side in (WORDED[:1], WORDED)
    )
    assert (one.worded, one.prompts, both.worded, both.prompts, both.seeds) == (False, ("p",), True, ("p", "q"), (1, 1))
    assert [asked.read_as for asked in both.requests] == ["", "r"]
    assert ENTRY.validate_json(both.model_dump_json()) == both


@pytest.mark.parametrize(
    ("criterion", "a", "b"),
    [
        ("quality", WORDED, WORDED),
        ("variety", WORDED, WORDED),
        ("alignment", WORDED, WORDED[::-1]),
        ("alignment", WORDED, [WORDED[0], {**WORDED[1], "read_as": "another"}]),
        ("alignment", WORDED, WORDED[:1]),
        ("alignment", [WORDED[0]] * 2, [WORDED[0]] * 2),
        ("alignment", [WORDED[0], {**WORDED[1], "seed": 2}], [WORDED[0], {**WORDED[1], "seed": 2}]),
        ("alignment", [with_seed(1), with_seed(2)], [with_seed(1), with_seed(2)]),
        ("alignment", [*WORDED, {**WORDED[0], "prompt": "s"}], [*WORDED, {**WORDED[0], "prompt": "s"}]),
        ("alignment", [WORDED[0], {**WORDED[1], "revision": "s"}], WORDED),
        ("alignment", [WORDED[0], {**WORDED[1], "image": "2" * 64}], WORDED),
    ],
)
def test_two_wordings_are_the_same_on_both_sides_and_of_alignment(criterion: str, a: list[Any], b: list[Any]) -> None:
    record = {**VOTE.model_dump(mode="json"), "criterion": criterion, "a": a, "b": b}
    with pytest.raises(ValidationError):
        Vote.model_validate_json(json.dumps(record))


def test_a_drawing_holds_a_sample_or_a_failure() -> None:
    failure = Failure(generator="g", revision="r", prompt="p", seed=1, error="It failed.")
    for result in (SAMPLE, failure):
        drawing = Drawing(battle="x", side=Side.a, time=1.0, criterion=Criterion.quality, rater="r1", result=result)
        assert ENTRY.validate_json(drawing.model_dump_json()) == drawing


def test_a_drawing_that_is_logged_has_no_mix() -> None:
    drawing = Drawing(battle="x", side=Side.a, time=1.0, criterion=Criterion.quality, rater="r1", result=SAMPLE)
    with pytest.raises(ValidationError, match="no mix"):
        ENTRY.validate_json(json.dumps({**drawing.model_dump(mode="json"), "result": MIXED}))


def test_a_mix_survives_a_round_trip_and_is_written_only_where_there_is_one() -> None:
    mix = (Term(weight=1.5, prompt="a cat"), Term(weight=-0.5, image="2" * 64), Term(weight=0.0, image="3" * 64))
    mixed = Request(prompt="", seed=1, image="3" * 64, mix=mix)
    assert Request.model_validate_json(mixed.model_dump_json()) == mixed == mixed.request
    assert json.loads(mixed.extras) == mixed.model_dump(mode="json", exclude={"prompt", "seed"})
    assert mixed.pictures == ("3" * 64, "2" * 64)
    assert "mix" not in SAMPLE.model_dump_json()
    assert Request(prompt="p", seed=1).pictures == ()


@pytest.mark.parametrize(
    "term",
    [
        {"weight": 1.0},
        {"weight": 1.0, "prompt": "p", "image": "2" * 64},
        {"weight": 1.0, "prompt": ""},
        {"weight": 1.0, "image": "2"},
        {"weight": "1", "prompt": "p"},
        {"prompt": "p"},
    ],
)
def test_a_term_names_a_weight_and_either_a_prompt_or_an_image(term: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Request.model_validate_json(json.dumps({"prompt": "", "seed": 1, "mix": [term]}))


def test_a_setups_name_depends_on_every_field_and_not_on_their_order() -> None:
    setup = setup_of(GENERATORS["mock"], Placement())
    turned = setup.model_copy(update={"libraries": dict(reversed(setup.libraries.items()))})
    assert Setup.model_validate(turned.model_dump()).digest == setup.digest
    other = {
        "checkpoints": {"w": "0" * 64},
        "steps": 2,
        "guidance_scale": 2.0,
        "libraries": {},
        "parameters": {"width": 8},
    }
    for field in Setup.model_fields:
        changed = Setup.model_validate({**setup.model_dump(), field: other.get(field, "another")})
        assert changed.digest != setup.digest


def test_a_setup_of_before_there_were_remote_ones_keeps_its_name() -> None:
    text = (
        '{"generator":"mock","revision":"none","checkpoints":{},"dtype":"float32","device":"any","scheduler":null,'
        '"steps":1,"guidance_scale":null,"libraries":{"pillow":"12.3.0","python":"3.11.7"}}'
    )
    setup = Setup.model_validate_json(text)
    assert setup.model_dump_json() == text
    assert setup.digest == "e62ffbdd7df337b92243ef001f611418ddb72977bee6ac20a15cfb8c55b04020"
    remote = setup.model_copy(update={"endpoint": "somebody", "steps": None})
    assert Setup.model_validate_json(remote.model_dump_json()) == remote


def test_samples_refuse_a_hash_that_is_none() -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({**SAMPLE.model_dump(), "sha256": "../../etc/passwd"})
