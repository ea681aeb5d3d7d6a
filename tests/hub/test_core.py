"""Registry, settings, prompts, generators' list."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from hub.errors import HubError, MissingFile, PromptError, UnknownName
from hub.generators import GENERATORS, Placement, roster
from hub.generators.facts import check, facts
from hub.generators.styles import styled
from hub.prompts import MAX_LENGTH, check_prompt, load_captions
from hub.registry import Registry
from hub.settings import Settings

ROOT = Path(__file__).parents[2]


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
        check_prompt(text)


def test_prompts_keep_other_scripts_and_the_longest_length() -> None:
    assert check_prompt("  赤いリンゴ 🍎 ") == "赤いリンゴ 🍎"
    assert len(check_prompt("a" * MAX_LENGTH)) == MAX_LENGTH


def test_there_are_800_held_out_captions() -> None:
    captions = load_captions()
    assert len(captions) == len(set(captions)) == 800


def test_settings_come_from_the_environment() -> None:
    found = Settings.from_env({"GRADIO_SERVER_PORT": "8000", "HUB_DATA": "x", "HUB_GENERATORS": "galip, mock"})
    assert found == Settings(data=Path("x"), port=8000, generators=("galip", "mock"))
    assert Settings.from_env({}) == Settings()
    assert Settings().host == "127.0.0.1"
    assert Settings.from_env({"HUB_DATA": "", "HF_TOKEN": ""}) == Settings()
    with pytest.raises(HubError, match="HUB_DEVICE and HUB_DEVICES are both set"):
        Settings.from_env({"HUB_DEVICE": "cpu", "HUB_DEVICES": "cuda:0,cuda:1"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRADIO_SERVER_PORT", "http"),
        ("GRADIO_SERVER_PORT", "70000"),
        ("HUB_DATASET", "no-owner"),
        ("HUB_VARIETY_IMAGES", "3"),
        ("HUB_REPEATS", "1.5"),
        ("HUB_DATASET_PRIVATE", "perhaps"),
        ("HUB_SECRET", "tooshort"),
        ("HUB_BATTLE_MINUTES", "inf"),
        ("HUB_PUBLISH_MINUTES", "1e300"),
    ],
)
def test_a_setting_that_cannot_be_is_named_and_a_secret_is_not_told(name: str, value: str) -> None:
    with pytest.raises(HubError, match=name) as caught:
        Settings.from_env({name: value})
    assert (value in str(caught.value)) == (name != "HUB_SECRET")
    assert "\n" not in str(caught.value)


def test_secrets_are_never_printed() -> None:
    settings = Settings.from_env({"HF_TOKEN": "hf_abcdef", "HUB_SECRET": "0123456789abcdef"})
    assert settings.token is not None
    assert settings.token.get_secret_value() == "hf_abcdef"
    for text in (str(settings), repr(settings), settings.model_dump_json()):
        assert "abcdef" not in text


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


def test_a_broken_entry_is_named_the_others_are_listed_and_the_exit_code_tells(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    line = 'gone = { kind = "diffusers", model = "./gone", steps = 1, guidance_scale = 0.0, licence = "MIT" }'
    file.write_text(line)
    env = {**os.environ, "HUB_GENERATORS": f"{file},galip"}
    for more in ([], ["--json"]):
        command = [sys.executable, "-m", "hub.generators", *more]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "GALIP-style GAN" in done.stdout
        assert done.stderr == f"gone: There is no folder {tmp_path / 'gone'}.\n"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is CUDA")
def test_a_device_that_is_not_there_is_told_with_the_list() -> None:
    command, env = [sys.executable, "-m", "hub.generators"], {**os.environ, "HUB_DEVICE": "cuda"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "GALIP-style GAN" in done.stdout
    assert done.stderr.startswith("The device 'cuda' can't be used here; set HUB_DEVICE")
    assert done.stderr.count("\n") == 1


def test_prompts_without_a_style_get_the_trained_one() -> None:
    assert styled("red apple", ["twemoji"]) == "red apple, in Twemoji style"
    assert styled("red apple, in NOTO style", ["twemoji"]) == "red apple, in NOTO style"


def test_a_missing_checkpoint_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    generator = GENERATORS["galip"]
    monkeypatch.setattr(type(generator), "weights", (tmp_path / "galip" / "gone.safetensors",))
    for use in (facts, check):
        with pytest.raises(MissingFile, match=r"gone\.safetensors is missing"):
            use(generator)
    with pytest.raises(MissingFile, match=r"gone\.safetensors is missing"):
        generator.load(Placement("cpu"))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HUB_DATASET", "no-owner", "HUB_DATASET can't be 'no-owner': write it as in someone/votes."),
        ("HUB_ADMIN_TOKEN", "short", "HUB_ADMIN_TOKEN can't be what it is: it must have at least 16 characters."),
    ],
)
def test_a_setting_of_another_form_is_told_in_which_form_to_write_it(name: str, value: str, said: str) -> None:
    with pytest.raises(HubError, match=f"^{re.escape(said)}$"):
        Settings.from_env({name: value})
