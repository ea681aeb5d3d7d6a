"""Schema, registry, settings, prompts, generators' list, engine."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from hub.engine.local import LocalEngine
from hub.errors import GenerationError, HubError, MissingFile, PromptError, UnknownName
from hub.generators import GENERATORS, roster
from hub.generators._facts import facts
from hub.generators._styles import styled
from hub.generators.mock import FAILS
from hub.prompts import MAX_LENGTH, checked, held_out_captions, random_prompt
from hub.registry import Registry
from hub.schema import Outcome, Sample, Vote
from hub.settings import Settings

ROOT = Path(__file__).parents[2]
SAMPLE = Sample(generator="g", revision="r", prompt="p", seed=1, sha256="0" * 64, seconds=0.5)


def quiet(_: float) -> None:
    """Progress that nobody watches."""


def test_votes_survive_a_round_trip_and_refuse_what_they_do_not_know() -> None:
    vote = Vote(id="x", time=1.5, outcome=Outcome.tie, a=SAMPLE, b=SAMPLE)
    assert Vote.model_validate_json(vote.model_dump_json()) == vote
    record = vote.model_dump(mode="json")
    assert Vote.model_validate_json(json.dumps(record)) == vote
    other = {**record["b"], "seed": 2}
    for change in ({"outcome": "draw"}, {"extra": 1}, {"schema_version": 2}, {"id": ""}, {"time": "1"}, {"b": other}):
        with pytest.raises(ValidationError):
            Vote.model_validate_json(json.dumps({**record, **change}))


def test_samples_refuse_a_hash_that_is_none() -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({**SAMPLE.model_dump(), "sha256": "../../etc/passwd"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("a" * 10_000, "10,000 characters"),
        ("a\x07b", "control"),
        ("a\nb", "control"),
    ],
)
def test_prompts_that_cannot_be_drawn_say_why(text: str, says: str) -> None:
    with pytest.raises(PromptError, match=says):
        checked(text)


def test_prompts_keep_other_scripts_and_the_longest_length() -> None:
    assert checked("  赤いリンゴ 🍎 ") == "赤いリンゴ 🍎"
    assert len(checked("a" * MAX_LENGTH)) == MAX_LENGTH


def test_there_are_800_held_out_captions() -> None:
    captions = held_out_captions()
    assert len(captions) == len(set(captions)) == 800
    assert random_prompt(random.Random(0)) in captions


def test_settings_come_from_the_environment() -> None:
    found = Settings.from_env({"GRADIO_SERVER_PORT": "8000", "HUB_DATA": "x", "HUB_GENERATORS": "galip, mock"})
    assert found == Settings(data=Path("x"), port=8000, generators=("galip", "mock"))
    assert Settings.from_env({}) == Settings()
    assert Settings().host == "127.0.0.1"
    with pytest.raises(HubError, match="port"):
        Settings.from_env({"GRADIO_SERVER_PORT": "http"})


def test_a_name_is_registered_once_and_an_unknown_one_names_the_others() -> None:
    class Thing:
        name = "thing"

    registry: Registry[Thing] = Registry("thing", "hub.engine")
    registry.register(Thing)
    with pytest.raises(ValueError, match="two things"):
        registry.register(Thing)
    with pytest.raises(UnknownName, match="there are thing"):
        registry["other"]


def test_the_roster_hides_the_mock_unless_asked() -> None:
    assert "mock" not in [generator.name for generator in roster()]
    assert [generator.name for generator in roster(("mock",))] == ["mock"]


def test_the_list_of_generators_is_json_with_what_it_promises() -> None:
    command = [sys.executable, "-m", "hub.generators", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    listed = {entry["name"]: entry for entry in json.loads(done.stdout)}
    assert {"galip", "diffusion"} <= set(listed)
    for entry in listed.values():
        assert entry["parameters"] > 100_000
        assert entry["device_hours"] > 0
        assert all(len(digest) == 64 for digest in entry["sha256"].values())


def test_prompts_without_a_style_get_the_trained_one() -> None:
    assert styled("red apple", ["twemoji"]) == "red apple, in Twemoji style"
    assert styled("red apple, in NOTO style", ["twemoji"]) == "red apple, in NOTO style"


def test_the_engine_draws_the_same_bytes_for_the_same_prompt_and_seed() -> None:
    engine = LocalEngine()
    first, again, other = (engine.draw("mock", "a cat", seed, quiet) for seed in (3, 3, 4))
    assert first.png == again.png != other.png
    assert first.sample.sha256 == again.sample.sha256
    assert first.sample.generator == "mock"


def test_a_failing_generator_is_one_sentence() -> None:
    with pytest.raises(GenerationError, match="asked to fail"):
        LocalEngine().draw("mock", FAILS, 0, quiet)


def test_an_unexpected_error_of_a_model_is_hidden_behind_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(device: str) -> object:
        def draw(*_: object) -> None:
            raise ZeroDivisionError("secret detail")

        return draw

    monkeypatch.setattr(GENERATORS["mock"], "load", broken)
    with pytest.raises(GenerationError) as caught:
        LocalEngine().draw("mock", "a cat", 0, quiet)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["galip", "diffusion"])
def test_each_generator_draws_alone_in_a_fresh_process_without_a_word(name: str) -> None:
    code = (
        "from hub.engine.local import LocalEngine; "
        f"a, b = (LocalEngine('cpu').draw({name!r}, 'red apple', 1, lambda share: None) for _ in range(2)); "
        "print(a.png == b.png, len(a.png) > 1000)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("True True", "")


def test_a_missing_checkpoint_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    generator = GENERATORS["galip"]
    monkeypatch.setattr(type(generator), "weights", (tmp_path / "galip" / "gone.safetensors",))
    with pytest.raises(MissingFile, match=r"gone\.safetensors is missing"):
        facts(generator)
    with pytest.raises(MissingFile, match=r"gone\.safetensors is missing"):
        generator.load("cpu")
