"""The served page: what a browser gets before and after a vote, and what it is told when something goes wrong."""

import base64
import hashlib
import re
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.receipt import Receipt, read_receipt
from hub.schema import Criterion, Tag, Vote
from hub.votes import find_vote, read_votes
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, FILES, PICTURE, ROOT, Arena, Page, served

RECEIPT = re.compile(r'download=\\"receipt-([\w-]+)\.json\\" href=\\"data:application/json;base64,([A-Za-z0-9+/=]+)')
CONSENT = "All <b>votes</b> are kept & shown."


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes, served."""
    settings = {"HUB_FILTERS": "fake-filter", "HUB_CONSENT": CONSENT}
    with served(tmp_path_factory.mktemp("arena"), FAKES, fakes.NAMES, **settings) as arena:
        yield arena


@pytest.fixture
def page(arena: Arena) -> Iterator[Page]:
    """A page that was just opened."""
    with Page(arena.url) as page:
        yield page


def votes_on(data: Path, prompt: str) -> list[Vote]:
    """The votes on battles with this prompt, in the order of their time."""
    rows = read_votes(data).table.select(["id", "prompt"]).to_pylist()
    return [find_vote(data, row["id"]) for row in rows if row["prompt"] == prompt]


def shown(page: Page, texts: list[str]) -> set[str]:
    """SHA-256 of every picture that was sent for."""
    return {hashlib.sha256(png).hexdigest() for png in page.pictures("".join(texts))}


@pytest.mark.parametrize(("question", "count"), [("quality", 1), ("alignment", 1), ("variety", 4)])
def test_nothing_names_a_generator_before_the_vote(page: Page, arena: Arena, question: str, count: int) -> None:
    sent = [page.html, page.config, page.info]
    sent.append(page.draw(f"{fakes.FAILS_ONCE} {question}", question))
    assert "could not be drawn" in sent[-1]
    assert not PICTURE.search(sent[-1])  # one side is there, and is not shown before the other
    sent += [page.ask("retry", criterion=question) for _ in "ab"]  # of which one is refused
    assert sum("has no picture that failed" in text for text in sent) == 1
    pictures = shown(page, sent)
    assert len(pictures) == 2 * count
    for text in sent:
        assert not [secret for secret in fakes.SECRETS if secret in text]
        assert not re.search(r"\d s\b", text.split('"html"')[0])  # speed would hint at the generator
    after = page.vote("a")
    for secret in fakes.SECRETS:
        assert secret in after
    assert "your vote is saved" in after
    assert not PICTURE.search(after)
    (vote,) = votes_on(arena.data, f"{fakes.FAILS_ONCE} {question}")
    assert vote.criterion == question
    assert (len(vote.a), len(vote.b)) == (count, count)
    assert pictures == {sample.sha256 for sample in (*vote.a, *vote.b)}
    assert not [sample.seed for sample in (*vote.a, *vote.b) if f'"{sample.seed}"' in sent[-1]]
    assert str(vote.seeds[0]) in after


def test_a_set_has_its_own_seeds_and_each_picture_its_words(page: Page, arena: Arena) -> None:
    sent = page.draw("four boats", "variety")
    for number in range(1, 5):
        for heading in "AB":
            assert f"Picture {number} of 4 of set {heading} for the prompt: four boats" in sent
    assert re.search(r"drawing \d+ %", sent)
    assert "Which set gives more to choose from?" in sent
    page.vote("b")
    first, *others = votes_on(arena.data, "four boats")[0].seeds
    assert others == [(first + number) % 2**31 for number in (1, 2, 3)]


def test_an_unknown_question_is_refused(page: Page) -> None:
    assert '"success":false' in page.draw("a cat", "beauty")


def test_tags_are_stored_with_the_vote(page: Page, arena: Arena) -> None:
    page.draw("tagged", "alignment")
    assert "your vote is saved" in page.vote("a", tags=["objects", "style"])
    assert votes_on(arena.data, "tagged")[0].tags == (Tag.objects, Tag.style)


def test_a_second_click_on_a_vote_leaves_the_time_to_take_it_back(page: Page, arena: Arena) -> None:
    page.draw("two clicks")
    for _ in range(2):
        told = page.vote("a", undo="yes")
        assert "Undo" in told and not [secret for secret in fakes.SECRETS if secret in told]
    assert "This battle has its vote already" in page.vote("b", undo="yes")


def test_a_vote_whose_answer_was_lost_is_given_again_answered_and_counted_once(page: Page, arena: Arena) -> None:
    page.draw("a lost answer")
    for _ in range(2):
        assert "You preferred A. Thank you, your vote is saved." in page.vote("a")
    assert "This battle has its vote already" in page.vote("b")
    assert len(votes_on(arena.data, "a lost answer")) == 1


def test_an_unknown_tag_or_outcome_is_refused(page: Page, arena: Arena) -> None:
    page.draw("badly tagged")
    assert "There is no tag &#x27;charm&#x27;" in page.vote("a", tags=["charm"])
    assert "There is no outcome &#x27;&lt;b&gt;&#x27;" in page.vote("<b>")
    assert votes_on(arena.data, "badly tagged") == []


def test_the_receipt_tells_all_that_a_replay_needs(page: Page, arena: Arena) -> None:
    page.draw("a receipt", "variety")
    found = RECEIPT.search(page.vote("tie"))
    assert found
    (vote,) = votes_on(arena.data, "a receipt")
    receipt = read_receipt(base64.b64decode(found[2]).decode())
    assert isinstance(receipt, Receipt)
    assert receipt.vote == found[1] == vote.id
    assert (receipt.a, receipt.b) == (vote.a, vote.b)
    assert (receipt.criterion, receipt.outcome) == (Criterion.variety, vote.outcome)
    assert {setup.generator for setup in receipt.setups} == set(fakes.NAMES)
    assert vote.rater not in base64.b64decode(found[2]).decode()


def test_both_sides_are_shown_at_once_though_one_is_slow(page: Page, arena: Arena) -> None:
    arena.gate.touch()
    try:
        messages = page.send("draw", "a slow fresco", "quality")
        early = next(message for message in messages if "drawing 90 %" in message)  # one is done, one at 80 %
        assert not PICTURE.search(early)
    finally:
        arena.gate.unlink()
    (late,) = [message for message in messages if PICTURE.search(message)]
    assert len(PICTURE.findall(late)) == 2
    assert "your vote is saved" in page.vote("a")


def test_a_full_disk_is_told_and_the_vote_can_be_given_again(page: Page, arena: Arena) -> None:
    page.draw("a full disk")
    limits = resource.prlimit(arena.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(arena.pid, resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        answer = page.vote("a")
    finally:
        resource.prlimit(arena.pid, resource.RLIMIT_FSIZE, limits)
    assert "Your vote was not saved: the disk is full" in answer
    assert "Fake" not in answer
    assert "Traceback" not in answer
    assert "your vote is saved" in page.vote("a")
    assert len(votes_on(arena.data, "a full disk")) == 1


@pytest.mark.parametrize(
    ("prompt", "seed", "message"),
    [
        ("   ", 1, "The prompt is empty"),
        ("x" * 10_000, 1, "The prompt has 10,000 characters"),
        ("a\nb", 1, "control characters"),
        (f"an {fakes.UNSPEAKABLE} cat", 1, "The prompt has a word that is not drawn here"),
        ("a cat", None, "The seed is empty"),
        ("a cat", "-1", "The seed can&#x27;t be &#x27;-1&#x27;: type a whole number from 0 to 9,223,372,036"),
        ("a cat", "1.5", "The seed can&#x27;t be &#x27;1.5&#x27;"),
        ("a cat", "9223372036854775808", "The seed can&#x27;t be &#x27;9223372036854775808&#x27;"),
        ("a cat", "²", "The seed can&#x27;t be &#x27;²&#x27;"),
    ],
)
def test_what_cannot_be_drawn_is_told(
    page: Page, arena: Arena, prompt: str, seed: int | str | None, message: str
) -> None:
    before = arena.said
    answers = [page.compare(prompt, seed)] if "\n" not in prompt else []  # two prompts, there
    answers += [page.draw(prompt)] if seed == 1 else []
    for answer in answers:
        assert message in answer
        assert '"success":false' in answer
        assert "Traceback" not in answer
    assert "Traceback" not in arena.said.removeprefix(before)


def test_a_picture_that_the_filter_holds_back_ends_the_battle(page: Page, arena: Arena) -> None:
    sent = page.draw(fakes.HELD_BACK)
    assert "held back by the picture filter" in sent
    assert 'id=\\"next-battle\\"' in sent
    assert "Try this side again" not in sent
    assert not PICTURE.search(sent)  # of neither side
    assert "could not be drawn" in page.vote("a")
    assert votes_on(arena.data, fakes.HELD_BACK) == []
    aside = page.compare(fakes.HELD_BACK, 7)
    assert "The picture is black." in aside
    assert len(shown(page, [aside])) == 1 + FILES


def test_a_prompt_is_never_markup(page: Page) -> None:
    answer = page.draw("<img src=x onerror=alert(1)>\"'")
    for text in (answer, page.vote("a")):
        assert "<img src=x" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;" in answer


def test_a_comparison_names_its_generators(page: Page) -> None:
    answer = page.compare("a cat", 7)
    assert len(PICTURE.findall(answer)) == 2 + FILES
    for named in (*fakes.NAMES, "Gouache the Fake", "Fresco the Fake"):
        assert named in answer


def test_the_consent_is_on_the_page_and_is_text(page: Page) -> None:
    assert "All &lt;b&gt;votes&lt;/b&gt; are kept &amp; shown." in page.config
    assert CONSENT not in page.config


def test_the_data_folder_is_not_served(page: Page, arena: Arena) -> None:
    page.draw("a file")
    page.vote("a")
    for file in (
        *(path for path in arena.data.rglob("*") if path.is_file()),
        ROOT / "pyproject.toml",
        "pyproject.toml",
    ):
        assert page.http.get(f"/gradio_api/file={file}").status_code in {403, 404}


def test_no_analytics_and_no_history(page: Page) -> None:
    assert '"analytics_enabled":false' in page.config
    assert '"run_history":true' not in page.config
    assert page.http.get("/monitoring").status_code == 404
