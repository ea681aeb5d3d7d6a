"""The README: front matter that the Hub accepts, pins that agree, commands and files that exist."""

import re
from pathlib import Path

import gradio  # noqa: TID251 - its version is compared
import pytest
from huggingface_hub import RepoCard, SpaceCardData

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PINS = (ROOT / "requirements.txt").read_text(encoding="utf-8")


def test_the_front_matter_is_a_space_of_this_gradio() -> None:
    card = RepoCard(README)
    data = SpaceCardData(**card.data.to_dict())  # type: ignore[no-untyped-call]
    assert (data.sdk, data.sdk_version, data.app_file) == ("gradio", gradio.__version__, "app.py")
    assert f"gradio=={data.sdk_version}\n" in PINS
    assert data.python_version == "3.11"
    assert data.license == "apache-2.0"
    assert data.get("hf_oauth") is True
    assert data.get("suggested_hardware") == "cpu-basic"
    assert {"text-to-image", "arena"} <= set(data.tags or [])
    assert len(data.get("short_description")) <= 60


def test_every_requirement_is_pinned_exactly() -> None:
    for name in ("requirements.txt", "tests/requirements.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            assert not line or line.startswith("#") or re.fullmatch(r"[\w.-]+==[\w.]+", line), line


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_links_and_pictures_are_there(target: str) -> None:
    assert (ROOT / target).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:hub|eval|tests)/[\w./]*)`", README))))
def test_files_it_names_are_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_setting_is_in_its_table() -> None:
    source = (ROOT / "hub" / "settings.py").read_text(encoding="utf-8")
    for variable in set(re.findall(r"(?:HUB|GRADIO|HF|SPACE)_[A-Z_]+", source)):
        assert f"| `{variable}` |" in README
