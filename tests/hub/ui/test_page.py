"""The served page: what a browser gets before and after a vote, and what it is told when something goes wrong."""

import base64
import hashlib
import re
import resource
from collections.abc import Iterator

import pytest

from hub.votes import read_votes
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, ROOT, Arena, Page, served

PICTURE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes, served."""
    with served(tmp_path_factory.mktemp("arena"), FAKES, fakes.NAMES) as arena:
        yield arena


@pytest.fixture
def page(arena: Arena) -> Iterator[Page]:
    """A page that was just opened."""
    page = Page(arena.url)
    yield page
    page.http.close()


def test_nothing_names_a_generator_before_the_vote(page: Page, arena: Arena) -> None:
    sent = [page.html, page.config, page.info]
    sent.append(page.ask("draw", fakes.FAILS_ONCE, 7))
    assert "could not be drawn" in sent[-1]
    sent += [page.ask("retry_a", None), page.ask("retry_b", None)]  # of which one is refused
    assert sum("not failed" in text for text in sent) == 1
    assert len(set(PICTURE.findall("".join(sent)))) == 2
    for text in sent:
        for secret in fakes.SECRETS:
            assert secret not in text
    after = page.ask("vote_a", None)
    for secret in fakes.SECRETS:
        assert secret in after
    assert "your vote is saved" in after
    shown = {hashlib.sha256(base64.b64decode(code)).hexdigest() for code in PICTURE.findall("".join(sent))}
    vote = next(vote for vote in read_votes(arena.data).votes if vote.a.prompt == fakes.FAILS_ONCE)
    assert shown == {vote.a.sha256, vote.b.sha256}


def test_the_fast_side_is_shown_while_the_slow_one_is_drawn(page: Page, arena: Arena) -> None:
    arena.gate.touch()
    try:
        messages = page.send("draw", "a slow fresco", 7)
        early = next(message for message in messages if PICTURE.search(message))
    finally:
        arena.gate.unlink()
    assert "process_completed" not in early
    assert len(PICTURE.findall("".join(messages))) == 1
    assert "your vote is saved" in page.ask("vote_a", None)


def test_a_battle_takes_one_vote(page: Page, arena: Arena) -> None:
    assert "unknown or too old" in page.ask("vote_a", None)
    page.ask("draw", "one vote only", 7)
    assert "You called it a tie. Thank you" in page.ask("vote_tie", None)
    again = page.ask("vote_b", None)
    assert "has its vote already" in again
    assert "Fake" not in again
    assert [vote.outcome for vote in read_votes(arena.data).votes if vote.a.prompt == "one vote only"] == ["tie"]


def test_a_full_disk_is_told_and_the_vote_can_be_given_again(page: Page, arena: Arena) -> None:
    page.ask("draw", "a full disk", 7)
    limits = resource.prlimit(arena.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(arena.pid, resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        answer = page.ask("vote_a", None)
    finally:
        resource.prlimit(arena.pid, resource.RLIMIT_FSIZE, limits)
    assert "Your vote was not saved: the disk is full" in answer
    assert "Fake" not in answer
    assert "Traceback" not in answer
    assert "your vote is saved" in page.ask("vote_a", None)
    assert len([vote for vote in read_votes(arena.data).votes if vote.a.prompt == "a full disk"]) == 1


@pytest.mark.parametrize(
    ("prompt", "seed", "message"),
    [
        ("   ", 1, "The prompt is empty"),
        ("x" * 10_000, 1, "The prompt has 10,000 characters"),
        ("a\nb", 1, "control characters"),
        ("a cat", None, "The seed is empty"),
        ("a cat", -1, "less than minimum"),
    ],
)
@pytest.mark.parametrize("event", ["draw", "side_by_side"])
def test_what_cannot_be_drawn_is_told(page: Page, event: str, prompt: str, seed: int | None, message: str) -> None:
    answer = page.ask(event, prompt, seed)
    assert message in answer
    assert '"success":false' in answer
    assert "Traceback" not in answer


def test_a_prompt_is_never_markup(page: Page) -> None:
    answer = page.ask("draw", "<img src=x onerror=alert(1)>\"'", 7)
    assert "<img src=x" not in answer
    assert "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;" in answer


def test_side_by_side_names_every_generator(page: Page) -> None:
    answer = page.ask("side_by_side", "a cat", 7)
    assert len(PICTURE.findall(answer)) == 2
    for secret in fakes.SECRETS:
        assert secret in answer


def test_the_data_folder_is_not_served(page: Page, arena: Arena) -> None:
    page.ask("draw", "a file", 7)
    page.ask("vote_a", None)
    for file in (
        *(path for path in arena.data.rglob("*") if path.is_file()),
        ROOT / "pyproject.toml",
        "pyproject.toml",
    ):
        assert page.http.get(f"/gradio_api/file={file}").status_code in {403, 404}


def test_no_analytics_and_no_history(page: Page) -> None:
    assert '"analytics_enabled":false' in page.config
    assert '"run_history":true' not in page.config
