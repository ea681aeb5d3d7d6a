"""The README: front matter that the Hub accepts, pins that agree, commands and files that exist."""

import re
from pathlib import Path

import gradio  # noqa: TID251 - its version is compared
import pytest
from huggingface_hub import RepoCard, SpaceCardData

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXTRAS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "requirements").glob("*.txt"))
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


def pins_of(name: str) -> list[str]:
    """The pinned packages of a requirements file, by name; lines that include another file are left out."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line.split("==")[0].lower() for line in lines if "==" in line and not line.startswith("#")]


def test_every_requirement_is_pinned_exactly_and_once() -> None:
    names = ["requirements.txt", *EXTRAS, "tests/requirements.txt"]
    for name in names:
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            included = line.removeprefix("-r ../") in EXTRAS and name.startswith("tests/")
            assert not line or line[0] == "#" or included or re.fullmatch(r"[\w.-]+==[\w.]+", line), line
    pins = [pin for name in names for pin in pins_of(name)]
    assert sorted(pins) == sorted(set(pins))


def test_the_packages_people_expect_are_named_and_what_few_need_is_not() -> None:
    expected = {
        "gradio",
        "torch",
        "diffusers",
        "open_clip_torch",
        "datasets",
        "huggingface_hub",
        "pandas",
        "scikit-learn",
    }
    pins = set(pins_of("requirements.txt"))
    assert expected <= pins
    assert not pins & {"ray", "resvg-py", "pytest"}


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_has_its_own_line_and_the_tests_install_it(extra: str) -> None:
    assert README.count(f"`pip install -r {extra}`") == 1
    assert f"-r ../{extra}\n" in (ROOT / "tests/requirements.txt").read_text(encoding="utf-8")
