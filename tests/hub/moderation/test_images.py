"""Pictures: those of this arena pass; the network is the one of its authors, and its verdict is obeyed."""

import io
import threading

import pytest
from PIL import Image, ImageDraw

from hub.errors import ModerationError
from hub.generators import GENERATORS, Placement, ignore_progress
from hub.moderation import Moderation
from hub.moderation.entries import images
from hub.moderation.entries.images import REASON, THRESHOLD
from tests.asking import asking


def png(image: Image.Image) -> bytes:
    """A picture's PNG."""
    buffer = io.BytesIO()
    image.save(buffer, "png")
    return buffer.getvalue()


def face(skin: str) -> Image.Image:
    """A face as emoji have it, 64 x 64: much skin, eyes, a mouth."""
    image = Image.new("RGB", (64, 64), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 4, 60, 60), fill=skin)
    draw.ellipse((18, 22, 26, 32), fill="black")
    draw.ellipse((38, 22, 46, 32), fill="black")
    draw.arc((18, 30, 46, 50), 20, 160, fill="brown", width=3)
    return image


@pytest.fixture(scope="module")
def moderation() -> Moderation:
    """The image filter."""
    return Moderation(("images",))


@pytest.mark.parametrize("skin", ["gold", "#ffe0bd", "#e0ac69", "#8d5524", "#f1c27d", "pink"])
def test_faces_of_every_skin_pass(moderation: Moderation, skin: str) -> None:
    moderation.check_image(png(face(skin)))
    moderation.check_image(png(Image.new("RGB", (64, 64), skin)))


def test_pictures_of_the_arena_pass(moderation: Moderation) -> None:
    draw = GENERATORS["mock"].load(Placement("cpu"))
    for seed, prompt in enumerate(("red apple", "grinning face", "person in bed", "peach", "waving hand")):
        moderation.check_image(png(draw(asking(prompt, seed), {}, ignore_progress)))


@pytest.mark.parametrize(("score", "held"), [(THRESHOLD + 0.01, True), (THRESHOLD, False), (0.0, False)])
def test_the_verdict_is_obeyed(score: float, held: bool) -> None:
    loaded = images._Images(lambda image: score)
    assert loaded.image(face("gold")) == (REASON if held else None)


def test_a_picture_above_the_threshold_is_held_back(moderation: Moderation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "THRESHOLD", -1.0)
    with pytest.raises(ModerationError, match="may be indecent"):
        moderation.check_image(png(face("gold")))


def test_threads_share_the_network(moderation: Moderation) -> None:
    failed: list[Exception] = []

    def check(skin: str) -> None:
        try:
            moderation.check_image(png(face(skin)))
        except Exception as error:  # whatever it is, the test tells it
            failed.append(error)

    threads = [threading.Thread(target=check, args=(skin,)) for skin in ("gold", "pink", "brown", "tan")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
