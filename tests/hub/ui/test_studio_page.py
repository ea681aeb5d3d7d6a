"""The Studio as it is served: whose a picture is, what is kept of it, and what an event can be made to do."""

import base64
import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageSequence

from hub.receipt import PictureReceipt, read_receipt
from hub.ui.studio.strength import USUAL
from hub.votes import read_votes
from tests.hub.test_uploads import halves, saved
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, PICTURE, Arena, Page, served
from tests.hub.ui.test_page import votes_on

SHA = re.compile(r'"sha256":\s*"([0-9a-f]{64})"')
RECEIPT = re.compile(r"data:application/json;base64,([A-Za-z0-9+/=]+)")
GUIDE = saved(halves(), "jpeg")
SOON = 60.0  # seconds in which what a closed page held is freed


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of one fake that takes no picture and two that do, served."""
    names = (fakes.NAMES[0], *fakes.GUIDED)
    settings = {"HUB_FILTERS": "fake-filter", "HUB_BATTLES_PER_MINUTE": "1000"}
    with served(tmp_path_factory.mktemp("studio"), FAKES, names, **settings) as arena:
        yield arena


class StudioPage(Page):
    """A page on which the Studio's tab was opened."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.choices = "".join(self.ask(f"{way}_entries", None) for way in ("guide", "between", "arithmetic"))

    def send_picture(self, content: bytes) -> dict[str, Any]:
        """Post a picture, and return what was answered."""
        told: dict[str, Any] = self.http.post("/picture", content=content).json()
        return told

    def give(self, content: bytes) -> tuple[str, str]:
        """Give a picture to the guide's box; its SHA-256, and all that was sent back."""
        sent = self.ask("guide_taken", picture=self.send_picture(content)["name"])
        found = SHA.search(sent)
        return found[1] if found else "", sent

    def guide(self, prompt: str, sha256: str, keep: bool = False, step: int = USUAL, seed: str = "7") -> str:
        """Draw with a guide and return all that was sent."""
        return self.ask("studio_guide", "aquarelle-fake", seed, keep, prompt, {"sha256": sha256}, {"step": step})


@pytest.fixture
def page(arena: Arena) -> Iterator[StudioPage]:
    """A page of its own visitor."""
    with StudioPage(arena.url) as page:
        yield page


def receipt_in(sent: str) -> PictureReceipt:
    """The receipt that was sent last."""
    read = read_receipt(base64.b64decode(RECEIPT.findall(sent)[-1]).decode())
    assert isinstance(read, PictureReceipt)
    return read


def kept(arena: Arena) -> set[str]:
    """SHA-256 of all pictures in the content store."""
    return {path.stem for path in (arena.data / "images").rglob("*.png")}


def test_a_guided_picture_is_drawn_beside_a_free_one_with_steps_and_a_receipt(page: StudioPage) -> None:
    sha256, _ = page.give(GUIDE)
    sent = page.guide("a boat", sha256)
    assert len(set(PICTURE.findall(sent))) > 4, "pictures of the steps, beside both"
    free, guided = receipt_in(sent).pictures
    assert (free.seed, guided.seed, free.image, guided.image) == (7, 7, None, sha256)
    assert (free.parameters, guided.parameters) == ({}, {"guidance": 0.001})
    assert free.sha256 != guided.sha256
    none, zero = receipt_in(page.guide("a boat", sha256, step=0)).pictures
    assert none.sha256 == zero.sha256 == free.sha256, "without strength a guide does nothing"
    assert "--picture FILE" in sent


def test_a_picture_is_its_pages_own(arena: Arena, page: StudioPage) -> None:
    sha256, sent = page.give(GUIDE)
    address, *_ = PICTURE.findall(sent)
    png = page.http.get(f"/{address}").content
    assert Image.open(io.BytesIO(png)).size == (64, 32)
    with StudioPage(arena.url) as other:
        assert "no longer here" in other.guide("a boat", sha256)
        assert "no longer here" in other.ask("guide_taken", picture=page.session)
        for path in (
            f"picture/{sha256}",
            f"gradio_api/file={sha256}.png",
            f"gradio_api/file={arena.data}/images",
            "upload",
        ):
            assert other.http.get(f"/{path}").status_code == 404
    name = page.send_picture(GUIDE)["name"]
    with StudioPage(arena.url) as other:
        assert other.http.get(f"/picture/{name}").status_code == 404
    assert page.http.post("/gradio_api/upload", files={"files": GUIDE}).status_code == 404, "Gradio's own way is shut"


def test_a_picture_is_kept_only_where_that_was_agreed_and_else_is_gone_with_its_page(arena: Arena) -> None:
    ours, theirs = saved(Image.new("RGB", (20, 20), "teal")), saved(Image.new("RGB", (20, 20), "plum"))
    with StudioPage(arena.url) as page, StudioPage(arena.url) as other:
        with page.http.stream("GET", f"/gradio_api/heartbeat/{page.session}") as beats:
            alive = beats.iter_lines()  # as long as it is held, the page is open
            assert next(alive) == "data: ALIVE"
            gone, _ = page.give(ours)
            assert receipt_in(page.guide("a boat", gone)).named == (gone,)
            stays, sent = page.give(theirs)
            assert "--picture" not in page.guide("a boat", stays, keep=True)
            assert "done in" in page.guide("a boat", gone), "as long as the page is open it is there"
            assert page.http.get(f"/{PICTURE.findall(sent)[0]}").is_success
        address, *_ = PICTURE.findall(sent)
        end = time.monotonic() + SOON
        while time.monotonic() < end and other.http.get(f"/{address}").is_success:
            time.sleep(0.2)
        assert "no longer here" in page.guide("a boat", gone)
        assert other.http.get(f"/{address}").status_code == 404
    assert stays in kept(arena)
    assert gone not in kept(arena)
    assert not [path for path in arena.data.rglob("*") if path.is_file() and ours in path.read_bytes()]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"no picture", "This file is no picture"), (saved(Image.new("RGB", (64, 64))), "The picture filter refuses")],
)
def test_a_picture_that_can_not_be_taken_is_told(page: StudioPage, content: bytes, message: str) -> None:
    assert message in page.send_picture(content)["error"]


def test_what_can_not_be_drawn_is_told(page: StudioPage) -> None:
    sha256, _ = page.give(GUIDE)
    for sent, message in (
        (page.guide("a boat", ""), "There is no guide picture yet"),
        (page.guide("a boat", "0" * 64), "no longer here"),
        (page.guide("", sha256), "The prompt is empty"),
        (page.guide(fakes.UNSPEAKABLE, sha256), "has a word that is not drawn here"),
        (page.guide("a boat", sha256, step=99), "no such strength"),
        (page.guide("a boat", sha256, seed="x"), "The seed can"),
    ):
        assert message in sent
        assert "done in" not in sent


def test_a_strip_goes_from_end_to_end_and_is_told_by_one_receipt(page: StudioPage) -> None:
    sent = page.ask("studio_between", "aquarelle-fake", "3", False, "a cat", {}, "a dog", {})
    pictures = receipt_in(sent).pictures
    assert len(pictures) == 8
    assert [term.prompt for one in (pictures[0], pictures[-1]) for term in one.mix] == ["a cat", "a dog"]
    assert {one.seed for one in pictures} == {3}
    gif, png = PICTURE.findall(sent.partition("vs-foot")[2])[:2]
    answer = page.http.get(f"/{gif}")
    assert (answer.headers["content-type"], len([*ImageSequence.Iterator(Image.open(io.BytesIO(answer.content)))])) == (
        "image/gif",
        14,
    )
    assert Image.open(io.BytesIO(page.http.get(f"/{png}").content)).size == (8 * 64, 64)


def test_a_sum_is_drawn_of_prompts_and_pictures(page: StudioPage) -> None:
    sha256, _ = page.give(GUIDE)
    terms = [1.0, "a king", {}, -0.5, "", {"sha256": sha256}, 1.0, "", {}, 0.5, "a queen", {}]
    one = receipt_in(page.ask("studio_arithmetic", "aquarelle-fake", "3", False, *terms)).pictures[0]
    assert [(term.weight, term.prompt, term.image) for term in one.mix] == [
        (1.0, "a king", None),
        (-0.5, None, sha256),
        (0.5, "a queen", None),
    ]
    for changed, message in (
        ([1.0, "a king", {"sha256": sha256}, *terms[3:]], "Term A has a prompt and a picture"),
        ([1.0, "", {}] * 4, "The sum is empty"),
        ([99.0, *terms[1:]], "A weight must be a number"),
        ([1.0, fakes.UNSPEAKABLE, *terms[2:]], "has a word that is not drawn here"),
    ):
        assert message in page.ask("studio_arithmetic", "aquarelle-fake", "3", False, *changed)


def test_only_who_can_is_offered_and_the_others_are_named(page: StudioPage) -> None:
    assert page.choices.count("Not able to do this: Gouache the Fake.") == 3
    assert "Aquarelle the Fake" in page.choices
    for secret in fakes.SECRETS:
        assert secret not in page.html + page.config + page.info


def test_a_guide_that_is_kept_goes_into_a_battle_and_its_votes(arena: Arena, page: StudioPage) -> None:
    sha256, _ = page.give(saved(Image.new("RGB", (9, 9), "olive")))
    sent = page.ask("studio_send", "a boat from a picture", {"sha256": sha256}, True, "quality")
    assert "Both sides start from your picture" in sent
    assert not [secret for secret in (*fakes.SECRETS, *fakes.GUIDED) if secret in sent]
    assert "your vote is saved" in page.vote("a")
    (vote,) = votes_on(arena.data, "a boat from a picture")
    assert {sample.image for sample in (*vote.a, *vote.b)} == {sha256}
    assert {vote.a[0].generator, vote.b[0].generator} == set(fakes.GUIDED)
    assert sha256 in kept(arena)


def test_a_guide_that_is_not_kept_stays_out_of_the_battle(arena: Arena, page: StudioPage) -> None:
    sha256, _ = page.give(saved(Image.new("RGB", (9, 9), "linen")))
    sent = page.ask("studio_send", "a boat alone", {"sha256": sha256}, False, "quality")
    assert "The prompt was sent alone: a picture is published with the vote" in sent
    page.vote("a")
    assert votes_on(arena.data, "a boat alone")[0].requests[0].image is None
    assert sha256 not in kept(arena)


def test_a_picture_of_ones_own_battle_is_a_guide_after_the_vote(arena: Arena, page: StudioPage) -> None:
    page.draw("a battle for a guide")
    early = page.ask("guide_battle", side="a")
    assert "Vote on the battle first" in early
    page.vote("b")
    sent = page.ask("guide_battle", side="b")
    (vote,) = votes_on(arena.data, "a battle for a guide")
    assert SHA.search(sent)[1] == vote.b[0].sha256  # type: ignore[index]
    with StudioPage(arena.url) as other:
        other.token = page.token
        assert "another browser session" in other.ask("guide_battle", side="b")


def test_nothing_of_the_studio_is_in_the_log_of_votes(arena: Arena, page: StudioPage) -> None:
    sha256, _ = page.give(GUIDE)
    page.guide("a secret of the studio", sha256)
    assert "a secret of the studio" not in read_votes(arena.data).table["prompt"].to_pylist()
    assert not [path for path in Path(arena.data).rglob("*.jsonl") if b"a secret of the studio" in path.read_bytes()]
    assert "a secret of the studio" not in arena.said
