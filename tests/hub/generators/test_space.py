"""Pictures of a Gradio app that the test serves."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from hub.engine.local_engine import LocalEngine
from hub.errors import Cancelled, GenerationError, HubError, RemoteError
from hub.generators import Placement, ignore_progress
from hub.generators.facts import facts
from hub.generators.remote_calls import cleaned
from tests.asking import asking, noting
from tests.hub.generators.conftest import Add

APP = Path(__file__).with_name("space_app.py")
LINE = 'app = {{ kind = "space", space = "{url}", api_name = "{api}", licence = "MIT"{more} }}'


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the served app."""
    env = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": str(tmp_path_factory.mktemp("app"))}
    with subprocess.Popen([sys.executable, str(APP)], env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1"), url
        yield url
        process.terminate()


def test_a_picture_is_drawn_by_the_mapped_parameters(space: str, add: Add) -> None:
    more = ', prompt = "text", seed = "number", inputs = { green = 9 }, output = 1'
    add(LINE.format(url=space, api="/painted", more=more))
    drawn = LocalEngine("cpu").draw("app", asking("a cat", 7), ignore_progress)
    assert drawn.sample.seed == 7
    assert drawn.setup.endpoint == f"{space} /painted"
    assert (drawn.setup.parameters, drawn.setup.steps) == ({"green": 9}, None)
    assert "gradio_client" in drawn.setup.libraries
    image = Image.open(io.BytesIO(drawn.png))
    assert (image.mode, image.size, image.getpixel((0, 0))) == ("RGB", (48, 48), (7, 9, 5))


def test_the_first_of_a_gallery_is_taken_and_progress_is_told(space: str, add: Add) -> None:
    draw = add(LINE.format(url=space, api="/gallery", more="")).load(Placement())
    shares: list[float] = []
    assert draw(asking("a cat", 200), {}, noting(shares)).getpixel((0, 0)) == (200, 0, 0)
    assert any(0 < share < 1 for share in shares)
    assert shares[-1] == 1.0


def test_several_are_drawn_at_a_time_each_its_own(space: str, add: Add) -> None:
    draw = add(LINE.format(url=space, api="/gallery", more="")).load(Placement())
    with ThreadPoolExecutor(4) as pool:
        drawn = pool.map(lambda seed: draw(asking("a cat", seed), {}, ignore_progress).getpixel((0, 0)), range(4))
        assert list(drawn) == [(seed, 0, 0) for seed in range(4)]


def test_who_leaves_frees_the_space_for_the_next(space: str, add: Add) -> None:
    draw = add(LINE.format(url=space, api="/slow", more="")).load(Placement())
    looks: list[float] = []

    def leave(share: float, preview: object = None) -> None:
        looks.append(share)
        if len(looks) == 3:
            raise Cancelled("Nobody waits.")

    with pytest.raises(Cancelled):
        draw(asking("a cat", 1), {}, leave)
    assert len(looks) == 3


@pytest.mark.parametrize(
    ("api", "more", "says"),
    [
        ("/other", "", "has no function /other; it has /painted, /gallery, /raw, /slow"),
        ("/gallery", ', seed = "noise"', "/gallery takes no noise; it takes prompt, seed"),
        ("/painted", ', prompt = "text", seed = "number"', "/painted needs green too: add them to the entry's inputs"),
    ],
)
def test_an_entry_that_does_not_suit_the_app_is_told_as_it_is_loaded(
    api: str, more: str, says: str, space: str, add: Add
) -> None:
    entry = add(LINE.format(url=space, api=api, more=more))
    with pytest.raises(HubError, match=says):
        entry.load(Placement())
    assert facts(entry).note.startswith(space), "and where generators are listed"


@pytest.mark.parametrize(
    ("api", "prompt", "output", "says"),
    [
        ("/gallery", "refuse", 0, "/gallery did not draw: not this one"),
        ("/gallery", "nothing", 0, "Output 0 of .* is no picture"),
        ("/gallery", "a cat", 3, "Output 3 of .* is no picture"),
        ("/raw", "elsewhere", 0, "gave a picture that lies elsewhere; it is not fetched"),
        ("/raw", "words", 0, "gave something that is no picture"),
    ],
)
def test_what_goes_wrong_is_one_sentence(api: str, prompt: str, output: int, says: str, space: str, add: Add) -> None:
    draw = add(LINE.format(url=space, api=api, more=f", output = {output}")).load(Placement())
    with pytest.raises(GenerationError, match=says):
        draw(asking(prompt, 1), {}, ignore_progress)


def test_a_picture_that_is_too_large_to_fetch_is_refused(space: str, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.generators.space_client.MAX_BYTES", 50)
    monkeypatch.setattr("hub.generators.remote_calls.MAX_BYTES", 50)
    draw = add(LINE.format(url=space, api="/gallery", more="")).load(Placement())
    with pytest.raises(GenerationError, match="MiB, which is too large"):
        draw(asking("a cat", 1), {}, ignore_progress)


def test_a_slow_app_is_given_up(space: str, add: Add) -> None:
    draw = add(LINE.format(url=space, api="/slow", more=", timeout = 1.0")).load(Placement())
    with pytest.raises(GenerationError, match="gave no picture within 1 s"):
        draw(asking("a cat", 1), {}, ignore_progress)


def test_an_app_that_is_not_there_is_one_sentence(add: Add) -> None:
    with pytest.raises(RemoteError, match=r"http://127\.0\.0\.1:9 can't be used as a Space"):
        add(LINE.format(url="http://127.0.0.1:9", api="/x", more="")).load(Placement())


def test_what_is_secret_in_an_address_is_in_no_sentence(add: Add) -> None:
    entry = add(LINE.format(url="http://ada:pass-word@127.0.0.1:9/a?key=to-ken", api="/x", more=""))
    with pytest.raises(RemoteError, match=r"http://127\.0\.0\.1:9/a can't be used") as caught:
        entry.load(Placement())
    assert not any(secret in f"{caught.value} {facts(entry)}" for secret in ("pass-word", "to-ken", "ada"))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("'401' for url 'http://ada:pass@h/a?key=to-ken'.", "'401' for url 'http://***@h/a?***'"),
        ("the key to-ken\nis wrong", "the key *** is wrong"),
        ("x" * 295 + "hf_abcdef", "x" * 295 + "***"),  # not cut in its middle
        ("", "str"),
    ],
)
def test_what_others_say_is_cleaned(said: str, shown: str) -> None:
    assert cleaned(said, "http://ada:pass@h/a?key=to-ken", "hf_abcdef") == shown
